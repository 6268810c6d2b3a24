"""What becomes of a job: who holds it, what a failure leads to, which incident it ends in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from engine.errors import InvalidInput, LeaseLost
from engine.retry import back_off
from engine.states import OPEN_JOBS, JobState

LONGEST_LEASE_SECONDS = 24 * 3600.0
LONGEST_BACK_OFF_SECONDS = 365 * 24 * 3600.0
MOST_RETRIES = 10_000

_NO_RETRIES = {
    "element": "JOB_NO_RETRIES",
    "execution-listener": "EXECUTION_LISTENER_NO_RETRIES",
    "ad-hoc-sub-process": "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "task-listener": "TASK_LISTENER_NO_RETRIES",
    "probe": "PROBE_NO_RETRIES",
}


class HeldJob(Protocol):
    """What these rules need to know of a job."""

    @property
    def key(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> JobState: ...
    @property
    def worker(self) -> str: ...
    @property
    def retries(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def retry_intervals(self) -> tuple[int, ...]: ...
    @property
    def dialect(self) -> str: ...
    @property
    def available_at(self) -> datetime: ...
    @property
    def claims(self) -> int: ...
    @property
    def refusals(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed try leads to. `retry_at` is None when no retries are left."""

    state: JobState
    retries: int
    failures: int
    retry_at: datetime | None


def check_lease(job: HeldJob, worker: str, now: datetime) -> None:
    """Raise `LeaseLost` unless `worker` holds the job and its lease lasts.

    Who is at work extends its lease, so one that lapsed belongs to a worker that is lost, and the job to whoever claims
    it next. An empty `worker` stands for Camunda 8's job API, whose clients do not say who they are: there any open job
    will do, lapsed or not, as Zeebe takes what is done until the job is somebody else's or over.
    """
    check_holder(job, worker)
    if worker and job.available_at <= now:
        ended = job.available_at.isoformat(timespec="seconds")
        raise LeaseLost(f"The lease of '{worker}' on job {job.key} ({job.type}) ended at {ended}. {_STOP}")


def check_holder(job: HeldJob, worker: str) -> None:
    """Raise `LeaseLost` unless `worker` was the last to claim the job, which is open; its lease may have lapsed."""
    if job.state not in OPEN_JOBS or job.state in (JobState.IN_REVIEW, JobState.SUSPENDED):
        raise LeaseLost(f"Job {job.key} ({job.type}) is {job.state.value.replace('_', ' ')}. {_STOP}")
    if worker and job.state is not JobState.ACTIVATED:
        raise LeaseLost(f"Job {job.key} ({job.type}) is not held by '{worker}' any more. {_STOP}")
    if worker and job.worker != worker:
        raise LeaseLost(f"Job {job.key} ({job.type}) was taken over by '{job.worker}' from '{worker}'. {_STOP}")


_STOP = "Drop this result: it was not stored."


def after_failure(job: HeldJob, *, retries: int | None, after_seconds: float | None, now: datetime) -> Failure:
    """The state after one more failure; None takes one retry off and waits as `engine.retry` says."""
    left = max(job.retries - 1, 0) if retries is None else retries
    failures = job.failures + 1
    if left <= 0:
        return Failure(JobState.EXHAUSTED, 0, failures, None)
    wait = after_seconds
    if wait is None:
        wait = back_off(failures, job.retry_intervals, is_camunda7=job.dialect == "camunda7")
    return Failure(JobState.FAILED, left, failures, now + timedelta(seconds=wait))


def refusals_after(job: HeldJob, *, is_refusal: bool) -> int:
    """How many attempts of the job were refused for sure, after one more failure.

    A refused attempt is over, and whoever tries again asks anew, under a new idempotency key. That needs every try so
    far to have been refused: as long as one ended without an answer, its effect may be there, and the key stays.
    """
    return job.refusals + (is_refusal and job.claims == job.refusals + 1)


def incident_type(job: HeldJob) -> str:
    """The vendor's word for a job without retries (zeebe-extensions §6, camunda7-extensions §7)."""
    if job.dialect == "camunda7":
        return "failedExternalTask" if job.kind == "element" else "failedJob"
    return _NO_RETRIES.get(job.kind, "JOB_NO_RETRIES")


def checked_seconds(value: float, field: str, most: float = LONGEST_LEASE_SECONDS) -> float:
    """A duration in seconds above zero. Raises `InvalidInput`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise InvalidInput(
            f"{field} must be a number of seconds above 0 and up to {most:g}.", {field: repr(value)[:60]}
        )
    return float(value)


def checked_retries(value: int, field: str = "retries", least: int = 0) -> int:
    """A number of retries. Raises `InvalidInput`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_RETRIES:
        raise InvalidInput(f"{field} must be a whole number from {least} to {MOST_RETRIES}.", {field: repr(value)[:60]})
    return value
