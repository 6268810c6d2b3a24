"""`baton signal`: tell everybody who waits something."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Group, parse_object, parse_pairs, record, show
from api.cli.tenants import TENANT


@click.group(cls=Group)
def signal() -> None:
    """Signals to everybody who waits."""


@signal.command("broadcast")
@click.argument("name")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="A variable; may be repeated.")
@click.option("--vars", "variables", metavar="JSON", help="Variables as a JSON object, @FILE or -.")
@TENANT
@connected
def broadcast(client: Client, name: str, pairs: tuple[str, ...], variables: str | None, tenant_id: str) -> None:
    """Broadcast a signal: it reaches everybody who waits for its name now, and starts processes."""
    given = {**(parse_object(variables, what="--vars") if variables else {}), **parse_pairs(pairs)}
    body = {"name": name, "variables": given, **({"tenant_id": tenant_id} if tenant_id else {})}
    answer = client.post("/signals", body)
    show(answer, lambda: record(answer))
