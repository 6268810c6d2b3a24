"""`baton batch`: one thing done to many instances."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Group, Json, parse_pairs, record, say, show, table
from api.cli.repair import chosen_definition

LOOK_AGAIN_SECONDS = 0.5
_FINAL = frozenset({"completed", "canceled", "failed"})
_OPERATIONS = ("cancel", "retry", "suspend", "resume", "migrate", "move", "set", "delete-history")


@click.group(cls=Group)
def batch() -> None:
    """One thing done to many instances, with what became of each."""


@batch.command("create")
@click.argument("do", type=click.Choice(_OPERATIONS))
@click.argument("arguments", nargs=-1, metavar="[ARGUMENT]...")
@click.option("--instance", "keys", multiple=True, metavar="KEY", help="This instance; may be repeated.")
@click.option("--process", "process_id", metavar="ID", help="All instances of this process.")
@click.option("--state", type=click.Choice(["active", "suspended", "completed", "terminated"]), help="Those so.")
@click.option("--incident", is_flag=True, help="Those that have an incident.")
@click.option("--where", multiple=True, metavar="NAME=VALUE", help="What a variable must be, such as amount>=100.")
@click.option("--all", "everything", is_flag=True, help="Every instance that it can be done to.")
@click.option("--reason", default="", help="Why; it stays in the audit trail.")
@click.option("--wait", is_flag=True, help="Stay until it is over. Exit code 1 when something failed.")
@connected
def create(  # noqa: PLR0913 - one parameter an option
    client: Client,
    do: str,
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    process_id: str | None,
    state: str | None,
    incident: bool,
    where: tuple[str, ...],
    everything: bool,
    reason: str,
    wait: bool,
) -> None:
    """Begin a batch.

    \b
    baton batch create cancel --process p --where 'amount>=100'
    baton batch create retry 3 --process p
    baton batch create migrate VERSION OLD=NEW --process p
    baton batch create move SOURCE TARGET --process p
    baton batch create set NAME=VALUE --instance KEY
    """
    asked = {"process_id": process_id, "state": state, "has_incident": incident or None, "variable": list(where)}
    given = {name: value for name, value in asked.items() if value}
    if not (keys or given or everything):
        raise Failure("Say which instances: --instance, --process, --where ..., or --all.", Exit.USAGE, code="usage")
    body: dict[str, Json] = {"operation": _operation(client, do, arguments, process_id), "reason": reason}
    body |= {"instance_keys": list(keys)} if keys else {"filter": given}
    made = client.post("/batches", body)
    if wait:
        _wait(client, str(made["key"]))
    else:
        show(made, str(made["key"]))


def _operation(client: Client, do: str, arguments: tuple[str, ...], process_id: str | None) -> dict[str, Json]:
    if do == "retry":
        return {"do": do, "retries": int(arguments[0]) if arguments and arguments[0].isdigit() else 1}
    if do == "set":
        return {"do": "set-variables", "variables": parse_pairs(arguments, what="set")}
    if do == "move":
        if len(arguments) != 2:
            raise Failure("Say from where to where: move SOURCE TARGET.", Exit.USAGE, code="usage")
        source, target = arguments
        return {"do": "modify", "changes": [{"do": "move", "element_id": source, "target_id": target}]}
    if do == "migrate":
        version = next((one for one in arguments if "=" not in one), None)
        pairs = parse_pairs([one for one in arguments if "=" in one], what="migrate")
        target_key = chosen_definition(client, process_id or "", version)["key"]
        return {"do": do, "process_key": target_key, "elements": {old: str(new) for old, new in pairs.items()}}
    return {"do": do}


def _wait(client: Client, key: str) -> None:
    from api.cli.working import Round

    one_round = Round(client.local.settings, client.local.engine) if client.local else None
    while (found := client.get(f"/batches/{key}"))["state"] not in _FINAL:
        if found["state"] == "suspended":
            raise Failure(f"Batch {key} is suspended. `baton batch resume {key}` lets it go on.", code="suspended")
        if one_round is None or not one_round.schedule():
            time.sleep(LOOK_AGAIN_SECONDS)
    show(found, lambda: record(_line(found)))
    if found["counts"]["failed"]:
        hint = f"`baton batch items {key} --state failed` says why, `baton batch retry {key}` tries again."
        raise Failure(f"{found['counts']['failed']} failed: {hint}", code="failed")


@batch.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def list_(client: Client, limit: int) -> None:
    """Batches and how far they are, newest first."""
    items = client.pages("/batches", limit)
    columns = ("key", "operation", "state", "total", "completed", "failed", "created_by")
    show({"items": items}, lambda: table([_line(one) for one in items], columns, empty="No batch."))


@batch.command("show")
@click.argument("key")
@connected
def show_(client: Client, key: str) -> None:
    """One batch and how far it is."""
    found = client.get(f"/batches/{key}")
    show(found, lambda: record(_line(found)))


@batch.command("items")
@click.argument("key")
@click.option("--state", type=click.Choice(["waiting", "completed", "skipped", "failed", "canceled"]), help="Those so.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def items(client: Client, key: str, state: str | None, limit: int) -> None:
    """What became of each instance or incident."""
    found = client.pages(f"/batches/{key}/items", limit, state=state)
    show({"items": found}, lambda: table(found, ("item_key", "instance_key", "state", "error"), empty="No item."))


def _line(found: Mapping[str, Json]) -> dict[str, Json]:
    return {**found, "operation": found["operation"]["do"], **found["counts"]}


def _steering(word: str, text: str) -> Command:
    @click.argument("key")
    @click.option("--reason", default="", help="Why; it stays in the audit trail.")
    @connected
    def steer(client: Client, key: str, reason: str) -> None:
        answer = client.post(f"/batches/{key}/{word}", {"reason": reason})
        show(answer, f"Batch {key} is {answer['state']}.")
        say(f"{answer['counts']['waiting']} items wait.")

    steer.__doc__ = text
    return batch.command(word)(steer)  # type: ignore[return-value]


suspend = _steering("suspend", "Begin no more items until it is resumed.")
resume = _steering("resume", "Go on where it stood.")
retry = _steering("retry", "Try again what failed, also when the batch has ended.")
cancel = _steering("cancel", "Leave what waits undone; what is done stays done.")
