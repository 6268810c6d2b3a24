"""`baton instance`: running and ended instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from api.cli.client import Client, connected
from api.cli.console import Exit, Failure, Group, Json, parse_object, parse_pairs, record, say, show, table
from api.cli.incident import resolve_one


@click.group(cls=Group)
def instance() -> None:
    """Running and ended instances."""


@instance.command("list")
@click.option("--process", "process_id", metavar="ID", help="Only instances of this process.")
@click.option(
    "--state", type=click.Choice(["active", "suspended", "completed", "terminated"]), help="Only those in this state."
)
@click.option("--business-key", metavar="TEXT", help="Only those with this business key.")
@click.option(
    "--where", multiple=True, metavar="NAME=VALUE", help="What a variable must be: also >=, <=, !=, >, <, and ~ for *."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def list_(
    client: Client,
    process_id: str | None,
    state: str | None,
    business_key: str | None,
    where: tuple[str, ...],
    limit: int,
) -> None:
    """Instances, newest first."""
    asked = {"process_id": process_id, "state": state, "business_key": business_key, "variable": list(where)}
    items = client.pages("/instances", limit, **asked)
    columns = ("key", "process_id", "version", "state", "business_key", "started_at")
    show({"items": items}, lambda: table(items, columns, empty="No instance. Try: baton run PROCESS_ID"))


@instance.command("show")
@click.argument("key")
@connected
def show_(client: Client, key: str) -> None:
    """One instance: where it stands, and for everything it waits for, why, since when and with whom."""
    found = client.get(f"/instances/{key}")
    show(found, lambda: described(found))


@instance.command("where")
@click.argument("key")
@connected
def where(client: Client, key: str) -> None:
    """Where it is stuck and why: stage, who acts next, what blocks, what was decided so far, how long it has run."""
    found = client.get(f"/instances/{key}/standing")
    show(found, lambda: stood(found))


@instance.command("variables")
@click.argument("key")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set a variable; may be repeated.")
@click.option("--vars", "variables", metavar="JSON", help="Set variables: a JSON object, @FILE or -.")
@connected
def variables_(client: Client, key: str, pairs: tuple[str, ...], variables: str | None) -> None:
    """The instance's variables; with --set or --vars they are set first."""
    new = {**(parse_object(variables, what="--vars") if variables else {}), **parse_pairs(pairs, what="--set")}
    path = f"/instances/{key}/variables"
    answer = client.patch(path, {"variables": new}) if new else client.get(path)
    show(answer, lambda: record(answer["variables"]))


@instance.command("cancel")
@click.argument("key")
@click.option("--reason", default="", help="Why; it stays in the audit trail.")
@connected
def cancel(client: Client, key: str, reason: str) -> None:
    """End an instance where it stands."""
    answer = client.post(f"/instances/{key}/cancel", {"reason": reason})
    show(answer, lambda: f"Instance {key} is {answer['state']}.")


@instance.command("retry")
@click.argument("key")
@click.option("--retries", type=click.IntRange(min=1), default=1, show_default=True, help="Tries for a failed job.")
@connected
def retry(client: Client, key: str, retries: int) -> None:
    """Try again everything that raised an incident in this instance. Exit code 4 when nothing did."""
    open_ones = client.pages("/incidents", instance_key=key)
    if not open_ones:
        raise Failure(f"Instance {key} has no open incident.", Exit.NOT_FOUND, code="not-found")
    done = [resolve_one(client, str(item["key"]), retries) for item in open_ones]
    show({"items": done}, lambda: table(done, ("key", "element_id", "type", "state")))
    say(f"{len(done)} tried again. `baton instance show {key}` says how it went.")


@instance.command("attempts")
@click.argument("key")
@connected
def attempts(client: Client, key: str) -> None:
    """Every call of a model that the instance made: model, answer, faults, confidence, cost."""
    answer = client.get(f"/instances/{key}/attempts")
    show(answer, lambda: "\n\n".join(attempt_text(item) for item in answer["items"]) or "No model was called.")


def attempt_text(item: Mapping[str, Json]) -> str:
    """One call of a model: who, how it ended, what it said, and what is wrong with that."""
    kind = "not AI" if item.get("ai_kind") == "rules" else item.get("ai_kind") or "AI"
    head = f"{item.get('number')}. {item.get('model')} ({kind}): {item.get('state')}"
    facts = {
        name: item.get(name) for name in ("confidence", "cost", "tokens_in", "tokens_out") if item.get(name) is not None
    }
    lines = [head + "".join(f", {name.replace('_', ' ')} {value}" for name, value in facts.items())]
    if item.get("answer"):
        lines.append(f"   answer: {' '.join(str(item['answer']).split())}")
    return "\n".join([*lines, *(f"   fault:  {fault}" for fault in item.get("faults") or [])])


def described(found: Mapping[str, Json]) -> str:
    """An instance as text: its state, then a line for everything that it waits for."""
    head = record({name: found.get(name) for name in _HEAD})
    return "\n".join([head, *waiting_lines(found.get("waiting") or [])])


def stood(found: Mapping[str, Json]) -> str:
    """The five answers as text."""
    clock = found["clock"]
    due = f", due at {clock['due_at']}" if clock.get("due_at") else ""
    late = ", overdue" if clock.get("is_overdue") else ""
    facts = {
        "stage": found.get("stage") or found["state"],
        "next": found.get("owner") or "nobody",
        "blocker": found.get("blocker") or "nothing",
        "clock": clock["said"] + due + late,
    }
    lines = [record(facts), *(f"also: {wait['why']}" for wait in found.get("also") or ())]
    decisions = found.get("decisions") or ()
    lines += ["", "Decided so far:", *map(_decided, decisions)] if decisions else ["", "Nothing was decided so far."]
    return "\n".join(lines)


def _decided(one: Mapping[str, Json]) -> str:
    reason = f": {one['reason']}" if one.get("reason") else ""
    stale = f" (does not count: {one['problem']})" if one.get("problem") else ""
    what = f"{one['name'] or one['element_id']}: {one['decision']} by {', '.join(one['by'])}"
    return f"  {one['at']}  {what}{reason}{stale}"


_HEAD = ("key", "process_id", "version", "state", "business_key", "started_at", "ended_at", "parent_key")


def waiting_lines(waiting: Iterable[Mapping[str, Json]]) -> list[str]:
    """Why it waits, in one sentence each."""
    return [f"{wait['element_name'] or wait['element_id']}: {wait['why']}" for wait in waiting]
