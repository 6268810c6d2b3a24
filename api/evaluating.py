"""Recorded cases, asked of a model again by the connector that serves diagrams: with every check, without effects.

The connector gets each case as a job would bring it and answers into books of the evaluation's own
(`engine.evaluations`). What it says is compared with what people decided (`engine.scoring`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from connectors.base import Busy, Connector, ModelCall, Permanent, Refused, Request, Retryable, Review
from connectors.llm import prompt
from connectors.registry import AI_TASK
from engine.actors import Actor
from engine.engine import Engine
from engine.errors import InvalidInput, NotFound
from engine.evaluations import EvaluationJournal, Numbers
from engine.policies import Facts, Policies
from engine.scoring import Answered, Scores, score
from engine.store.cases import Case
from engine.store.evaluations import Evaluation
from engine.worker.model_gate import PolicyGate

Json = Any
FORMAT = "baton-evaluation/1"
CASES_FORMAT = "baton-cases/1"
_MOST_WAITS = 5  # for a vendor that is away, or a limit, before the evaluation goes on without the case
_LONGEST_WAIT_SECONDS = 60.0
_NOBODY = "nobody"  # a review that an evaluation's task asks for is not made


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: `model` ("" the recorded one), `wording` in the place of each case's prompt (None keeps it).

    `max_cost` is in US dollars, for all calls together; None is without limit.
    """

    agent_id: str
    model: str = ""
    wording: str | None = None
    max_cost: Decimal | None = None

    @property
    def said(self) -> str:
        """What is different from the record, in words."""
        changed = [f"model {self.model}"] if self.model else ["the recorded models"]
        changed += ["another prompt"] if self.wording is not None else []
        return ", ".join(changed)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of an evaluation; `skipped` says of cases without an answer why, by the case's key."""

    evaluation: Evaluation
    scores: Scores
    answers: Sequence[Answered]
    skipped: Mapping[int, str]

    def as_json(self) -> dict[str, Json]:
        """Plain data, with one row for each case."""
        rows = [msgspec.to_builtins(one, str_keys=True) for one in self.answers]
        made: dict[str, Json] = self.summary() | {
            "answers": [
                {**row, "job_key": str(row["job_key"]), "is_right": one.is_right}
                for row, one in zip(rows, self.answers, strict=True)
            ],
            "skipped": {str(key): why for key, why in self.skipped.items()},
        }
        return made

    def summary(self) -> dict[str, Json]:
        """The figures alone: what the house keeps."""
        one = self.evaluation
        named = {"evaluation": str(one.key), "agent": one.agent_id, "model": one.model, "said": one.said}
        scores = msgspec.to_builtins(self.scores, str_keys=True)
        return {"format": FORMAT, **named, "scores": scores, "unanswered": len(self.skipped)}


class Evaluator:
    """Asks a model for recorded cases, one after the other; `secret` finds the keys of vendors."""

    def __init__(self, engine: Engine, plan: Plan, secret: Callable[[str], str], by: Actor) -> None:
        self._engine = engine
        self._plan = plan
        self._secret = secret
        self._by = by
        self._spent = Decimal(0)

    def run(self, cases: Sequence[Case], sets: Mapping[str, Json], tell: Callable[[int], None]) -> Found:
        """Every case; `sets` are the examples by digest, `tell` hears how many are done.

        Raises `InvalidInput` without a case that can be asked, Refused when a gate lets no call pass: then nobody may
        ask, and the evaluation ends.
        """
        connector = self._engine.connectors.get(AI_TASK)
        asked = [(case, given) for case in cases if (given := self._given(case, sets)) is not None]
        if connector is None or not asked:
            raise InvalidInput("There is no case that can be asked again.", {"cases": "none of an AI task"})
        model = self._plan.model or ", ".join(sorted({case.model for case, _ in asked}))
        evaluation = self._engine.begin_evaluation(
            self._plan.agent_id, model, cases=len(asked), said=self._plan.said, by=self._by
        )
        answers, skipped, numbers = list[Answered](), dict[int, str](), Numbers()
        try:
            for count, (case, given) in enumerate(asked, 1):
                journal = self._engine.evaluation_journal(evaluation, case, numbers, by=self._by)
                found = self._ask(connector, case, given, journal)
                self._spent += _paid(journal)
                if isinstance(found, str):
                    skipped[case.job_key] = found
                else:
                    answers.append(found)
                tell(count)
        finally:
            found_all = Found(evaluation, score(answers), answers, skipped)
            ended = self._engine.end_evaluation(evaluation.key, found_all.summary(), by=self._by)
        return replace(found_all, evaluation=ended)

    def _given(self, case: Case, sets: Mapping[str, Json]) -> dict[str, Json] | None:
        """The inputs of the task, as its diagram would map them; None for what was no AI task's question."""
        known = prompt.parts(case.prompt) if isinstance(case.prompt, list) else None
        if known is None or not isinstance(case.schema, dict):
            return None
        wording, document = known
        return {
            "prompt": self._plan.wording or wording,
            "input": document,
            "schema": case.schema,
            "models": [self._plan.model or case.model],
            "examples": sets.get(case.examples) or [],
            "agent": case.agent_id if self._engine.must_agents_be_registered or case.agent_version else "",
            "onExhausted": _NOBODY,
        }

    def _ask(
        self, connector: Connector, case: Case, given: Mapping[str, Json], journal: EvaluationJournal
    ) -> Answered | str:
        """The answer, or why there is none."""
        left = None if self._plan.max_cost is None else self._plan.max_cost - self._spent
        request = self._request(
            case, {**given, **({} if left is None else {"maxCost": str(max(left, Decimal(0)))})}, journal
        )
        for _ in range(_MOST_WAITS):
            try:
                return self._answered(case, connector(request), journal)
            except (Busy, Retryable) as problem:
                time.sleep(min(problem.after_seconds or 1.0, _LONGEST_WAIT_SECONDS))
            except Permanent as problem:
                return str(problem)
            except Refused as problem:
                if problem.then in ("wait", "fail"):
                    raise
                return str(problem)
        return "The model could not be reached."

    def _answered(self, case: Case, ending: object, journal: EvaluationJournal) -> Answered | str:
        made = list(journal.attempts())
        if not any(one.state == "answered" for one in made):
            faults = ending.faults if isinstance(ending, Review) else ()
            return "; ".join(faults) or "No model answered."
        has_passed = not isinstance(ending, Review)
        last = next((one for one in reversed(made) if one.output is not None), made[-1])
        took = sum((one.ended_at - one.started_at).total_seconds() for one in made if one.ended_at is not None)
        return Answered(
            job_key=case.job_key,
            expected=case.expected,
            weight=case.weight,
            recorded=case.output,
            recorded_cost=case.cost or Decimal(0),
            recorded_seconds=case.took or 0.0,
            output=last.output,
            has_passed=has_passed,
            faults=last.faults,
            confidence=last.confidence,
            cost=_paid(journal),
            seconds=took,
        )

    def _request(self, case: Case, given: Mapping[str, Json], journal: EvaluationJournal) -> Request:
        return Request(
            job_key=case.job_key,
            type=AI_TASK,
            instance_key=case.instance_key,
            process_id=case.process_id,
            element_id=case.element_id,
            variables=given,
            headers={},
            retries=0,
            idempotency_key=f"evaluation-{journal.evaluation_key}-{case.job_key}",
            journal=journal,
            secret=self._secret,
            gate=PolicyGate(case.element_id, lambda call: self._governed(case, given, call), lambda events: None),
        )

    def _governed(self, case: Case, given: Mapping[str, Json], call: ModelCall | None) -> tuple[Policies, Facts]:
        """The policies of the work that the case was; of a case from elsewhere the house's, with what it tells."""
        try:
            job = replace(self._engine.queries.job(case.job_key), variables=given)
        except NotFound:
            facts = Facts(case.process_id, case.element_id, case.instance_key, case.job_key, AI_TASK, variables=given)
            facts = replace(facts, agent_id=case.agent_id, model=call.model if call else "")
            return self._engine.policies_for(facts), facts
        return self._engine.governed(job, call)


def _paid(journal: EvaluationJournal) -> Decimal:
    return sum((one.cost or Decimal(0) for one in journal.attempts()), Decimal(0))


def as_file(cases: Sequence[Case], sets: Mapping[str, Json]) -> dict[str, Json]:
    """Cases as a file holds them: plain data from which `of_file` makes the same ones."""
    listed = [
        {**msgspec.to_builtins(one, str_keys=True), "job_key": str(one.job_key), "was_right": one.was_right}
        for one in cases
    ]
    return {"format": CASES_FORMAT, "cases": listed, "examples": dict(sets)}


def of_file(data: Json) -> tuple[list[Case], Mapping[str, Json]]:
    """The cases of a file, and its sets of examples. Raises `InvalidInput` that names the first fault."""
    if not isinstance(data, dict) or data.get("format") != CASES_FORMAT:
        raise InvalidInput(f"This is no file of cases: it must be a JSON object whose format is {CASES_FORMAT}.")
    try:
        cases = list(_read(data.get("cases") or ()))
    except (msgspec.ValidationError, TypeError, ValueError) as problem:
        raise InvalidInput(f"A case of the file cannot be read: {str(problem)[:200]}") from None
    return cases, data.get("examples") or {}


def _read(listed: Sequence[Mapping[str, Json]]) -> Iterator[Case]:
    for one in listed:
        yield msgspec.convert({**one, "job_key": int(one["job_key"])}, Case, strict=False)
