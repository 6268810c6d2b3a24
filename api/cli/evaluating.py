"""`baton agent cases` and `baton agent eval`: what people decided, and how another model or prompt would do."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from api.cli.client import Client, connected
from api.cli.console import Command, Exit, Failure, Json, show, table, wants_json

if TYPE_CHECKING:
    from api.evaluating import Found, Plan
    from engine.engine import Engine
    from engine.scoring import Rate, Scores
    from engine.store.cases import Case

_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
_CASES = ("job_key", "element_id", "version", "model", "decision", "right", "confidence", "weight", "decided_at")
_RATE = click.FloatRange(0, 1)


@click.command("cases", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 10_000), help="The newest so many.")
@click.option("--export", type=click.Path(dir_okay=False, path_type=Path), help="Write them to this file, whole.")
@connected
def cases(client: Client, agent_id: str, limit: int, export: Path | None) -> None:
    """The cases that people's verdicts made: what was asked and answered, and what would have been right."""
    answer = client.get(f"/agents/{quote(agent_id, safe='')}/cases", limit=limit)
    if export is not None:
        export.write_text(json.dumps(answer, ensure_ascii=False, indent=1), encoding="utf-8")
        show({"file": str(export), "cases": len(answer["cases"])}, f"{len(answer['cases'])} cases in {export}.")
        return
    rows = [{**one, "version": one["agent_version"], "right": one["was_right"]} for one in answer["cases"]]
    show(answer, lambda: table(rows, _CASES, empty="Nobody has judged an answer of it yet."))


@click.command("evaluations", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@connected
def evaluations(client: Client, agent_id: str) -> None:
    """What earlier evaluations of an agent's cases found."""
    answer = client.get(f"/agents/{quote(agent_id, safe='')}/evaluations")
    columns = ("key", "started_at", "started_by", "said", "cases", "accuracy", "recorded", "cost")
    rows = [{**one, **_figures(one.get("report") or {})} for one in answer["items"]]
    show(answer, lambda: table(rows, columns, empty="Nothing was evaluated yet."))


@click.command("eval", cls=Command)
@click.argument("agent_id", metavar="AGENT")
@click.option("--model", default="", metavar="NAME", help="Ask this model instead of the recorded ones.")
@click.option("--prompt", "wording", type=_IN, help="Ask with the prompt in this file.")
@click.option("--version", type=click.IntRange(1), help="Ask as this version of the agent did: its model and prompt.")
@click.option("--cases", "file", type=_IN, help="Cases that `baton agent cases --export` wrote; none: of the database.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000), help="The newest so many.")
@click.option("--max-cost", metavar="USD", help="Spend no more than this.")
@click.option("--at-least", type=_RATE, metavar="RATE", help="Fail when fewer are right: 0.95.")
@click.option(
    "--no-worse", is_flag=True, help="Fail when it is certain that the recorded answers were right more often."
)
def evaluate(  # noqa: PLR0913 - one option each
    agent_id: str,
    model: str,
    wording: Path | None,
    version: int | None,
    file: Path | None,
    limit: int,
    max_cost: str | None,
    at_least: float | None,
    no_worse: bool,
) -> None:
    """Ask recorded cases again, with every check and without effects, and compare with what people decided.

    It runs here, like a worker: on the database of this folder, with its models and secrets. Each call passes registry,
    kill switch and budgets, and is in the audit trail as an evaluation. Exit code 1: --at-least or --no-worse failed.

    \b
    baton agent eval triage --model openai/gpt-5-mini --max-cost 2 --no-worse
    baton agent eval triage --prompt shorter.txt --at-least 0.95
    """
    from api.cli.wired import open_engine
    from api.evaluating import Plan

    settings, engine = open_engine()
    chosen, sets = _chosen(engine, agent_id, file, limit)
    text = None if wording is None else wording.read_text(encoding="utf-8").strip()
    plan = Plan(agent_id, model, text, _dollars(max_cost))
    if version is not None:
        plan = _as_version(plan, version, chosen)
    found = _run(settings, engine, plan, (chosen, sets))
    failure = _failure(found, at_least, no_worse=no_worse)
    if failure is None or not wants_json():
        show(found.as_json(), lambda: _shown(found))
    if failure is not None:
        raise failure


def _chosen(engine: Engine, agent_id: str, file: Path | None, limit: int) -> tuple[list[Case], Any]:
    from api.evaluating import of_file

    if file is None:
        found = list(engine.queries.evaluation_cases(agent_id, limit))
        return found, engine.queries.example_sets(sorted({one.examples for one in found if one.examples}))
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise Failure(f"{file} is no JSON: {str(problem)[:100]}.", Exit.USAGE) from None
    read, sets = of_file(data)
    return [one for one in read if one.agent_id == agent_id][:limit], sets


def _run(settings: Any, engine: Engine, plan: Plan, given: tuple[Sequence[Case], Any]) -> Found:
    from api.evaluating import Evaluator
    from api.settings import SECRET_PREFIX
    from connectors.base import Refused
    from engine.actors import Actor, ActorKind, Role
    from engine.worker import from_environment

    secret = from_environment({SECRET_PREFIX + name: value for name, value in settings.secrets.items()})
    by = Actor(getpass.getuser(), ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
    cases, sets = given
    try:
        return Evaluator(engine, plan, secret, by).run(cases, sets, lambda count: _progress(count, len(cases)))
    except Refused as problem:
        raise Failure(str(problem), code="ai-call-refused") from None


def _progress(count: int, whole: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{count} of {whole} cases", nl=count == whole, err=True)


def _as_version(plan: Plan, version: int, cases: Sequence[Case]) -> Plan:
    from dataclasses import replace

    from connectors.llm import prompt

    one = next((case for case in cases if case.agent_version == version), None)
    known = prompt.parts(one.prompt) if one is not None and isinstance(one.prompt, list) else None
    if one is None or known is None:
        raise Failure(f"No case here was answered by version {version} of '{plan.agent_id}'.", Exit.NOT_FOUND)
    return replace(plan, model=plan.model or one.model, wording=plan.wording or known[0])


def _failure(found: Found, at_least: float | None, *, no_worse: bool) -> Failure | None:
    """What a pipeline is to stop for; None when all is as it was asked for."""
    scores, details = found.scores, {"report": found.as_json()}
    right = scores.accuracy.value if scores.accuracy else 0.0
    if not found.answers:
        return Failure("No case was answered, so nothing is known.", code="no-answer", details=details)
    if at_least is not None and right < at_least:
        text = f"{right:.1%} are right, and --at-least asks for {at_least:.1%}."
        return Failure(text, code="too-inaccurate", details=details)
    if no_worse and scores.is_worse:
        text = "The recorded answers were right more often, and that is no accident (95 %)."
        return Failure(text, code="worse", details=details)
    return None


def _shown(found: Found) -> str:
    one = found.scores
    rows: list[dict[str, Json]] = [
        {"": "right", "now": _rate(one.accuracy), "recorded": _rate(one.recorded_accuracy)},
        {"": "cost of all, USD", "now": f"{one.cost:f}", "recorded": f"{one.recorded_cost:f}"},
        {"": "seconds, mean", "now": _seconds(one.mean_seconds), "recorded": _seconds(one.recorded_mean_seconds)},
        {"": "passed every check", "now": _rate(one.passed)},
        {"": "wrong of these", "now": _wrong(one)},
        {"": "same as recorded", "now": _rate(one.agreement)},
    ]
    rows += [{"": f"right: {name}", "now": f"{share:.1%}"} for name, share in one.fields.items()]
    lines = [f"{found.evaluation.said}: {one.cases} cases, {one.judged} with a right answer", ""]
    lines += [table(rows, ("", "now", "recorded")), "", _difference(one)]
    if one.judged < one.cases:
        lines.append(f"{one.strays_passed} of {one.cases - one.judged} cases that people rejected would have passed.")
    if found.skipped:
        first = next(iter(found.skipped.values()))
        lines.append(f"{len(found.skipped)} cases have no answer: {first}")
    return "\n".join(lines)


def _difference(scores: Scores) -> str:
    pairs = scores.pairs
    if pairs is None:
        return "No case has a right answer."
    one = pairs.difference
    return (
        f"Difference {100 * one.value:+.1f} points ({100 * one.low:+.1f} to {100 * one.high:+.1f}, 95 %): "
        f"{pairs.gained} cases right only now, {pairs.lost} only before; p = {pairs.p_value:.3f}."
    )


def _rate(one: Rate | None) -> str:
    return "-" if one is None else f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"


def _wrong(scores: Scores) -> str:
    bound = "" if scores.wrong_bound is None else f" (at most {scores.wrong_bound:.1%})"
    return f"{scores.wrong_of_passed}{bound}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _figures(report: dict[str, Json]) -> dict[str, Json]:
    scores = report.get("scores") or {}
    shares = {"accuracy": scores.get("accuracy"), "recorded": scores.get("recorded_accuracy")}
    shown = {name: f"{share['value']:.1%}" for name, share in shares.items() if share}
    return {**shown, "cost": scores.get("cost")}


def _dollars(text: str | None) -> Decimal | None:
    try:
        value = None if text is None else Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if value is not None and not (value.is_finite() and value >= 0):
        raise click.UsageError(f"--max-cost must be US dollars, such as 2.50, not {text!r}.")
    return value
