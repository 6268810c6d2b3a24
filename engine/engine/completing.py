"""Jobs that are done: their rows, and how their instances go on, for one job or many in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import approvals, events, probes
from engine.engine.job_results import completion
from engine.errors import EngineError, LeaseLost, NotFound
from engine.jobs import check_lease
from engine.moves import Moves
from engine.states import JobState, move
from engine.store import jobs
from engine.store.jobs import Job

Json = Any


@dataclass(frozen=True, slots=True)
class Completion:
    """What a worker says of a job that it has done: the variables, checked, and what Camunda 8's say beside them."""

    job_key: int
    variables: Mapping[str, Json]
    result: Mapping[str, Json] | None = None


def complete_all(moves: Moves, done: Sequence[Completion], worker: str) -> dict[int, EngineError]:
    """Complete jobs; returns why some were left alone: they are not this worker's any more.

    Whatever else is wrong is raised, and then nothing of it may be stored.
    """
    locked = {job.key: (job, row) for job, row in jobs.lock_all(moves.tx, [one.job_key for one in done])}
    problems: dict[int, EngineError] = {
        one.job_key: NotFound(f"There is no job {one.job_key}.") for one in done if one.job_key not in locked
    }
    for key, (job, _) in locked.items():
        try:
            check_lease(job, worker, moves.now)
        except LeaseLost as problem:
            problems[key] = problem
    held = [one for one in done if one.job_key not in problems]
    if held:
        moves.hold_all(locked[one.job_key][1] for one in held)
        jobs.complete_all(moves.tx, [one.job_key for one in held], moves.now)
    for one in held:
        _complete(moves, locked[one.job_key][0], one, worker)
    return problems


def _complete(moves: Moves, job: Job, done: Completion, worker: str) -> None:
    move("Job", job.key, job.state, JobState.COMPLETED)
    approvals.check_claimed(moves, job)
    row = moves.lock(job.instance_key)
    row.open_jobs -= 1
    tell_job(moves, events.JOB_COMPLETED, job, worker, variables=done.variables)
    if job.kind == probes.KIND:
        probes.seen(moves, row, job, done.variables)
    elif not probes.begin(moves, row, job, done.variables):
        moves.resume(row, completion(job, done.variables, done.result))


def tell_job(moves: Moves, type_: str, job: Job, worker: str, **data: Json) -> None:
    """A fact about a job for the audit trail."""
    moves.tell(
        job.instance_key,
        type_,
        element=(job.element_id, job.element_key),
        job_key=str(job.key),
        job_type=job.type,
        worker=worker,
        **data,
    )
