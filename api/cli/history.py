"""`baton history`: what has been, how long it is kept, what must not go, and deleting it."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Exit, Failure, Group, Json, show, table

_reason = click.option("--reason", default="", help="Why; it stays in the audit trail.")
FOR_EVER = "for-ever"


@click.group(cls=Group)
def history() -> None:
    """What has been, and how long it is kept."""


@history.command("values")
@click.argument("key")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def values(client: Client, key: str, limit: int) -> None:
    """The values that an instance's variables had before, newest first."""
    items = client.pages(f"/instances/{key}/past-values", limit)
    show({"items": items}, lambda: table(items, ("until", "scope_key", "name", "value"), empty="Nothing was changed."))


@history.command("decisions")
@click.option("--decision", "decision_id", metavar="ID", help="Only this decision.")
@click.option("--instance", "instance_key", metavar="KEY", help="Only those of this instance.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def decisions(client: Client, decision_id: str | None, instance_key: str | None, limit: int) -> None:
    """Decisions that were made, newest first."""
    items = client.pages("/history/decisions", limit, decision_id=decision_id, instance_key=instance_key)
    columns = ("evaluated_at", "decision_id", "instance_key", "element_id", "output")
    show({"items": items}, lambda: table(items, columns, empty="No decision."))


@history.command("keep")
@click.argument("process_id", required=False)
@click.argument("days", required=False, metavar="DAYS|for-ever|diagram")
@connected
def keep(client: Client, process_id: str | None, days: str | None) -> None:
    """Say for how many days ended instances of a process are kept; without arguments, show what was said."""
    if process_id is None:
        items = client.get("/history/retention")["items"]
        columns = ("process_id", "days", "set_at", "set_by")
        show({"items": items}, lambda: table(items, columns, empty="It is left to the diagrams."))
        return
    path = f"/history/retention/{process_id}"
    if days == "diagram":
        client.delete(path)
        show({"process_id": process_id}, f"{process_id} is kept as its diagram says.")
        return
    if days is None or not (days == FOR_EVER or days.isdigit()):
        raise Failure(f"Say how long: a number of days, {FOR_EVER}, or diagram.", Exit.USAGE, code="usage")
    answer = client.put(path, {"days": None if days == FOR_EVER else int(days)})
    show(answer, f"{process_id} is kept {'for ever' if days == FOR_EVER else f'{days} days after its end'}.")


@history.command("hold")
@click.argument("key", required=False)
@click.option("--reason", default="", help="Why it must not go; required with a key.")
@connected
def hold(client: Client, key: str | None, reason: str) -> None:
    """Keep an instance, whatever its retention says; without a key, show what is held."""
    if key is None:
        items = client.get("/history/holds")["items"]
        columns = ("instance_key", "held_at", "held_by", "reason")
        show({"items": items}, lambda: table(items, columns, empty="Nothing is held."))
        return
    answer: dict[str, Json] = client.put(f"/instances/{key}/hold", {"reason": reason})
    show(answer, f"Instance {key} is held.")


@history.command("release")
@click.argument("key")
@_reason
@connected
def release(client: Client, key: str, reason: str) -> None:
    """End a hold."""
    client.delete(f"/instances/{key}/hold", reason=reason)
    show({"key": key}, f"Instance {key} is held no longer.")


@history.command("delete")
@click.argument("key")
@_reason
@connected
def delete(client: Client, key: str, reason: str) -> None:
    """Delete an ended instance and what the audit trail holds of it; the trail stays verifiable."""
    client.delete(f"/instances/{key}", reason=reason)
    show({"key": key}, f"Instance {key} is deleted.")
