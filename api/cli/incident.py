"""`baton incident`: what went wrong and waits for somebody."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Group, Json, record, show, table


@click.group(cls=Group)
def incident() -> None:
    """What went wrong and waits for somebody."""


@incident.command("list")
@click.option("--instance", "instance_key", metavar="KEY", help="Only those of this instance.")
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def list_(client: Client, instance_key: str | None, everything: bool, limit: int) -> None:
    """The open incidents."""
    state = None if everything else "active"
    items = client.pages("/incidents", limit, instance_key=instance_key, state=state)
    columns = ("key", "instance_key", "element_id", "type", "message")
    show({"items": items}, lambda: table(items, columns, empty="No open incident."))


@incident.command("resolve")
@click.argument("key")
@click.option("--retries", type=click.IntRange(min=1), help="Give its job this many tries.")
@connected
def resolve(client: Client, key: str, retries: int | None) -> None:
    """Try again what raised the incident."""
    answer = resolve_one(client, key, retries)
    show(answer, lambda: record(answer))


@incident.command("accept")
@click.argument("key")
@click.option("--reason", required=True, help="Why; the audit trail keeps it.")
@connected
def accept(client: Client, key: str, reason: str) -> None:
    """Take a claimed outcome that a probe does not bear out."""
    answer = dict(client.post(f"/incidents/{key}/accept", {"reason": reason}) or {"key": key})
    show(answer, lambda: record(answer))


@incident.command("send-back")
@click.argument("key")
@click.option("--reason", required=True, help="Why; the audit trail keeps it.")
@connected
def send_back(client: Client, key: str, reason: str) -> None:
    """Have work done anew whose claimed outcome a probe does not bear out."""
    answer = dict(client.post(f"/incidents/{key}/send-back", {"reason": reason}) or {"key": key})
    show(answer, lambda: record(answer))


def resolve_one(client: Client, key: str, retries: int | None = None) -> dict[str, Json]:
    """Resolve one incident; its state afterwards."""
    return dict(client.post(f"/incidents/{key}/resolve", {"retries": retries} if retries else {}) or {"key": key})
