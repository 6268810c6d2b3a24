"""The verbs of jobs: claim, complete, fail, throw an error, ask a person; and the books of model calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bpmn import ad_hoc
from bpmn.languages import as_json
from bpmn.model import Kind
from connectors.base import Journal, Review, Routed
from engine import agents, approvals, commands, events, probes, reviews
from engine.actors import SYSTEM, Actor, ActorKind
from engine.engine.base import Verbs
from engine.engine.completing import Completion, complete_all, tell_job
from engine.engine.job_results import error_of_failure
from engine.errors import EngineError, IllegalMove, InvalidInput, NotFound, StoreUnavailable
from engine.jobs import (
    LONGEST_BACK_OFF_SECONDS,
    after_failure,
    check_holder,
    check_lease,
    checked_retries,
    checked_seconds,
    incident_type,
    refusals_after,
)
from engine.moves import Moves
from engine.states import JobState, move
from engine.step import Event, IncidentRaised
from engine.store import attempts, claims, instances, jobs
from engine.store import probes as probe_rows
from engine.store import variables as variable_rows
from engine.store.claims import Claim, Plan
from engine.store.definitions import Home
from engine.store.instances import InstanceRow
from engine.store.jobs import Change, Job
from engine.variables import checked, checked_text, with_facts

Json = Any

# Kinds of jobs that do an element's own work; the others are listeners.
_WORK = frozenset({"element", "ad-hoc-sub-process", probes.KIND})
MOST_CLAIMED = 1000
APPROVAL_MISSING = "APPROVAL_MISSING"  # the type of the incident
MOST_MESSAGE = 10_000


class JobVerbs(Verbs):
    """Work for workers. A worker is known by its name, which is new for each process; `by` says who it is for sure."""

    def claim_jobs(
        self,
        *,
        worker: str,
        types: Sequence[str] = (),
        excluded_types: Sequence[str] = (),
        limit: int = 1,
        lease_seconds: float = 60.0,
        tenant_ids: Sequence[str] = (),
    ) -> list[Job]:
        """Lease up to `limit` jobs of these types (none: of all but the excluded), the most urgent first.

        Among equally urgent ones the tenants take turns (those named; none: all in sight), and within each the types,
        in the order given. Limits on types and tenants are kept on all nodes together. A job whose lease has lapsed is
        claimed like a new one; model calls that its last worker left open are lost.
        """
        checked_text(worker, "worker", is_required=True)
        seconds = checked_seconds(lease_seconds, "lease_seconds")
        if not 1 <= limit <= MOST_CLAIMED:
            raise InvalidInput(f"limit must be from 1 to {MOST_CLAIMED}.", {"limit": f"1 to {MOST_CLAIMED}"})

        now = self.clock.now()
        until = now + timedelta(seconds=seconds)
        wanted = Claim(worker, tuple(types), tuple(excluded_types), limit, now, until, tuple(tenant_ids))
        # SQLite has one lock for all who write: who finds nothing must not have taken it.
        plan = self._looked(wanted) if self.store.is_sqlite else None
        if plan is None and self.store.is_sqlite:
            return []

        refused: dict[int, str] = {}

        def act(moves: Moves) -> list[Job]:
            found = claims.claim(moves.tx, wanted, plan)
            if not found:
                return []
            refused.update(approvals.release(moves, found))
            if before := {job.key: job.instance_key for job in found if job.claims > 1}:
                agents.lose(moves, list(before), before.__getitem__)
            seen = variable_rows.seen_by(moves.tx, [job.element_key for job in found])
            looks = probe_rows.of_jobs(moves.tx, [job.key for job in found if job.kind == probes.KIND])
            told = {key: dict(look.inputs) for key, look in looks.items()}
            return [replace(job, variables=told.get(job.key, seen[job.element_key])) for job in found]

        found = self._act("claim_jobs", _worker(worker), act)
        for job_key, reason in refused.items():
            self._withhold(job_key, worker, reason)
        return [job for job in found if job.key not in refused]

    def _withhold(self, job_key: int, worker: str, reason: str) -> None:
        """Work that must not be done yet: an incident says why, and resolving it offers the work anew."""

        def act(moves: Moves) -> None:
            job, row = _held(moves, job_key, worker)
            state = move("Job", job.key, job.state, JobState.EXHAUSTED)
            jobs.change(
                moves.tx,
                job.key,
                Change(state, job.retries, job.failures, moves.now, moves.now, job.refusals, reason[:MOST_MESSAGE]),
            )
            tell_job(moves, events.WORK_WITHHELD, job, worker, reason=reason)
            raised = IncidentRaised(job.element_key, job.element_id, APPROVAL_MISSING, reason)
            moves.raise_incident(row, raised, job_key=job.key)
            instances.save(moves.tx, row)

        self._act("withhold_job", SYSTEM, act)

    def _looked(self, wanted: Claim) -> Plan | None:
        with self.store.reading() as tx, tx.seeing(self.sight):
            return claims.looked(tx, wanted)

    def extend_lease(self, job_key: int, *, worker: str, seconds: float) -> None:
        """Keep a job for so long from now. Raises `LeaseLost`.

        A lease that lapsed begins anew as long as nobody else took the job: its worker is there after all.
        """
        wanted = checked_seconds(seconds, "seconds")

        def act(moves: Moves) -> None:
            attempts.hold_job(moves.tx, job_key)
            check_holder(jobs.find(moves.tx, job_key), worker)
            jobs.extend(moves.tx, [job_key], worker, moves.now, moves.now + timedelta(seconds=wanted))

        self._act("extend_lease", _worker(worker), act)

    def extend_leases(self, job_keys: Sequence[int], *, worker: str, seconds: float) -> frozenset[int]:
        """Keep many jobs for so long from now, as `extend_lease`; returns the keys of those that this worker has."""
        wanted = timedelta(seconds=checked_seconds(seconds, "seconds"))

        def act(moves: Moves) -> frozenset[int]:
            return frozenset(jobs.extend(moves.tx, job_keys, worker, moves.now, moves.now + wanted))

        return self._act("extend_lease", _worker(worker), act)

    def release_jobs(self, job_keys: Sequence[int], *, worker: str, after_seconds: float = 0.0) -> int:
        """Offer jobs again, after so long, as if this worker had never had them; returns how many it still had.

        It is no failure: neither retries nor the audit trail hear of it.
        """
        wait = timedelta(seconds=checked_seconds(after_seconds, "after_seconds") if after_seconds else 0)

        def act(moves: Moves) -> int:
            return jobs.release(moves.tx, job_keys, worker, moves.now + wait)

        return self._act("release_jobs", _worker(worker), act)

    def complete_job(
        self,
        job_key: int,
        variables: Mapping[str, Json] | None = None,
        *,
        worker: str,
        result: Mapping[str, Json] | None = None,
        by: Actor | None = None,
    ) -> None:
        """The work is done, with these variables as its result. Raises `LeaseLost`, `InvalidInput`.

        `result` is what Camunda 8's workers say beside them: a task listener's `denied`, `deniedReason`, `corrections`;
        an ad-hoc sub-process' `activateElements`, `isCompletionConditionFulfilled`, `isCancelRemainingInstances`.
        """
        done = Completion(job_key, checked(variables), result)

        def act(moves: Moves) -> None:
            for problem in complete_all(moves, [done], worker).values():
                raise problem

        self._act("complete_job", by or _worker(worker), act)

    def complete_jobs(self, done: Sequence[Completion], *, worker: str) -> Mapping[int, EngineError]:
        """Complete many jobs in one transaction; returns what was wrong with those that could not be, by job key.

        Each ends as `complete_job` would end it: where one cannot be stored, all are done anew, each by itself.
        Raises `StoreUnavailable`, and then nothing is known of any.
        """
        try:
            return self._act("complete_job", _worker(worker), lambda moves: complete_all(moves, done, worker))
        except StoreUnavailable:
            raise
        except EngineError as problem:
            if len(done) == 1:
                return {done[0].job_key: problem}
        return {key: problem for one in done for key, problem in self.complete_jobs([one], worker=worker).items()}

    def fail_job(  # noqa: PLR0913 - what a failure may say
        self,
        job_key: int,
        *,
        worker: str,
        message: str,
        details: str = "",
        retries: int | None = None,
        after_seconds: float | None = None,
        variables: Mapping[str, Json] | None = None,
        is_refusal: bool = False,
        by: Actor | None = None,
    ) -> None:
        """The work failed. None: one retry less, and the wait of `engine.retry`. No retries left: an incident.

        `variables` stay in the element, for whoever tries next (zeebe-extensions §6). `is_refusal`: the other side has
        answered that it did nothing (`engine.jobs.refusals_after`). An error definition of the
        element may make a BPMN error of `message` and `details` instead. Raises `LeaseLost`, `InvalidInput`.
        """
        if retries is not None:
            checked_retries(retries)
        if after_seconds:
            checked_seconds(after_seconds, "after_seconds", LONGEST_BACK_OFF_SECONDS)
        said, given = _message(message), checked(variables)

        def act(moves: Moves) -> None:
            job, row = _held(moves, job_key, worker)
            facts = {"errorMessage": said, "errorDetails": details or said, "retries": retries, "workerId": worker}
            if (error := error_of_failure(moves, (job, row), facts)) is not None:
                _end_by_error(moves, (job, row), worker, error, {})
                return
            new = after_failure(job, retries=retries, after_seconds=after_seconds, now=moves.now)
            state = move("Job", job.key, job.state, new.state)
            refusals = refusals_after(job, is_refusal=is_refusal)
            until = new.retry_at or moves.now
            change = Change(state, new.retries, new.failures, until, moves.now, refusals, said)
            jobs.change(moves.tx, job.key, change)
            retry_at = new.retry_at.isoformat() if new.retry_at else None
            tell_job(moves, events.JOB_FAILED, job, worker, message=said, retries=new.retries, retry_at=retry_at)
            if new.retry_at is None:
                raised = IncidentRaised(job.element_key, job.element_id, incident_type(job), said)
                moves.raise_incident(row, raised, job_key=job.key)
                instances.save(moves.tx, row)
            if given:
                moves.resume(row, commands.SetVariables(job.element_key, given, local=True))

        self._act("fail_job", by or _worker(worker), act)

    def update_job(
        self,
        job_key: int,
        *,
        by: Actor,
        retries: int | None = None,
        lease_seconds: float | None = None,
        priority: int | None = None,
    ) -> None:
        """Give an open job so many tries or a priority, or let its lease last so long from now.

        Raises `InvalidInput`, `LeaseLost`.

        A job without tries stays with its incident until that is resolved. Only a job that is held has a lease.
        """
        if retries is not None:
            checked_retries(retries, least=1)
        seconds = None if lease_seconds is None else checked_seconds(lease_seconds, "lease_seconds")

        def act(moves: Moves) -> None:
            job, _ = _held(moves, job_key, "")
            if seconds is not None and job.state is not JobState.ACTIVATED:
                raise IllegalMove(f"Job {job.key} is {job.state.value}: nobody holds it, so it has no lease to change.")
            until = job.available_at if seconds is None else moves.now + timedelta(seconds=seconds)
            left = job.retries if retries is None else retries
            change = Change(
                job.state, left, job.failures, until, moves.now, job.refusals, job.error_message, job.worker, priority
            )
            jobs.change(moves.tx, job.key, change)
            told = {"retries": retries, "lease_seconds": seconds, "priority": priority}
            tell_job(moves, events.JOB_UPDATED, job, job.worker, **told)

        self._act("update_job", by, act)

    def throw_error(
        self,
        job_key: int,
        *,
        worker: str,
        code: str,
        message: str = "",
        variables: Mapping[str, Json] | None = None,
        by: Actor | None = None,
    ) -> None:
        """The work ended in a business error that the diagram may catch by `code`. Raises `LeaseLost`."""
        checked_text(code, "code", is_required=True)
        given, said = checked(variables), _message(message, default="")

        def act(moves: Moves) -> None:
            job, row = _held(moves, job_key, worker)
            if job.kind not in _WORK:
                raise IllegalMove(f"Job {job.key} is a listener's; it may fail, but not throw a BPMN error.")
            _end_by_error(moves, (job, row), worker, (code, said), given)

        self._act("throw_error", by or _worker(worker), act)

    def ask_review(self, job_key: int, review: Review, *, worker: str) -> int:
        """A person must decide: a review task is made, and its verdict completes the job. Returns the task's key."""
        return self._act("ask_review", _worker(worker), lambda moves: reviews.ask(moves, job_key, review, worker))

    def journal(self, job_key: int, *, worker: str) -> Journal:
        """The books of the model calls made for a job."""
        required = self.must_agents_be_registered
        return agents.JobJournal(self._act, self.store, self.observer, (job_key, worker), is_registry_required=required)

    def tools_of(self, job_key: int, element_id: str) -> list[dict[str, Json]]:
        """What can be begun in an ad-hoc sub-process of a job's own diagram, as `adHocSubProcessElements` has it.

        Raises `NotFound` when the diagram has none of that id.
        """
        with self.store.reading() as tx:
            process = self.library.process(tx, jobs.find(tx, job_key).definition_key).definition.process
        node = process.by_id.get(element_id)
        if node is None or node.kind is not Kind.AD_HOC_SUB_PROCESS:
            raise NotFound(f"The diagram has no ad-hoc sub-process '{element_id}'.")
        return ad_hoc.described(node)

    def route_job(self, job: Job, decision_id: str, facts: Mapping[str, Json], *, worker: str) -> Routed:
        """What the latest version of a decision says about a claimed job's variables and some facts; the trail has it.

        Where both have a name, what they hold under it is merged, and the facts win. Raises `NotFound`, `LeaseLost`,
        `bpmn.errors.EvaluationError`.
        """

        def act(moves: Moves) -> Routed:
            check_lease(jobs.find(moves.tx, job.key), worker, moves.now)
            definition = moves.library.process(moves.tx, job.definition_key).row
            decide = moves.library.decide(moves.tx, Home.of(definition, job.tenant_id), moves.now)
            made = decide(decision_id, ("latest", ""), with_facts(job.variables, facts))
            routed = Routed(decision_id, made.version, as_json(made.result.value), as_json(made.result.matched))
            told = {"decision_id": decision_id, "version": made.version, "facts": facts}
            tell_job(moves, events.MODEL_ROUTED, job, worker, **told, output=routed.output, matched=routed.matched)
            return routed

        return self._act("route_job", _worker(worker), act)

    def input_sources(self, definition_key: int, element_id: str) -> dict[str, str]:
        """What the diagram itself says about each variable that an element's input mappings make, as text."""
        with self.store.reading() as tx:
            node = self.library.process(tx, definition_key).definition.process.by_id.get(element_id)
        told: dict[str, str] = {}
        for mapping in node.inputs if node else ():
            name = mapping.target.partition(".")[0]
            told[name] = f"{told.get(name, '')} {mapping.source!r}"
        return told

    def note_job_events(self, job_key: int, told: Sequence[Event], *, worker: str) -> None:
        """Put what policies ruled about a job into the audit trail."""

        def act(moves: Moves) -> None:
            job = jobs.find(moves.tx, job_key)
            for event in told:
                moves.tell(job.instance_key, event.type, element=(job.element_id, job.element_key), **event.data)

        self._act("note_job_events", _worker(worker), act)


def _end_by_error(
    moves: Moves,
    held: tuple[Job, InstanceRow],
    worker: str,
    error: tuple[str, str],
    variables: Mapping[str, Json],
) -> None:
    job, row = held
    code, message = error
    move("Job", job.key, job.state, JobState.ERROR_THROWN)
    jobs.end(moves.tx, job, JobState.ERROR_THROWN, moves.now, code=code, message=message)
    row.open_jobs -= 1
    tell_job(moves, events.JOB_ERROR_THROWN, job, worker, code=code, message=message, variables=variables)
    moves.resume(row, commands.ThrowError(job.element_key, code, message, variables))


def _worker(name: str) -> Actor:
    return Actor(name or "unnamed worker", ActorKind.WORKER)


def _held(moves: Moves, job_key: int, worker: str) -> tuple[Job, InstanceRow]:
    job, row = jobs.lock(moves.tx, job_key)
    check_lease(job, worker, moves.now)
    return job, moves.hold(row).row


def _message(message: str, default: str = "The worker gave no reason.") -> str:
    """A worker's text, made fit for any database rather than refused: the failure matters more than its words."""
    text = str(message).replace("\0", "").encode("utf-8", "replace").decode().strip()
    return text[:MOST_MESSAGE] or default
