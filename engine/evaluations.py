"""Calls of models for the sake of measuring: they pass the same gates as any other, and are in books of their own.

What an evaluation asks is paid from the same budgets, stopped by the same switch, and refused to the same agents; the
wording that a card is bound to may differ, because that is what is tried out. Nothing of it counts as work: neither
attempts, performance and drift nor the calibration know of it, and nothing is done with an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from connectors import base
from engine import events, gates, judgements
from engine.actors import Actor
from engine.agents import Act, ended, for_connector
from engine.budgets import nano
from engine.errors import IllegalMove, NotFound
from engine.gates import Call, Refusal, budget, registry, switch
from engine.moves import Moves
from engine.scopes import ScopeKind, scopes_of_call
from engine.states import AttemptState, move
from engine.store import Store, evaluations
from engine.store.attempts import Attempt
from engine.store.cases import Case
from engine.store.evaluations import Evaluation, EvaluationCall
from engine.store.judgements import Place

Json = Any


@dataclass(slots=True)
class Numbers:
    """Counts the calls of one evaluation."""

    last: int = 0

    def next(self) -> int:
        """The next number, from 1."""
        self.last += 1
        return self.last


@dataclass(slots=True)
class EvaluationJournal:
    """`connectors.base.Journal` for one case of an evaluation, in the hands of one process."""

    act: Act
    store: Store
    evaluation_key: int
    case: Case
    by: Actor
    numbers: Numbers
    is_registry_required: bool = False
    made: dict[int, Attempt] = field(default_factory=dict)  # by the number of the evaluation's call

    def attempts(self) -> Sequence[base.Attempt]:
        """Those of this case, oldest first."""
        return [for_connector(attempt) for attempt in self.made.values()]

    def begin(self, call: base.NewCall) -> int:
        """Ask the gates for a call and write it down; returns its number. Raises `Busy`, `Refused`."""
        asked = Call.of(
            call,
            job_key=self.case.job_key,
            instance_key=self.case.instance_key,
            process_id=self.case.process_id,
            element_id=self.case.element_id,
            agent_id=self.case.agent_id,
            must_be_registered=self.is_registry_required,
            lineage=(),
            earlier=tuple(self.made.values()),
            is_evaluation=True,
        )
        number = self.numbers.next()
        begun = self.act("begin_evaluation_call", self.by, lambda moves: self._begin(moves, number, asked))
        if isinstance(begun, Refusal):
            raise begun.error()
        self.made[number] = replace(begun, number=len(self.made) + 1)
        return number

    def _begin(self, moves: Moves, number: int, asked: Call) -> Attempt | Refusal:
        passed = gates.judge(moves, asked)
        said: dict[str, Any] = {"evaluation": str(self.evaluation_key), "job_key": str(asked.job_key), "number": number}
        said |= {"agent": asked.agent_id, "model": asked.model, "gates": dict(passed.answers)}
        said["policies"] = _verdicts(asked.ruled)
        if isinstance(passed, Refusal):
            moves.tell(0, events.EVALUATION_CALL_REFUSED, gate=passed.gate, reason=passed.reason, **said)
            return passed
        call = EvaluationCall(
            self.evaluation_key,
            number,
            asked.job_key,
            asked.model,
            AttemptState.STARTED,
            moves.now,
            asked.reserved,
            passed.books,
        )
        evaluations.begin_call(moves.tx, call)
        budget.reserve(moves, passed.books)
        sent = sha256(json.dumps(asked.prompt, sort_keys=True, default=str).encode()).hexdigest()
        moves.tell(
            0,
            events.EVALUATION_CALL_STARTED,
            **said,
            agent_version=passed.agent.version if passed.agent else 0,
            fingerprint=asked.fingerprint,
            prompt_sha256=sent,
            reserved=None if asked.reserved is None else format(asked.reserved, "f"),
        )
        return self._attempt(asked, passed.agent.version if passed.agent else 0, moves)

    def _attempt(self, asked: Call, agent_version: int, moves: Moves) -> Attempt:
        return Attempt(
            job_key=asked.job_key,
            number=0,
            instance_key=asked.instance_key,
            element_id=asked.element_id,
            model=asked.model,
            ai_kind=asked.ai_kind,
            fingerprint=asked.fingerprint,
            state=AttemptState.STARTED,
            worker=self.by.id,
            started_at=moves.now,
            ended_at=None,
            prompt=asked.prompt,
            answer=None,
            output=None,
            faults=(),
            confidence=None,
            reserved=asked.reserved,
            cost=None,
            tokens_in=None,
            tokens_out=None,
            agent_id=asked.agent_id,
            agent_version=agent_version,
            level="auto",
        )

    def settle(self, number: int, end: base.CallEnd) -> None:
        """Write down how the call ended. Raises `Refused` when AI was stopped meanwhile."""
        state = AttemptState.FAILED if end.failed else AttemptState.ANSWERED
        attempt = self.made[number]

        def act(moves: Moves) -> Refusal | None:
            call = evaluations.lock_call(moves.tx, self.evaluation_key, number)
            if call is None:
                raise NotFound(f"Evaluation {self.evaluation_key} has no call {number}.")
            named = f"{number} of evaluation {self.evaluation_key}"
            settled = replace(call, state=move("Call", named, call.state, state), cost=end.cost, ended_at=moves.now)
            _settle(moves, settled)
            _tell_end(
                moves,
                settled,
                faults=list(end.faults),
                confidence=end.confidence,
                checks=dict(end.checks or {}),
                policies=_verdicts(end.ruled),
                answered_by=end.origin.model,
            )
            self.made[number] = ended(attempt, end, state, moves.now)
            return self._withdrawn(moves, attempt)

        if (refusal := self.act("settle_evaluation_call", self.by, act)) is not None:
            raise replace(refusal, reason=f"An answer was discarded: {refusal.reason}").error()

    def _withdrawn(self, moves: Moves, attempt: Attempt) -> Refusal | None:
        if attempt.ai_kind == gates.RULES:
            return None
        named = {"agent_id": attempt.agent_id, "model": attempt.model}
        scopes = [
            scope
            for scope in scopes_of_call(process_ids=[self.case.process_id], **named)
            if scope.kind is not ScopeKind.INSTANCE
        ]
        stopped = switch.stopped_since(moves, scopes, attempt.started_at)
        return stopped or registry.withdrawn_since(moves, attempt.agent_id, attempt.started_at)

    def bar(self, *, model: str, fingerprint: str, target_error: float) -> base.Bar:
        """What people's verdicts on this model say, at the case's element."""
        with self.store.reading() as tx:
            place = Place(self.case.process_id, self.case.element_id, model, fingerprint)
            return judgements.bar(tx, place, target_error)

    def worth(self, *, model: str, fingerprint: str, confidence: float | None) -> base.Worth:
        """What people's verdicts on this model at the case's element make of a confidence."""
        with self.store.reading() as tx:
            place = Place(self.case.process_id, self.case.element_id, model, fingerprint)
            return judgements.worth(tx, place, confidence)

    def approvals(self) -> Sequence[base.Approval]:
        """Nobody is asked for an evaluation."""
        return ()


def begin(moves: Moves, new: Evaluation) -> None:
    """Write down that an evaluation begins."""
    evaluations.add(moves.tx, new)
    said: dict[str, Any] = {"agent": new.agent_id, "model": new.model, "said": new.said, "cases": new.cases}
    moves.tell(0, events.EVALUATION_STARTED, evaluation=str(new.key), **said)


def end(moves: Moves, key: int, report: Json) -> Evaluation:
    """Write down what it found. Raises `NotFound`, `IllegalMove` for one that has ended."""
    known = evaluations.lock(moves.tx, key)
    if known is None:
        raise NotFound(f"There is no evaluation {key}.")
    if known.ended_at is not None:
        raise IllegalMove(f"Evaluation {key} has ended: its report cannot be changed.")
    evaluations.end(moves.tx, key, moves.now, report)
    moves.tell(0, events.EVALUATION_ENDED, evaluation=str(key), agent=known.agent_id, model=known.model, report=report)
    return replace(known, ended_at=moves.now, report=report)


def lose(moves: Moves, forgotten: Sequence[EvaluationCall]) -> None:
    """Give up calls whose process is gone: what they cost is not known, so all that was reserved is spent."""
    for call in forgotten:
        lost = replace(call, state=AttemptState.LOST, ended_at=moves.now)
        evaluations.settle_call(moves.tx, lost)
        _tell_end(moves, lost)
    budget.settle_all(moves, [(call.books, None) for call in forgotten])


def _settle(moves: Moves, call: EvaluationCall) -> None:
    evaluations.settle_call(moves.tx, call)
    budget.settle_all(moves, [(call.books, None if call.cost is None else nano(call.cost))])


def _tell_end(moves: Moves, call: EvaluationCall, **more: Json) -> None:
    moves.tell(
        0,
        events.EVALUATION_CALL_SETTLED,
        evaluation=str(call.evaluation_key),
        job_key=str(call.job_key),
        number=call.number,
        model=call.model,
        state=call.state.value,
        cost=None if call.cost is None else format(call.cost, "f"),
        **more,
    )


def _verdicts(ruled: base.Ruled | None) -> list[Mapping[str, Json]]:
    return list(ruled.verdicts) if ruled else []
