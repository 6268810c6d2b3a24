"""Jobs: work for workers, handed out under leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, insert, select, update

from engine.errors import NotFound
from engine.states import CLAIMABLE, OPEN_JOBS, JobState
from engine.step import JobWait
from engine.store import instances
from engine.store.columns import constant
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import instances as instance_table
from engine.store.tables import jobs
from engine.store.unit_of_work import UnitOfWork

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
    variables: Mapping[str, Json] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """The same for every try of this job: for effects outside."""
        return f"baton-job-{self.key}"


COLUMNS = columns(jobs, Job)
_HEADERS = [column.name for column in COLUMNS].index("headers")
_INSERT = Prepared(insert(jobs))
_LOCK = Prepared(
    select(*COLUMNS, *instances.ROW)
    .select_from(instance_table.join(jobs, jobs.c.instance_key == instance_table.c.key))
    .where(jobs.c.key == bindparam("key"))
    # In this order: whoever cancels an instance locks its row first and its jobs afterwards.
    .with_for_update(of=[instance_table, jobs])
)
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
    )
)
_EXTEND = Prepared(update(jobs).where(jobs.c.key == bindparam("of_key")).values(available_at=bindparam("until")))
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
        }
        for wait in waits
    ]
    tx.execute(_INSERT, rows)
    return [job["key"] for job in rows]


def lock(tx: UnitOfWork, key: int) -> tuple[Job, InstanceRow]:
    """The job and its instance's row, both held until the end of the transaction. Raises `NotFound`."""
    row = tx.execute(_LOCK, {"key": key}).first()
    if row is None:
        raise NotFound(f"There is no job {key}.")
    return make(*row[: len(COLUMNS)]), InstanceRow(*row[len(COLUMNS) :])


def find(tx: UnitOfWork, key: int) -> Job:
    """The job. Raises `NotFound`."""
    row = tx.execute(_FIND, {"key": key}).first()
    if row is None:
        raise NotFound(f"There is no job {key}.")
    return make(*row)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants how much of which work, and until when. No types means all but `excluded_types`."""

    worker: str
    types: tuple[str, ...]
    excluded_types: tuple[str, ...]
    limit: int
    now: datetime
    until: datetime


def claim(tx: UnitOfWork, wanted: Claim) -> list[Job]:
    """Lease up to `limit` jobs, the most urgent first; two workers never get the same one."""
    parameters: dict[str, Any] = {
        "now": wanted.now,
        "until": wanted.until,
        "new_worker": wanted.worker,
        "most": wanted.limit,
    }
    if len(wanted.types) == 1:
        parameters["only_type"] = wanted.types[0]
    elif wanted.types:
        parameters["types"] = wanted.types
    if wanted.excluded_types:
        parameters["excluded"] = wanted.excluded_types
    statement = _claim(min(len(wanted.types), 2), bool(wanted.excluded_types))
    found = [make(*row) for row in tx.execute(statement, parameters)]
    return sorted(found, key=lambda job: (-job.priority, job.key))


@cache
def _claim(types: int, has_excluded: bool) -> Prepared:
    """The statement for no, one, or (2) several types: with one, the index gives the order."""
    open_work = [constant(state) for state in CLAIMABLE]
    query = select(jobs.c.key).where(jobs.c.state.in_(open_work), jobs.c.available_at <= bindparam("now"))
    if types == 1:
        query = query.where(jobs.c.type == bindparam("only_type"))
    elif types:
        query = query.where(OneOf(jobs.c.type, "types", Text))
    if has_excluded:
        query = query.where(~OneOf(jobs.c.type, "excluded", Text))
    # Others' locked rows are passed over, so that workers do not queue behind each other (PostgreSQL).
    picked = (
        query.order_by(jobs.c.priority.desc(), jobs.c.key)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    return Prepared(
        update(jobs)
        .where(jobs.c.key.in_(select(picked.c.key)))
        .values(
            state=JobState.ACTIVATED,
            worker=bindparam("new_worker"),
            available_at=bindparam("until"),
            claims=jobs.c.claims + 1,
        )
        .returning(*COLUMNS)
    )


def end(tx: UnitOfWork, job: Job, state: JobState, now: datetime, *, code: str = "", message: str = "") -> None:
    """The job is over."""
    parameters = {"of_key": job.key, "new_state": state, "now": now, "new_code": code, "new_message": message}
    tx.execute(_END, parameters)


@dataclass(frozen=True, slots=True)
class Change:
    """What a job looks like while it goes on living."""

    state: JobState
    retries: int
    failures: int
    available_at: datetime
    message: str = ""
    worker: str = ""


def change(tx: UnitOfWork, key: int, new: Change) -> None:
    """Give the job another state."""
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
        },
    )


def extend(tx: UnitOfWork, key: int, until: datetime) -> None:
    """Move the end of the lease."""
    tx.execute(_EXTEND, {"of_key": key, "until": until})


def close_at(tx: UnitOfWork, element_keys: Sequence[int], now: datetime) -> int:
    """Cancel what is open at these elements; returns how many."""
    return sum(tx.change(_CANCEL_AT, {"element_keys": portion, "now": now}) for portion in portions(element_keys))


def close_of(tx: UnitOfWork, instance_key: int, now: datetime) -> int:
    """Cancel all that is open in an instance; returns how many."""
    return tx.change(_CANCEL_OF, {"of_instance": instance_key, "now": now})
