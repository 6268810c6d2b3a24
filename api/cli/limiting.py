"""`baton limit`: how much of a kind of work may be done, on all nodes together."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Group, Json, show, table

_COLUMNS = ("kind", "name", "per_minute", "at_once", "changed_by")
_KIND = click.argument("kind", type=click.Choice(["job-type", "model", "tenant"]))
_NUMBER = click.IntRange(min=1)


@click.group(cls=Group)
def limit() -> None:
    """Limits on job types and models."""


@limit.command("list")
@connected
def list_limits(client: Client) -> None:
    """Every limit."""
    _tell(client.get("/limits"))


@limit.command("set")
@_KIND
@click.argument("name")
@click.option("--per-minute", type=_NUMBER, metavar="N", help="In no sixty seconds begin more than N.")
@click.option("--at-once", type=_NUMBER, metavar="N", help="Never more than N at the same time.")
@connected
def set_limit(client: Client, kind: str, name: str, per_minute: int | None, at_once: int | None) -> None:
    """Limit a job type, a model as diagrams name it, or a tenant, in the place of the limit that it has.

    \b
    baton limit set model openai/gpt-5-mini --per-minute 500 --at-once 50
    """
    if per_minute is None and at_once is None:
        raise click.UsageError("Say --per-minute, --at-once or both.")
    _tell(client.put("/limits", {"kind": kind, "name": name, "per_minute": per_minute, "at_once": at_once}))


@limit.command("remove")
@_KIND
@click.argument("name")
@connected
def remove(client: Client, kind: str, name: str) -> None:
    """Lift a limit."""
    _tell(client.post("/limits/removal", {"kind": kind, "name": name}))


def _tell(answer: Json) -> None:
    show(answer, lambda: table(answer["items"], _COLUMNS, empty="There is no limit."))
