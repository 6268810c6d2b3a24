"""Instances that stand still: they and everything they called, as one family, with the work that was on offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update

from engine.states import CLAIMABLE, InstanceState, JobState
from engine.store.columns import constant
from engine.store.instances import ROW, InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import portions
from engine.store.tables import instances, jobs
from engine.store.unit_of_work import UnitOfWork
from engine.store.wakeups import JOBS

_FAMILY = Prepared(
    select(*ROW)
    # Two conditions, so that an index serves each: few instances were called by another.
    .where(
        or_(
            and_(instances.c.key == bindparam("root_key"), instances.c.parent_key.is_(None)),
            and_(instances.c.root_key == bindparam("root_key"), instances.c.parent_key.is_not(None)),
        )
    )
    .order_by(instances.c.key)
    .with_for_update()
)
_MARK = Prepared(
    update(instances)
    .where(instances.c.key == bindparam("of_key"))
    .values(
        state=bindparam("new_state"),
        suspended_at=bindparam("new_at"),
        suspended_by=bindparam("new_by"),
        suspend_reason=bindparam("new_reason"),
        row_version=instances.c.row_version + 1,
    )
)
_HOLD_BACK = Prepared(
    update(jobs)
    .where(OneOf(jobs.c.instance_key, "keys"), jobs.c.state.in_([constant(state) for state in CLAIMABLE]))
    .values(state=JobState.SUSPENDED, worker="")
)
_SUSPENDED = jobs.c.state == constant(JobState.SUSPENDED)
# A job that failed before keeps its pause; one that a worker had is on offer at once.
_OFFER_FAILED = Prepared(
    update(jobs)
    .where(OneOf(jobs.c.instance_key, "keys"), _SUSPENDED, jobs.c.failures > 0)
    .values(state=JobState.FAILED)
)
_OFFER = Prepared(
    update(jobs)
    .where(OneOf(jobs.c.instance_key, "keys"), _SUSPENDED)
    .values(state=JobState.CREATED, available_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when, by whom and why."""

    at: datetime
    by: str
    reason: str


def lock_family(tx: UnitOfWork, root_key: int) -> list[InstanceRow]:
    """The rows of an instance and of all that it called, directly or not, held until the end of the transaction."""
    family = [InstanceRow(*row) for row in tx.execute(_FAMILY, {"root_key": root_key})]
    return [row for row in family if tx.sees(row.tenant_id)]


def suspend(tx: UnitOfWork, rows: list[InstanceRow], why: Suspension) -> None:
    """Let these instances stand still, and take back what workers were offered or have."""
    for row in rows:
        row.state = InstanceState.SUSPENDED
        row.suspended_at, row.suspended_by, row.suspend_reason = why.at, why.by, why.reason
    _mark(tx, rows)
    for keys in portions([row.key for row in rows]):
        tx.execute(_HOLD_BACK, {"keys": keys})


def resume(tx: UnitOfWork, rows: list[InstanceRow], now: datetime) -> None:
    """Let them go on, and offer their work again."""
    for row in rows:
        row.state = InstanceState.ACTIVE
        row.suspended_at, row.suspended_by, row.suspend_reason = None, "", ""
    _mark(tx, rows)
    tx.announce(JOBS)
    for keys in portions([row.key for row in rows]):
        tx.execute(_OFFER_FAILED, {"keys": keys})
        tx.execute(_OFFER, {"keys": keys, "now": now})


def _mark(tx: UnitOfWork, rows: list[InstanceRow]) -> None:
    marks = [
        {
            "of_key": row.key,
            "new_state": row.state,
            "new_at": row.suspended_at,
            "new_by": row.suspended_by,
            "new_reason": row.suspend_reason,
        }
        for row in rows
    ]
    tx.execute(_MARK, marks)
    for row in rows:
        row.row_version += 1
