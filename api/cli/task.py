"""`baton task`: what people have to do."""

from __future__ import annotations

from collections.abc import Mapping

import click

from api.cli.client import Client, connected
from api.cli.console import Group, Json, parse_object, parse_pairs, record, show, table

_VAR = click.option("-v", "--var", "pairs", multiple=True, metavar="NAME=VALUE", help="A variable; may be repeated.")
_VARS = click.option("--vars", "variables", metavar="JSON", help="Variables: a JSON object, @FILE or -.")
_REASON = click.option("--reason", default="", help="Why; it stays in the audit trail.")


@click.group(cls=Group)
def task() -> None:
    """What people have to do: list, claim, complete, approve."""


@task.command("list")
@click.option("--assignee", metavar="NAME", help="Only this person's.")
@click.option("--group", "candidate_group", metavar="NAME", help="Only those that this group may take.")
@click.option("--instance", "instance_key", metavar="KEY", help="Only those of this instance.")
@click.option("--mine", is_flag=True, help="Only what I may do.")
@click.option("--state", type=click.Choice(["created", "completed", "canceled"]), default="created", show_default=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@connected
def list_(  # noqa: PLR0913 - one parameter per option
    client: Client,
    assignee: str | None,
    candidate_group: str | None,
    instance_key: str | None,
    mine: bool,
    state: str,
    limit: int,
) -> None:
    """Open tasks, newest first."""
    wanted = {"assignee": assignee, "candidate_group": candidate_group, "instance_key": instance_key, "state": state}
    items = client.pages("/tasks", limit, mine="true" if mine else None, **wanted)
    columns = ("key", "name", "kind", "assignee", "candidate_groups", "due_at", "instance_key")
    show({"items": items}, lambda: table(items, columns, empty="No open task."))


@task.command("show")
@click.argument("key")
@connected
def show_(client: Client, key: str) -> None:
    """One task, with its form and, for a review of an AI answer, the evidence."""
    found = client.get(f"/tasks/{key}")
    form = client.get(f"/tasks/{key}/form")
    show({**found, "form": form}, lambda: _described(found, form))


@task.command("claim")
@click.argument("key")
@connected
def claim(client: Client, key: str) -> None:
    """Take a task that nobody has."""
    _say(client.post(f"/tasks/{key}/claim"), "You have task {key}.")


@task.command("unclaim")
@click.argument("key")
@connected
def unclaim(client: Client, key: str) -> None:
    """Give a task back."""
    _say(client.post(f"/tasks/{key}/unclaim"), "Task {key} is free again.")


@task.command("assign")
@click.argument("key")
@click.argument("assignee")
@connected
def assign(client: Client, key: str, assignee: str) -> None:
    """Give a task to somebody."""
    _say(client.post(f"/tasks/{key}/assign", {"assignee": assignee}), "Task {key} is with {assignee}.")


@task.command("delegate")
@click.argument("key")
@click.argument("to")
@connected
def delegate(client: Client, key: str, to: str) -> None:
    """Let somebody act for you; both of you count as having done the task."""
    _say(client.post(f"/tasks/{key}/delegate", {"to": to}), "Task {key} is with {assignee}.")


@task.command("resolve")
@click.argument("key")
@connected
def resolve(client: Client, key: str) -> None:
    """Give a delegated task back to for whom you acted."""
    _say(client.post(f"/tasks/{key}/resolve"), "Task {key} is with {assignee} again.")


@task.command("complete")
@click.argument("key")
@_VAR
@_VARS
@connected
def complete(client: Client, key: str, pairs: tuple[str, ...], variables: str | None) -> None:
    """Finish a task with its result."""
    body = {"variables": _variables(pairs, variables)}
    _say(client.post(f"/tasks/{key}/complete", body), "Task {key} is done.")


@task.command("comment")
@click.argument("key")
@click.argument("text")
@connected
def comment(client: Client, key: str, text: str) -> None:
    """Say something about a task."""
    answer = client.post(f"/tasks/{key}/comments", {"text": text})
    show(answer, "Noted.")


@task.command("approve")
@click.argument("key")
@_REASON
@_VAR
@_VARS
@connected
def approve(client: Client, key: str, reason: str, pairs: tuple[str, ...], variables: str | None) -> None:
    """Approve: a user task, or what a model proposed."""
    _decide(client, key, "approve", reason, _variables(pairs, variables))


@task.command("reject")
@click.argument("key")
@_REASON
@_VAR
@_VARS
@connected
def reject(client: Client, key: str, reason: str, pairs: tuple[str, ...], variables: str | None) -> None:
    """Reject: a user task, or what a model proposed."""
    _decide(client, key, "reject", reason, _variables(pairs, variables))


@task.command("edit")
@click.argument("key")
@click.option("--output", required=True, metavar="JSON", help="The corrected output: a JSON object, @FILE or -.")
@_REASON
@connected
def edit(client: Client, key: str, output: str, reason: str) -> None:
    """Correct what a model proposed; the process goes on with the corrected output."""
    _decide(client, key, "edit", reason, {"output": parse_object(output, what="--output")})


@task.command("respond")
@click.argument("key")
@click.argument("words")
@connected
def respond(client: Client, key: str, words: str) -> None:
    """Tell the model what is wrong with its answer; it answers once more, and you are asked again."""
    _decide(client, key, "respond", words, {})


def _decide(client: Client, key: str, decision: str, reason: str, variables: Mapping[str, Json]) -> None:
    body = {"decision": decision, "reason": reason, "variables": dict(variables)}
    said = {"approve": "approved", "reject": "rejected", "edit": "corrected", "respond": "answered"}[decision]
    _say(client.post(f"/approvals/{key}", body), "Task {key} is " + said + ".")


def _variables(pairs: tuple[str, ...], text: str | None) -> dict[str, Json]:
    return {**(parse_object(text, what="--vars") if text else {}), **parse_pairs(pairs)}


def _say(answer: Mapping[str, Json], sentence: str) -> None:
    show(answer, lambda: sentence.format_map(answer))


def _described(found: Mapping[str, Json], form: Mapping[str, Json]) -> str:
    lines = [record({name: found.get(name) for name in _HEAD})]
    review = found.get("review")
    if review:
        lines += ["", "The model's answer was not taken:"]
        lines += [f"  {fault}" for fault in review.get("faults") or []] or ["  (no fault, but not sure enough)"]
        lines += ["", record({name: review.get(name) for name in _REVIEW})]
        lines += ["", "What the model was given:", _indented(review.get("source"))]
    elif form.get("values"):
        lines += ["", record(form["values"])]
    return "\n".join(lines)


_HEAD = ("key", "name", "kind", "state", "assignee", "candidate_groups", "candidate_users", "due_at", "instance_key")
_REVIEW = ("proposal", "confidence", "cost", "recommendation")


def _indented(value: Json) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return "\n".join(f"  {line}" for line in text.splitlines())
