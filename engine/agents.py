"""The books of model calls: a row before each call, settled after it, each in a transaction of its own.

A worker that dies in a call leaves an attempt "started"; it becomes "lost" when the job is claimed again, so no call is
ever forgotten or made twice unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from connectors import base
from engine import events, judgements
from engine.actors import Actor, ActorKind
from engine.errors import LeaseLost, NotFound
from engine.jobs import check_lease
from engine.limits import LimitKind
from engine.moves import Moves
from engine.observer import ObservedCall, Observer
from engine.states import AttemptState, move
from engine.store import Store, attempts, jobs, limits
from engine.store.attempts import Attempt
from engine.store.judgements import Place

Json = Any
T = TypeVar("T")


class Act(Protocol):
    """Runs a verb in a transaction."""

    def __call__(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call of a model ended."""

    answer: str | None
    output: Json
    faults: tuple[str, ...]
    confidence: float | None
    cost: Decimal | None
    tokens_in: int | None
    tokens_out: int | None
    has_failed: bool


class JobJournal:
    """`connectors.base.Journal` over the store, for one job in the hands of one worker."""

    def __init__(self, act: Act, store: Store, observer: Observer, held: tuple[int, str]) -> None:
        self._act = act
        self._store = store
        self._observer = observer
        self._job_key, self._worker = held
        self._by = Actor(self._worker, ActorKind.WORKER)

    def attempts(self) -> Sequence[base.Attempt]:
        """All attempts of this job so far, oldest first."""
        with self._store.reading() as tx:
            return [for_connector(attempt) for attempt in attempts.of_job(tx, self._job_key)]

    def begin(self, *, model: str, prompt: Json, reserved: Decimal | None, ai_kind: str, fingerprint: str = "") -> int:
        """Write down that a call is about to be made; returns its number. Raises `LeaseLost`, `Busy`."""

        def act(moves: Moves) -> int:
            attempts.hold_job(moves.tx, self._job_key)
            job = jobs.find(moves.tx, self._job_key)
            check_lease(job, self._worker)
            _take_turn(moves, model)
            number = len(attempts.of_job(moves.tx, self._job_key)) + 1
            new = Attempt(
                job_key=job.key,
                number=number,
                instance_key=job.instance_key,
                element_id=job.element_id,
                model=model,
                ai_kind=ai_kind,
                fingerprint=fingerprint,
                state=AttemptState.STARTED,
                worker=self._worker,
                started_at=moves.now,
                ended_at=None,
                prompt=prompt,
                answer=None,
                output=None,
                faults=(),
                confidence=None,
                reserved=reserved,
                cost=None,
                tokens_in=None,
                tokens_out=None,
            )
            attempts.add(moves.tx, new)
            _tell_start(moves, new, job.element_key)
            return number

        return self._act("begin_attempt", self._by, act)

    def settle(  # noqa: PLR0913 - the contract of connectors.base.Journal
        self,
        number: int,
        *,
        answer: str | None,
        output: Json = None,
        faults: Sequence[str] = (),
        confidence: float | None = None,
        cost: Decimal | None = None,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
        failed: bool = False,
    ) -> None:
        """Write down how the call ended; once per number. Raises `LeaseLost` when the attempt was given up as lost."""
        ending = Ending(answer, output, tuple(faults), confidence, cost, tokens_in, tokens_out, failed)
        settled = self._act("settle_attempt", self._by, lambda moves: self._settle(moves, number, ending))
        self._observer.model_called(_observed(settled))

    def bar(self, *, model: str, fingerprint: str, target_error: float) -> base.Bar:
        """What people's verdicts on this model at this job's element, under this fingerprint, say."""
        with self._store.reading() as tx:
            job = jobs.find(tx, self._job_key)
            return judgements.bar(tx, Place(job.process_id, job.element_id, model, fingerprint), target_error)

    def _settle(self, moves: Moves, number: int, ending: Ending) -> Attempt:
        attempt = attempts.lock(moves.tx, self._job_key, number)
        if attempt is None:
            raise NotFound(f"Job {self._job_key} has no attempt {number}.")
        if attempt.state is AttemptState.LOST:
            raise LeaseLost(f"Attempt {number} of job {self._job_key} was given up: another worker has the job.")
        new = AttemptState.FAILED if ending.has_failed else AttemptState.ANSWERED
        settled = replace(
            attempt,
            state=move("Attempt", f"{number} of job {self._job_key}", attempt.state, new),
            ended_at=moves.now,
            answer=ending.answer,
            output=ending.output,
            faults=ending.faults,
            confidence=ending.confidence,
            cost=ending.cost,
            tokens_in=ending.tokens_in,
            tokens_out=ending.tokens_out,
        )
        attempts.settle(moves.tx, settled)
        _tell_end(moves, settled)
        return settled


def _take_turn(moves: Moves, model: str) -> None:
    """Count a call towards the model's limits. Raises `Busy` when no more may begin now."""
    for limit in limits.lock(moves.tx, LimitKind.MODEL, [model], moves.now).values():
        [running] = limits.running(moves.tx, LimitKind.MODEL, {model: limit}, moves.now).values()
        if pause := limit.pause_seconds(running):
            raise base.Busy(f"The limit on calls of model '{model}' is reached.", after_seconds=pause)
        limits.spend(moves.tx, limit, 1)


def lose(moves: Moves, job_keys: Sequence[int], instance_of: Callable[[int], int]) -> None:
    """Give up the open calls of jobs whose worker is gone."""
    for job_key, number in attempts.lose(moves.tx, job_keys, moves.now):
        moves.tell(instance_of(job_key), events.ATTEMPT_LOST, job_key=str(job_key), number=number)


def for_connector(attempt: Attempt) -> base.Attempt:
    """The attempt as connectors see it: a lost one is counted at what was reserved for it."""
    return base.Attempt(
        number=attempt.number,
        model=attempt.model,
        state=attempt.state.value,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        prompt=attempt.prompt,
        answer=attempt.answer,
        output=attempt.output,
        faults=attempt.faults,
        confidence=attempt.confidence,
        cost=attempt.reserved if attempt.state is AttemptState.LOST else attempt.cost,
        tokens_in=attempt.tokens_in,
        tokens_out=attempt.tokens_out,
        ai_kind=attempt.ai_kind,
        fingerprint=attempt.fingerprint,
    )


def _observed(attempt: Attempt) -> ObservedCall:
    ended_at = attempt.ended_at or attempt.started_at
    return ObservedCall(
        job_key=attempt.job_key,
        model=attempt.model,
        seconds=(ended_at - attempt.started_at).total_seconds(),
        tokens_in=attempt.tokens_in,
        tokens_out=attempt.tokens_out,
        cost=attempt.cost,
        has_failed=attempt.state is AttemptState.FAILED,
    )


def _tell_start(moves: Moves, attempt: Attempt, element_key: int) -> None:
    moves.tell(
        attempt.instance_key,
        events.ATTEMPT_STARTED,
        element=(attempt.element_id, element_key),
        job_key=str(attempt.job_key),
        number=attempt.number,
        model=attempt.model,
        ai_kind=attempt.ai_kind,
        fingerprint=attempt.fingerprint,
        prompt=attempt.prompt,
        reserved=None if attempt.reserved is None else format(attempt.reserved, "f"),
    )


def _tell_end(moves: Moves, attempt: Attempt) -> None:
    moves.tell(
        attempt.instance_key,
        events.ATTEMPT_SETTLED,
        element=(attempt.element_id, 0),
        job_key=str(attempt.job_key),
        number=attempt.number,
        state=attempt.state.value,
        model=attempt.model,
        answer=attempt.answer,
        faults=list(attempt.faults),
        confidence=attempt.confidence,
        cost=None if attempt.cost is None else format(attempt.cost, "f"),
        tokens_in=attempt.tokens_in,
        tokens_out=attempt.tokens_out,
    )
