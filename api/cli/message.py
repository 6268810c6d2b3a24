"""`baton message`: tell waiting instances something."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Group, Json, parse_object, parse_pairs, record, show
from api.cli.tenants import TENANT


@click.group(cls=Group)
def message() -> None:
    """Messages to waiting instances."""


@message.command("publish")
@click.argument("name")
@click.option("--key", "correlation_key", default="", metavar="TEXT", help="The correlation key.")
@click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="A variable; may be repeated.")
@click.option("--vars", "variables", metavar="JSON", help="Variables as a JSON object, @FILE or -.")
@click.option("--keep-seconds", type=click.FloatRange(min=0), help="Keep it this long for instances that come later.")
@click.option("--id", "message_id", default="", metavar="TEXT", help="Refuse a second message with this id.")
@TENANT
@connected
def publish(  # noqa: PLR0913 - one parameter per option
    client: Client,
    name: str,
    correlation_key: str,
    pairs: tuple[str, ...],
    variables: str | None,
    keep_seconds: float | None,
    message_id: str,
    tenant_id: str,
) -> None:
    """Publish a message: it reaches every instance that waits for its name and key, and starts processes."""
    body: dict[str, Json] = {
        "name": name,
        "variables": {**(parse_object(variables, what="--vars") if variables else {}), **parse_pairs(pairs)},
    }
    optional = {
        "correlation_key": correlation_key,
        "time_to_live_seconds": keep_seconds,
        "message_id": message_id,
        "tenant_id": tenant_id,
    }
    body |= {key: value for key, value in optional.items() if value}
    answer = client.post("/messages", body)
    show(answer, lambda: record(answer))
