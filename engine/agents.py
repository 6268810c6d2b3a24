"""The books of model calls: a row before each call, settled after it, each in a transaction of its own.

A worker that dies in a call leaves an attempt "started"; it becomes "lost" when the job is claimed again, so no call is
ever forgotten or made twice unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from connectors import base
from engine import events, gates, judgements
from engine.actors import Actor, ActorKind
from engine.errors import LeaseLost, NotFound
from engine.gates import Call, Pass, Refusal, budget, input_policies, registry, switch
from engine.jobs import check_lease
from engine.limits import LimitKind
from engine.moves import Moves
from engine.observer import ObservedCall, Observer
from engine.scopes import scopes_of_call
from engine.states import AttemptState, move
from engine.store import Store, attempts, instances, jobs, limits, user_tasks
from engine.store.attempts import Attempt
from engine.store.jobs import Job
from engine.store.judgements import Place
from engine.store.user_tasks import UserTask

Json = Any
#: What the fault of a discarded answer begins with.
STOPPED = "stopped"
T = TypeVar("T")


class Act(Protocol):
    """Runs a verb in a transaction."""

    def __call__(self, verb: str, by: Actor, act: Callable[[Moves], T]) -> T: ...


class JobJournal:
    """`connectors.base.Journal` over the store, for one job in the hands of one worker."""

    def __init__(
        self, act: Act, store: Store, observer: Observer, held: tuple[int, str], *, is_registry_required: bool = False
    ) -> None:
        self._act = act
        self._store = store
        self._observer = observer
        self._job_key, self._worker = held
        self._is_registry_required = is_registry_required
        self._by = Actor(self._worker, ActorKind.WORKER)

    def attempts(self) -> Sequence[base.Attempt]:
        """All attempts of this job so far, oldest first."""
        with self._store.reading() as tx:
            return [for_connector(attempt) for attempt in attempts.of_job(tx, self._job_key)]

    def begin(self, call: base.NewCall) -> int:
        """Ask the gates for a call and write it down; returns its number. Raises `LeaseLost`, `Busy`, `Refused`."""

        def act(moves: Moves) -> int | Refusal:
            attempts.hold_job(moves.tx, self._job_key)
            job = jobs.find(moves.tx, self._job_key)
            check_lease(job, self._worker, moves.now)
            asked = Call.of(
                call,
                job_key=job.key,
                instance_key=job.instance_key,
                process_id=job.process_id,
                element_id=job.element_id,
                agent_id=call.agent or job.process_id,
                must_be_registered=self._is_registry_required or bool(call.agent),
                lineage=instances.lineage(moves.tx, job.instance_key),
                earlier=attempts.of_job(moves.tx, self._job_key),
                definition_key=job.definition_key,
            )
            return self._begin(moves, job, asked)

        begun = self._act("begin_attempt", self._by, act)
        if isinstance(begun, Refusal):
            raise begun.error()
        return begun

    def _begin(self, moves: Moves, job: Job, asked: Call) -> int | Refusal:
        answer = gates.judge(moves, asked)
        if isinstance(answer, Refusal):
            _refuse(moves, job, asked, answer)
            return answer
        _take_turn(moves, asked.model)
        jobs.hold_back(moves.tx, job, "")
        new = _attempt(asked, answer, self._worker, moves.now)
        attempts.add(moves.tx, new)
        budget.reserve(moves, answer.books)
        _tell_start(moves, new, job.element_key, answer)
        _tell_verdicts(moves, asked.ruled, new, (job.element_id, job.element_key))
        return new.number

    def settle(self, number: int, end: base.CallEnd) -> None:
        """Write down how the call ended; once per number. Raises `LeaseLost` when the attempt was given up as lost."""
        settled, refusal = self._act("settle_attempt", self._by, lambda moves: self._settle(moves, number, end))
        self._observer.model_called(_observed(settled, end.origin))
        if refusal is not None:
            raise replace(refusal, reason=f"An answer was discarded: {refusal.reason}").error()

    def bar(self, *, model: str, fingerprint: str, target_error: float) -> base.Bar:
        """What people's verdicts on this model at this job's element, under this fingerprint, say."""
        with self._store.reading() as tx:
            job = jobs.find(tx, self._job_key)
            return judgements.bar(tx, Place(job.process_id, job.element_id, model, fingerprint), target_error)

    def worth(self, *, model: str, fingerprint: str, confidence: float | None) -> base.Worth:
        """What people's verdicts on this model at this job's element make of a confidence."""
        with self._store.reading() as tx:
            job = jobs.find(tx, self._job_key)
            return judgements.worth(tx, Place(job.process_id, job.element_id, model, fingerprint), confidence)

    def approvals(self) -> Sequence[base.Approval]:
        """What people decided on this job's reviews that let it go on, oldest first."""
        with self._store.reading() as tx:
            job = jobs.find(tx, self._job_key)
            decided = user_tasks.decided_for(tx, job.instance_key, job.key)
        return [approval for task in decided if (approval := _approval(task)) is not None]

    def _settle(self, moves: Moves, number: int, ending: base.CallEnd) -> tuple[Attempt, Refusal | None]:
        attempt = attempts.lock(moves.tx, self._job_key, number)
        if attempt is None:
            raise NotFound(f"Job {self._job_key} has no attempt {number}.")
        if attempt.state is AttemptState.LOST:
            raise LeaseLost(f"Attempt {number} of job {self._job_key} was given up: another worker has the job.")
        refusal = _withdrawn(moves, attempt)
        if refusal is not None:
            ending = _discarded(ending, refusal)
        new = AttemptState.FAILED if ending.failed else AttemptState.ANSWERED
        state = move("Attempt", f"{number} of job {self._job_key}", attempt.state, new)
        rulings = (*attempt.rulings, *_of_note(ending.ruled))
        settled = replace(ended(attempt, ending, state, moves.now), rulings=rulings)
        attempts.settle(moves.tx, settled)
        budget.settle(moves, settled)
        _tell_end(moves, settled, ending)
        _tell_verdicts(moves, ending.ruled, settled, (attempt.element_id, 0))
        return settled, refusal


def ended(attempt: Attempt, end: base.CallEnd, state: AttemptState, now: datetime) -> Attempt:
    """An attempt in its last state, with what came of it."""
    return replace(
        attempt,
        state=state,
        ended_at=now,
        answer=end.answer,
        output=end.output,
        faults=tuple(end.faults),
        confidence=end.confidence,
        evidence=end.evidence,
        cost=end.cost,
        tokens_in=end.tokens_in,
        tokens_out=end.tokens_out,
    )


def _withdrawn(moves: Moves, attempt: Attempt) -> Refusal | None:
    """Why what comes back may not be used: meanwhile its scope was stopped, or its agent went out of service."""
    if attempt.ai_kind == gates.RULES:
        return None
    process_ids = [process_id for _, process_id in instances.lineage(moves.tx, attempt.instance_key)]
    scopes = scopes_of_call(process_ids=process_ids, agent_id=attempt.agent_id, model=attempt.model)
    stopped = switch.stopped_since(moves, scopes, attempt.started_at)
    return stopped or registry.withdrawn_since(moves, attempt.agent_id, attempt.started_at)


def _discarded(ending: base.CallEnd, refusal: Refusal) -> base.CallEnd:
    """What came back is paid and kept in the books; nothing may use it."""
    fault = f"{STOPPED}: {refusal.reason} The answer was discarded."
    return replace(ending, output=None, confidence=None, faults=(fault, *ending.faults), failed=True)


def _attempt(asked: Call, passed: Pass, worker: str, now: datetime) -> Attempt:
    return Attempt(
        job_key=asked.job_key,
        number=len(asked.earlier) + 1,
        instance_key=asked.instance_key,
        element_id=asked.element_id,
        model=asked.model,
        ai_kind=asked.ai_kind,
        fingerprint=asked.fingerprint,
        state=AttemptState.STARTED,
        worker=worker,
        started_at=now,
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
        agent_version=passed.agent.version if passed.agent else 0,
        level=passed.level,
        books=passed.books,
        least_confidence=passed.least_confidence,
        rulings=tuple(_of_note(asked.ruled)),
    )


def _of_note(ruled: base.Ruled | None) -> list[Mapping[str, Json]]:
    """The verdicts that whoever looks at the call wants to see: all but the consents."""
    return [one for one in (ruled.verdicts if ruled else ()) if one["verdict"] != "allow"]


def _refuse(moves: Moves, job: Job, asked: Call, refusal: Refusal) -> None:
    """Say on the job why it waits, and in the trail once: a job that waits is tried again and again."""
    waits = refusal.then in ("wait", "next")
    if waits and not jobs.hold_back(moves.tx, job, refusal.reason, adds=refusal.then == "next"):
        return
    moves.tell(
        asked.instance_key,
        events.CALL_REFUSED,
        element=(job.element_id, job.element_key),
        job_key=str(job.key),
        agent=asked.agent_id,
        model=asked.model,
        gate=refusal.gate,
        reason=refusal.reason,
        then=refusal.then,
        gates=dict(refusal.answers),
        order=[gate for gate, _ in refusal.answers],
    )
    if refusal.gate == input_policies.NAME and asked.ruled is not None:
        for one in asked.ruled.verdicts:
            moves.tell(
                asked.instance_key,
                events.POLICY_VERDICT,
                element=(job.element_id, job.element_key),
                job_key=str(job.key),
                **one,
            )


def _take_turn(moves: Moves, model: str) -> None:
    """Count a call towards the model's limits. Raises `Busy` when no more may begin now."""
    for limit in limits.lock(moves.tx, LimitKind.MODEL, [model], moves.now).values():
        [running] = limits.running(moves.tx, LimitKind.MODEL, {model: limit}, moves.now).values()
        if pause := limit.pause_seconds(running):
            raise base.Busy(f"The limit on calls of model '{model}' is reached.", after_seconds=pause)
        limits.spend(moves.tx, limit, 1)


def lose(moves: Moves, job_keys: Sequence[int], instance_of: Callable[[int], int]) -> None:
    """Give up the open calls of jobs whose worker is gone."""
    lost = attempts.lose(moves.tx, job_keys, moves.now)
    for one in lost:
        moves.tell(instance_of(one.job_key), events.ATTEMPT_LOST, job_key=str(one.job_key), number=one.number)
    budget.settle_all(moves, [(one.books, None) for one in lost])


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
        agent=attempt.agent_id,
        level=attempt.level,  # type: ignore[arg-type]
        least_confidence=attempt.least_confidence,
        rulings=attempt.rulings,
        evidence=attempt.evidence,
    )


def _approval(task: UserTask) -> base.Approval | None:
    """What was said to a review that lets its job go on, or try again; None for any other."""
    review, verdict = task.review or {}, task.decision or {}
    if not review.get("resumes") and verdict.get("decision") != "respond":
        return None
    said = {name: str(verdict.get(name) or "") for name in ("decision", "by", "reason")}
    return base.Approval(task.key, str(review.get("subject") or ""), output=verdict.get("output"), **said)


def _observed(attempt: Attempt, origin: base.Origin) -> ObservedCall:
    ended_at = attempt.ended_at or attempt.started_at
    return ObservedCall(
        job_key=attempt.job_key,
        model=attempt.model,
        seconds=(ended_at - attempt.started_at).total_seconds(),
        tokens_in=attempt.tokens_in,
        tokens_out=attempt.tokens_out,
        cost=attempt.cost,
        has_failed=attempt.state is AttemptState.FAILED,
        instance_key=attempt.instance_key,
        agent_id=attempt.agent_id,
        agent_version=attempt.agent_version,
        confidence=attempt.confidence,
        origin=origin,
    )


def _tell_start(moves: Moves, attempt: Attempt, element_key: int, passed: Pass) -> None:
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
        agent=attempt.agent_id,
        agent_version=attempt.agent_version,
        level=attempt.level,
        gates=dict(passed.answers),
        order=[gate for gate, _ in passed.answers],
    )


def _tell_verdicts(moves: Moves, ruled: base.Ruled | None, attempt: Attempt, element: tuple[str, int]) -> None:
    for one in ruled.verdicts if ruled else ():
        job_key, number = str(attempt.job_key), attempt.number
        moves.tell(attempt.instance_key, events.POLICY_VERDICT, element=element, job_key=job_key, number=number, **one)


def _tell_end(moves: Moves, attempt: Attempt, ending: base.CallEnd) -> None:
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
        evidence=attempt.evidence,
        cost=None if attempt.cost is None else format(attempt.cost, "f"),
        tokens_in=attempt.tokens_in,
        tokens_out=attempt.tokens_out,
        checks=[[check, said] for check, said in (ending.checks or {}).items()],
        answered_by=ending.origin.model,
        response_id=ending.origin.id,
        finish=ending.origin.finish,
    )
