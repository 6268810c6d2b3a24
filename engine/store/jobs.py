"""Jobs: work for workers, handed out under leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, insert, select, update

from engine import tracing
from engine.errors import NotFound
from engine.states import OPEN_JOBS, JobState
from engine.step import JobWait
from engine.store import instances
from engine.store.columns import constant
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import instances as instance_table
from engine.store.tables import jobs
from engine.store.unit_of_work import UnitOfWork
from engine.store.wakeups import JOBS
from engine.tenants import DEFAULT

Json = Any


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `available_at` is when it may be claimed (again): for one that is held, the end of its lease.

    `variables` is what the element sees; filled for claimed jobs only.
    """

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    definition_key: int
    dialect: str
    type: str
    kind: str
    listener_event: str
    state: JobState
    retries: int
    failures: int
    claims: int
    priority: int
    headers: Mapping[str, str]
    retry_intervals: tuple[int, ...]
    worker: str
    available_at: datetime
    error_code: str
    error_message: str
    created_at: datetime
    ended_at: datetime | None
    refusals: int
    traceparent: str
    tenant_id: str = DEFAULT
    variables: Mapping[str, Json] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """For effects outside: of the job and of the attempt, which ends when the other side refuses it for sure.

        The first attempt goes without a number, as all did in earlier releases: what one of their nodes sent, and got
        no answer to, is known again after the upgrade.
        """
        return f"baton-job-{self.key}-{self.refusals + 1}" if self.refusals else f"baton-job-{self.key}"


COLUMNS = columns(jobs, Job)
_HEADERS = [column.name for column in COLUMNS].index("headers")
_INSERT = Prepared(insert(jobs))
_LOCKED = (
    select(*COLUMNS, *instances.ROW)
    .select_from(instance_table.join(jobs, jobs.c.instance_key == instance_table.c.key))
    # In this order: whoever cancels an instance locks its row first and its jobs afterwards.
    .with_for_update(of=[instance_table, jobs])
)
_LOCK = Prepared(_LOCKED.where(jobs.c.key == bindparam("key")))
# All who lock several do it in the same order, so that none waits for who waits for it.
_LOCK_ALL = Prepared(_LOCKED.where(OneOf(jobs.c.key, "keys")).order_by(instance_table.c.key, jobs.c.key))
_FIND = Prepared(select(*COLUMNS).where(jobs.c.key == bindparam("key")))
_END = Prepared(
    update(jobs)
    .where(jobs.c.key == bindparam("of_key"))
    .values(
        state=bindparam("new_state"),
        ended_at=bindparam("now"),
        error_code=bindparam("new_code"),
        error_message=bindparam("new_message"),
    )
)
_COMPLETE = Prepared(
    update(jobs)
    .where(OneOf(jobs.c.key, "keys"))
    .values(state=JobState.COMPLETED, ended_at=bindparam("now"), error_code="", error_message="")
)
_CHANGE = Prepared(
    update(jobs)
    .where(jobs.c.key == bindparam("of_key"))
    .values(
        state=bindparam("new_state"),
        retries=bindparam("new_retries"),
        failures=bindparam("new_failures"),
        available_at=bindparam("new_available_at"),
        error_message=bindparam("new_message"),
        worker=bindparam("new_worker"),
        refusals=bindparam("new_refusals"),
        timed_at=bindparam("new_timed_at"),
        priority=func.coalesce(bindparam("new_priority", type_=Integer), jobs.c.priority),
    )
)
_HELD = (
    OneOf(jobs.c.key, "keys"),
    jobs.c.worker == bindparam("of_worker"),
    jobs.c.state == constant(JobState.ACTIVATED),
)
_EXTEND = Prepared(
    update(jobs).where(*_HELD).values(available_at=bindparam("until"), timed_at=bindparam("now")).returning(jobs.c.key)
)
_RELEASE = Prepared(
    update(jobs).where(*_HELD).values(state=JobState.CREATED, worker="", available_at=bindparam("new_available_at"))
)
_HOLD_BACK = Prepared(
    update(jobs)
    .where(jobs.c.key == bindparam("of_key"))
    .values(error_code=bindparam("new_code"), error_message=bindparam("new_message"))
)
_OPEN = [constant(state) for state in OPEN_JOBS]
_CANCEL = update(jobs).where(jobs.c.state.in_(_OPEN)).values(state=JobState.CANCELED, ended_at=bindparam("now"))
_CANCEL_AT = Prepared(_CANCEL.where(OneOf(jobs.c.element_key, "element_keys")))
_CANCEL_OF = Prepared(_CANCEL.where(jobs.c.instance_key == bindparam("of_instance")))


def make(*values: Any) -> Job:
    """A `Job` from the values of `COLUMNS`."""
    row = list(values)
    row[_HEADERS] = row[_HEADERS] or {}
    row[_HEADERS + 1] = tuple(row[_HEADERS + 1] or ())  # retry_intervals
    return Job(*row)


def add(tx: UnitOfWork, row: InstanceRow, dialect: str, waits: Sequence[JobWait], now: datetime) -> list[int]:
    """Offer work; returns the jobs' keys in order."""
    rows: list[dict[str, Any]] = [
        {
            "key": tx.next_key(),
            "instance_key": row.key,
            "element_key": wait.element_key,
            "element_id": wait.element_id,
            "process_id": row.process_id,
            "definition_key": row.definition_key,
            "dialect": dialect,
            "type": wait.type,
            "kind": wait.kind,
            "listener_event": wait.listener_event,
            "state": JobState.CREATED,
            "retries": wait.retries,
            "priority": wait.priority,
            "headers": dict(wait.headers) or None,
            "retry_intervals": list(wait.retry_intervals) or None,
            "available_at": now,
            "created_at": now,
            "traceparent": tracing.continued(row.traceparent),
            "tenant_id": row.tenant_id,
        }
        for wait in waits
    ]
    tx.write(_INSERT, rows)
    tx.announce(JOBS)
    return [job["key"] for job in rows]


def lock(tx: UnitOfWork, key: int) -> tuple[Job, InstanceRow]:
    """The job and its instance's row, both held until the end of the transaction. Raises `NotFound`."""
    found = [_held(row) for row in tx.execute(_LOCK, {"key": key})]
    if not found or not tx.sees(found[0][0].tenant_id):
        raise NotFound(f"There is no job {key}.")
    return found[0]


def _held(row: Any) -> tuple[Job, InstanceRow]:
    return make(*row[: len(COLUMNS)]), InstanceRow(*row[len(COLUMNS) :])


def lock_all(tx: UnitOfWork, keys: Sequence[int]) -> list[tuple[Job, InstanceRow]]:
    """Those of these jobs that are there, with their instances' rows, all held until the end of the transaction."""
    found = [_held(row) for row in tx.execute(_LOCK_ALL, {"keys": keys})]
    return [one for one in found if tx.sees(one[0].tenant_id)]


def find(tx: UnitOfWork, key: int) -> Job:
    """The job. Raises `NotFound`."""
    found = [make(*row) for row in tx.execute(_FIND, {"key": key})]
    if not found or not tx.sees(found[0].tenant_id):
        raise NotFound(f"There is no job {key}.")
    return found[0]


def end(tx: UnitOfWork, job: Job, state: JobState, now: datetime, *, code: str = "", message: str = "") -> None:
    """The job is over."""
    parameters = {"of_key": job.key, "new_state": state, "now": now, "new_code": code, "new_message": message}
    tx.write(_END, parameters)


def complete_all(tx: UnitOfWork, keys: Sequence[int], now: datetime) -> None:
    """These jobs are done."""
    tx.write(_COMPLETE, {"keys": keys, "now": now})


@dataclass(frozen=True, slots=True)
class Change:
    """What a job looks like while it goes on living; `now` is when it was changed."""

    state: JobState
    retries: int
    failures: int
    available_at: datetime
    now: datetime
    refusals: int
    message: str = ""
    worker: str = ""
    priority: int | None = None  # None: as it was


def change(tx: UnitOfWork, key: int, new: Change) -> None:
    """Give the job another state."""
    if new.state is JobState.CREATED:
        tx.announce(JOBS)
    tx.execute(
        _CHANGE,
        {
            "of_key": key,
            "new_state": new.state,
            "new_retries": new.retries,
            "new_failures": new.failures,
            "new_available_at": new.available_at,
            "new_message": new.message,
            "new_worker": new.worker,
            "new_refusals": new.refusals,
            "new_timed_at": new.now,
            "new_priority": new.priority,
        },
    )


def extend(tx: UnitOfWork, keys: Sequence[int], worker: str, now: datetime, until: datetime) -> set[int]:
    """Move the end of the leases that this worker still has; returns their keys."""
    kept: set[int] = set()
    for portion in portions(keys):
        parameters = {"keys": portion, "of_worker": worker, "now": now, "until": until}
        kept.update(tx.execute(_EXTEND, parameters).scalars())
    return kept


def release(tx: UnitOfWork, keys: Sequence[int], worker: str, available_at: datetime) -> int:
    """Offer again from then on what this worker has, as if nobody had had it; returns how many jobs."""
    parameters = {"of_worker": worker, "new_available_at": available_at}
    tx.announce(JOBS)
    return sum(tx.change(_RELEASE, {"keys": portion, **parameters}) for portion in portions(keys))


#: The error code of an open job that a gate holds back; its error message says why.
HELD_BACK = "HELD_BACK"


def hold_back(tx: UnitOfWork, job: Job, reason: str, *, adds: bool = False) -> bool:
    """Write on a job why it cannot go on now; an empty reason: nothing holds it any more. False when that was known.

    `adds`: beside what stands there already.
    """
    known = job.error_message if job.error_code == HELD_BACK else ""
    if (reason in known) if reason else not known:
        return False
    said = f"{known} {reason}".strip() if adds and reason else reason
    tx.write(_HOLD_BACK, {"of_key": job.key, "new_code": HELD_BACK * bool(reason), "new_message": said})
    return True


def close_at(tx: UnitOfWork, element_keys: Sequence[int], now: datetime) -> int:
    """Cancel what is open at these elements; returns how many."""
    return sum(tx.change(_CANCEL_AT, {"element_keys": portion, "now": now}) for portion in portions(element_keys))


def close_of(tx: UnitOfWork, instance_key: int, now: datetime) -> int:
    """Cancel all that is open in an instance; returns how many."""
    return tx.change(_CANCEL_OF, {"of_instance": instance_key, "now": now})
