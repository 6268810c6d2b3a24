"""What was decided once, looked at again: from the trail alone, or by asking a model anew.

`retell` needs nothing but records: it gives the way of an instance step by step, and judges every recorded answer
again by the checks that need no model. `ask_again` puts the recorded questions to a model, as an evaluation does:
through the gates, from the same budgets, with no effects (`api.evaluating`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.evaluating import Evaluator, Found, Plan
from connectors.llm import grounding, prompt
from connectors.llm.answer import Answer
from engine import events
from engine.actors import Actor
from engine.audit import Record
from engine.engine import Engine
from engine.errors import NotFound
from engine.oversight import AiCall, CaseReport, case_report
from engine.oversight.facts import Fact, facts
from engine.states import AttemptState
from engine.store.attempts import Attempt
from engine.store.cases import Case

Json = Any
#: What a check says of an answer, as faults begin.
_SHAPE, _GROUNDING = ("json", "schema"), "grounding"


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of an instance's way: `what` is the trail's word, `detail` what matters of it, `by` who did it."""

    at: datetime
    what: str
    element_id: str
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A recorded answer and what the checks say of it today; `is_same` when they say what was recorded then.

    None for a call whose question or answer the trail does not hold, or that is of another form than an AI task's.
    """

    call: AiCall
    faults: tuple[str, ...]
    is_same: bool | None


@dataclass(frozen=True, slots=True)
class Retold:
    """An instance from its records: the report of the case, its steps in order, its answers judged once more."""

    report: CaseReport
    steps: tuple[Deed, ...]
    calls: tuple[Rejudged, ...]

    @property
    def is_reproduced(self) -> bool:
        """Whether every answer that can be judged again gets the verdict that is recorded."""
        return all(one.is_same is not False for one in self.calls)


def retell(records: Iterable[Record], instance_key: int) -> Retold:
    """The instance's way from the records of a trail. Raises `NotFound` when they do not hold its start."""
    own = [record for record in records if record.instance_key == instance_key]
    if not own:
        raise NotFound(f"These records hold nothing of an instance {instance_key}.")
    report = case_report(own)
    steps = tuple(_deed(fact) for fact in facts(own) if fact.type not in _SILENT)
    return Retold(report, steps, tuple(_rejudged(call) for call in report.calls))


def _deed(fact: Fact) -> Deed:
    return Deed(fact.at, fact.type, fact.element_id, fact.record.actor_id, _detail(fact))


def _detail(fact: Fact) -> str:
    if fact.type == events.PATH_TAKEN:
        return " > ".join(map(str, fact.data.get("flows", ())))
    named = [(name, fact.data[name]) for name in _TELLING if fact.data.get(name) not in (None, "", [], {})]
    return ", ".join(f"{name} {_short(value)}" for name, value in named)


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


#: What says most of a fact, in this order.
_TELLING = (
    *("decision", "decision_id", "inputs", "outputs", "output", "rules", "policy", "verdict", "gate", "tool"),
    *("model", "answer", "faults", "confidence", "cost", "reason", "assignee", "group", "message", "code", "variables"),
)
_SILENT = frozenset({events.JOB_COMPLETED})


def _rejudged(call: AiCall) -> Rejudged:
    asked = prompt.parts(call.prompt) if isinstance(call.prompt, list) else None
    schema = prompt.schema_of(call.prompt) if isinstance(call.prompt, list) else None
    if asked is None or schema is None or call.answer is None:
        return Rejudged(call, (), None)
    answer = Answer.parse(call.answer, schema)
    kind = "json" if answer.output is None else "schema"
    shape = tuple(f"{kind}: {fault}" for fault in answer.faults)
    made_up = () if shape else grounding.check(answer.output, schema, asked[1]).faults
    found = (*shape, *(f"{_GROUNDING}: {fault}" for fault in made_up))
    return Rejudged(call, found, _is_same(call.faults, found))


def _is_same(recorded: Sequence[str], found: Sequence[str]) -> bool:
    """The shape is judged alike, and what was called made up is so now. A diagram may exempt fields from the latter."""
    shaped = [fault for fault in recorded if fault.startswith(_SHAPE)]
    made_up = {fault for fault in recorded if fault.startswith(_GROUNDING)}
    return shaped == [fault for fault in found if fault.startswith(_SHAPE)] and made_up <= set(found)


def ask_again(
    engine: Engine, attempts: Sequence[tuple[Attempt, str]], model: str, secret: Callable[[str], str], by: Actor
) -> Found:
    """Ask what these attempts asked, of `model` ("" each of its own); with each attempt comes its process id.

    Raises `InvalidInput` when none of them can be asked again, Refused when a gate does not let them.
    """
    cases = [_case(attempt, process_id) for attempt, process_id in attempts]
    agent_id = cases[0].agent_id if cases else ""
    evaluator = Evaluator(engine, Plan(agent_id, model), secret, by)
    return evaluator.run([one for one in cases if one.schema is not None], {}, lambda count: None)


def last_answers(made: Sequence[Attempt]) -> list[Attempt]:
    """The last answer of each job: the one that counted."""
    kept: dict[int, Attempt] = {}
    for one in made:
        if one.state is AttemptState.ANSWERED or one.job_key not in kept:
            kept[one.job_key] = one
    return list(kept.values())


def _case(attempt: Attempt, process_id: str) -> Case:
    """The attempt as a case that nobody has decided."""
    took = None if attempt.ended_at is None else (attempt.ended_at - attempt.started_at).total_seconds()
    return Case(
        job_key=attempt.job_key,
        instance_key=attempt.instance_key,
        process_id=process_id,
        element_id=attempt.element_id,
        agent_id=attempt.agent_id,
        agent_version=attempt.agent_version,
        model=attempt.model,
        fingerprint=attempt.fingerprint,
        prompt=attempt.prompt,
        schema=_schema(attempt),
        examples="",
        output=attempt.output,
        faults=attempt.faults,
        confidence=attempt.confidence,
        cost=attempt.cost if attempt.cost is not None else Decimal(0),
        took=took,
        decision="",
        expected=None,
        weight=1.0,
        seconds=0.0,
        decided_at=attempt.started_at,
        decided_by="",
    )


def _schema(attempt: Attempt) -> Json:
    """The schema that was sent. Where values passed that the document does not hold, the diagram had exempted them."""
    if not isinstance(attempt.prompt, list) or (schema := prompt.schema_of(attempt.prompt)) is None:
        return None
    asked = prompt.parts(attempt.prompt)
    passed = asked is not None and attempt.output is not None and not attempt.faults
    if passed and asked and grounding.check(attempt.output, schema, asked[1]).missing:
        return {**schema, grounding.KEYWORD: False}
    return schema
