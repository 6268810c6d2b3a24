"""`baton ai stop`, `start`, `stops`: the kill switch."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Json, show, table

_COLUMNS = ("kind", "name", "stopped_at", "changed_by", "reason")
_KIND = click.argument("kind", type=click.Choice(["all", "agent", "model", "process"]))
_NAME = click.argument("name", default="")
_REASON = click.option("--reason", default="", metavar="TEXT", help="Why; it is shown where instances wait.")


@click.command("stop")
@_KIND
@_NAME
@_REASON
@connected
def stop(client: Client, kind: str, name: str, reason: str) -> None:
    """Stop all AI, an agent, a model (as diagrams name it) or the AI of a process, on all nodes at once.

    \b
    baton ai stop all --reason "Wrong answers since noon"
    baton ai stop model openai/gpt-5-mini
    """
    _tell(client.post("/stops", {"kind": kind, "name": name, "reason": reason}))


@click.command("start")
@_KIND
@_NAME
@_REASON
@connected
def start(client: Client, kind: str, name: str, reason: str) -> None:
    """Lift a stop; what waited goes on."""
    _tell(client.post("/stops/removal", {"kind": kind, "name": name, "reason": reason}))


@click.command("stops")
@connected
def list_stops(client: Client) -> None:
    """Everything that is stopped now."""
    _tell(client.get("/stops"))


def _tell(answer: Json) -> None:
    show(answer, lambda: table(answer["items"], _COLUMNS, empty="No AI is stopped."))
