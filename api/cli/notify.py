"""`baton notify`: who hears of which events, by webhook or mail."""

from __future__ import annotations

import base64
import secrets

import click

from api.cli.client import Client, connected
from api.cli.console import Group, say, show, table


@click.group(cls=Group)
def notify() -> None:
    """Who hears of which events, by webhook or mail. For administrators."""


@notify.command("add")
@click.argument("target", metavar="URL|ADDRESS")
@click.argument("events", nargs=-1, required=True, metavar="EVENT...")
@click.option("--process", "process_id", default="", metavar="ID", help="Only of instances of this process.")
@click.option("--secret", default="", metavar="WHSEC", help="What webhooks are signed with; made when left out.")
@connected
def add(client: Client, target: str, events: tuple[str, ...], process_id: str, secret: str) -> None:
    """Tell a web address or a mail address of events, from now on.

    \b
    baton notify add https://example.org/hook task-created task-overdue
    baton notify add board@example.org review-asked --process invoice-approval
    """
    kind = "webhook" if "://" in target else "mail"
    body = {"kind": kind, "target": target, "events": list(events), "process_id": process_id, "secret": secret}
    made = client.post("/subscriptions", body)
    show(made, str(made["key"]))
    if made["secret"]:
        say(f"Verify signatures with {made['secret']}; it is not shown again.")


@notify.command("list")
@connected
def list_(client: Client) -> None:
    """Everybody who hears of something."""
    items = client.get("/subscriptions")["items"]
    columns = ("key", "kind", "target", "events", "process_id", "active")
    show({"items": items}, lambda: table(items, columns, empty="Nobody hears of anything."))


@notify.command("key")
def key_() -> None:
    """Make a key for BATON_ENCRYPTION_KEYS, with which secrets of webhooks are encrypted in the database."""
    made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    show({"key": made}, made)


@notify.command("remove")
@click.argument("key")
@connected
def remove(client: Client, key: str) -> None:
    """Tell it nothing more."""
    client.delete(f"/subscriptions/{key}")
    show({"key": key}, f"Subscription {key} is gone.")


@notify.command("pause")
@click.argument("key")
@connected
def pause(client: Client, key: str) -> None:
    """Tell it nothing for a while."""
    show(client.patch(f"/subscriptions/{key}", {"active": False}), f"Subscription {key} is paused.")


@notify.command("resume")
@click.argument("key")
@connected
def resume(client: Client, key: str) -> None:
    """Tell it again, beginning with what happened meanwhile."""
    show(client.patch(f"/subscriptions/{key}", {"active": True}), f"Subscription {key} is told again.")


@notify.command("log")
@click.option("--state", type=click.Choice(["waiting", "delivered", "dead"]), help="Only those so.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def log(client: Client, state: str | None, limit: int) -> None:
    """What was sent or waits to be, newest first."""
    items = client.pages("/notifications", limit, state=state)
    columns = ("key", "event", "instance_key", "state", "tries", "error")
    show({"items": items}, lambda: table(items, columns, empty="Nothing was sent."))


@notify.command("retry")
@click.argument("key")
@connected
def retry(client: Client, key: str) -> None:
    """Try a dead notification again."""
    client.post(f"/notifications/{key}/retry")
    show({"key": key}, f"Notification {key} is tried again.")
