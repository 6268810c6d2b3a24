"""`baton instance move`, `modify`, `migrate`, `restart`, `suspend` and `resume`: changing what runs."""

from __future__ import annotations

from collections.abc import Mapping

import click

from api.cli.client import Client, connected
from api.cli.console import Exit, Failure, Json, parse_pairs, record, say, show
from api.cli.instance import instance

__all__ = ["instance"]

_reason = click.option("--reason", default="", help="Why; it stays in the audit trail.")
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@instance.command("move")
@click.argument("key")
@click.argument("source")
@click.argument("target")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set a variable of the instance on the way.")
@_reason
@_dry_run
@connected
def move(  # noqa: PLR0913 - one parameter an option
    client: Client, key: str, source: str, target: str, pairs: tuple[str, ...], reason: str, dry_run: bool
) -> None:
    """Take the instance from one element to another. SOURCE is an element's id, or the key of one visit of it."""
    from_ = {"element_key": source} if source.isdigit() else {"element_id": source}
    values = parse_pairs(pairs, what="--set")
    change = {"do": "move", **from_, "target_id": target, **({"variables": {"": values}} if values else {})}
    _modify(client, key, [change], reason, dry_run=dry_run)


@instance.command("modify")
@click.argument("key")
@click.option("--activate", multiple=True, metavar="ID", help="Begin at this element; may be repeated.")
@click.option("--terminate", multiple=True, metavar="ID|KEY", help="End this element or visit; may be repeated.")
@_reason
@_dry_run
@connected
def modify(
    client: Client, key: str, activate: tuple[str, ...], terminate: tuple[str, ...], reason: str, dry_run: bool
) -> None:
    """Begin at elements and end others, together or not at all."""
    changes: list[dict[str, Json]] = [{"do": "activate", "element_id": one} for one in activate]
    changes += [{"do": "terminate", ("element_key" if one.isdigit() else "element_id"): one} for one in terminate]
    if not changes:
        raise Failure("Say what to change: --activate ID, --terminate ID.", Exit.USAGE, code="usage")
    _modify(client, key, changes, reason, dry_run=dry_run)


def _modify(client: Client, key: str, changes: list[dict[str, Json]], reason: str, *, dry_run: bool) -> None:
    body = {"changes": changes, "reason": reason, "dry_run": dry_run}
    answer = client.post(f"/instances/{key}/modify", body)
    names = {"before": ", ".join(answer["before"]), "after": ", ".join(answer["after"])}
    show(answer, lambda: record({"state": answer["instance"]["state"], **names}))
    if dry_run:
        say("Nothing was changed.")


@instance.command("migrate")
@click.argument("key")
@click.option("--to", "target", metavar="VERSION|KEY", help="A version of the process, or a definition's key.")
@click.option("--map", "pairs", multiple=True, metavar="OLD=NEW", help="An element that has another id there.")
@_reason
@_dry_run
@connected
def migrate(client: Client, key: str, target: str | None, pairs: tuple[str, ...], reason: str, dry_run: bool) -> None:
    """Carry the instance over to another version of its process; without --to, to the latest."""
    mapping = {name: str(value) for name, value in (pair.split("=", 1) for pair in _named(pairs))}
    definition = chosen_definition(client, client.get(f"/instances/{key}")["process_id"], target)
    body = {"process_key": definition["key"], "elements": mapping, "reason": reason, "dry_run": dry_run}
    answer = client.post(f"/instances/{key}/migrate", body)
    show(answer, lambda: _plan(answer))
    if answer["faults"]:
        raise Failure("It cannot be migrated like this.", Exit.FAILED, code="illegal-move")
    say(f"{'Would go' if dry_run else 'Went'} to version {definition['version']}.")


def _named(pairs: tuple[str, ...]) -> tuple[str, ...]:
    for pair in pairs:
        if "=" not in pair:
            raise Failure(f"'{pair}' is not of the form OLD=NEW.", Exit.USAGE, code="usage")
    return pairs


def chosen_definition(client: Client, process_id: str, target: str | None) -> Mapping[str, Json]:
    """A version of a process, or a definition by its key; without either, the latest version."""
    items = client.get("/processes", process_id=process_id, all_versions="true")["items"]
    if target is None:
        return dict(max(items, key=lambda item: item["version"]))
    for item in items:
        if target in (str(item["version"]), item["key"]):
            return dict(item)
    if len(target) > 9:
        return dict(client.get(f"/processes/{target}"))
    raise Failure(f"Process '{process_id}' has no version {target}.", Exit.NOT_FOUND, code="not-found")


def _plan(answer: Mapping[str, Json]) -> str:
    lines = [f"{old} becomes {new}" for old, new in answer["elements"].items()]
    lines += [f"{one} is waited for no longer" for one in answer["ends"]]
    lines += [f"{one} is waited for from now on" for one in answer["begins"]]
    lines += [f"not possible: {fault}" for fault in answer["faults"]]
    return "\n".join(lines) or "Nothing is active."


@instance.command("restart")
@click.argument("key")
@click.option("--at", "elements", multiple=True, metavar="ID", help="Begin here instead of at the start event.")
@_reason
@connected
def restart(client: Client, key: str, elements: tuple[str, ...], reason: str) -> None:
    """Begin an ended instance again, as a new one with the variables that the old one ended with."""
    answer = client.post(f"/instances/{key}/restart", {"elements": list(elements), "reason": reason})
    show(answer, lambda: f"Instance {answer['key']} has begun.")


@instance.command("suspend")
@click.argument("key")
@_reason
@connected
def suspend(client: Client, key: str, reason: str) -> None:
    """Let an instance and all that it called stand still, until it is resumed."""
    answer = client.post(f"/instances/{key}/suspend", {"reason": reason})
    show(answer, lambda: f"Instance {key} is {answer['state']}.")


@instance.command("resume")
@click.argument("key")
@_reason
@connected
def resume(client: Client, key: str, reason: str) -> None:
    """Let a suspended instance go on."""
    answer = client.post(f"/instances/{key}/resume", {"reason": reason})
    show(answer, lambda: f"Instance {key} is {answer['state']}.")
