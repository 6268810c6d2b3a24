"""`baton ai stop`, `budget`, `autonomy`: the kill switch, what may be spent, how far answers go."""

from __future__ import annotations

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Group, Json, show, table

_COLUMNS = ("kind", "name", "stopped_at", "changed_by", "reason")
_KIND = click.argument("kind", type=click.Choice(["all", "agent", "model", "process"]))
_NAME = click.argument("name", default="")
_REASON = click.option("--reason", default="", metavar="TEXT", help="Why; it is shown where instances wait.")


@click.command("stop", cls=Command)
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


@click.command("start", cls=Command)
@_KIND
@_NAME
@_REASON
@connected
def start(client: Client, kind: str, name: str, reason: str) -> None:
    """Lift a stop; what waited goes on."""
    _tell(client.post("/stops/removal", {"kind": kind, "name": name, "reason": reason}))


@click.command("stops", cls=Command)
@connected
def list_stops(client: Client) -> None:
    """Everything that is stopped now."""
    _tell(client.get("/stops"))


def _tell(answer: Json) -> None:
    show(answer, lambda: table(answer["items"], _COLUMNS, empty="No AI is stopped."))


_BUDGET = ("kind", "name", "period", "amount", "spent", "reserved", "forecast", "then", "set_by")
_PERIOD = click.option(
    "--period", type=click.Choice(["total", "month", "day"]), default="total", show_default=True, help="For which time."
)
_OF_BUDGET = click.argument("kind", type=click.Choice(["all", "process", "agent", "model", "instance"]))


@click.group(cls=Group)
def budget() -> None:
    """What may be spent on models: in all, by a process, an agent, with a model, by each instance of a process."""


@budget.command("list", cls=Command)
@connected
def list_budgets(client: Client) -> None:
    """Every budget, what is spent of it, and what it will come to."""
    _tell_budgets(client.get("/budgets"))


@budget.command("set", cls=Command)
@_OF_BUDGET
@_NAME
@click.option("--amount", required=True, metavar="USD", help="No more than this is ever spent.")
@_PERIOD
@click.option(
    "--then", type=click.Choice(["person", "wait"]), default="person", show_default=True, help="When it is used up."
)
@connected
def set_budget(client: Client, kind: str, name: str, amount: str, period: str, then: str) -> None:
    """Set a budget in US dollars, in the place of the one with that scope and period.

    \b
    baton ai budget set all --amount 500 --period month
    baton ai budget set instance invoice-approval --amount 0.10
    """
    body = {"kind": kind, "name": name, "amount": amount, "period": period, "then": then}
    _tell_budgets(client.put("/budgets", body))


@budget.command("remove", cls=Command)
@_OF_BUDGET
@_NAME
@_PERIOD
@connected
def remove_budget(client: Client, kind: str, name: str, period: str) -> None:
    """Take a budget away."""
    _tell_budgets(client.post("/budgets/removal", {"kind": kind, "name": name, "period": period}))


def _tell_budgets(answer: Json) -> None:
    show(answer, lambda: table(answer["items"], _BUDGET, empty="There is no budget."))


_AUTONOMY = (
    "agent",
    "process_id",
    "element_id",
    "model",
    "level",
    "least_confidence",
    "target_error",
    "set_by",
    "reason",
)


@click.group(cls=Group)
def autonomy() -> None:
    """How far agents' answers may go by themselves: shadow, suggest, sampled, auto."""


@autonomy.command("list", cls=Command)
@connected
def list_autonomy(client: Client) -> None:
    """Every level that somebody, or drift, has set. Elsewhere the diagram's minConfidence or targetError counts."""
    _tell_autonomy(client.get("/autonomy"))


@autonomy.command("set", cls=Command)
@click.argument("agent")
@click.argument("process_id", metavar="PROCESS")
@click.argument("element_id", metavar="ELEMENT")
@click.argument("level", type=click.Choice(["shadow", "suggest", "sampled", "auto"]))
@click.option("--model", default="", metavar="NAME", help="With this model only; sampled and auto need it.")
@click.option("--target-error", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="The rate promised.")
@_REASON
@connected
def set_autonomy(client: Client, **body: Json) -> None:
    """Say how far an agent's answers may go at an element.

    Answers are hidden from people (shadow), proposed to them (suggest), pass but for a tenth (sampled) or pass (auto).
    The last two need so many recorded verdicts of people that they show that no more than --target-error is wrong.

    \b
    baton ai autonomy set triage support Task_Sort sampled --model small --target-error 0.05
    """
    _tell_autonomy(client.put("/autonomy", {name: value for name, value in body.items() if value is not None}))


def _tell_autonomy(answer: Json) -> None:
    show(answer, lambda: table(answer["items"], _AUTONOMY, empty="Nothing was set: diagrams decide."))
