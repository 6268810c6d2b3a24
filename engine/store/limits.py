"""Limits as rows, so that they hold on all nodes together.

Whoever starts limited work holds the limit's row until the commit; who starts anything else never meets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, delete, func, insert, literal, select, update

from engine.limits import Limit, LimitKind
from engine.states import AttemptState, JobState
from engine.store.columns import constant
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import attempts, jobs, tenants
from engine.store.tables import limits as table
from engine.store.unit_of_work import UnitOfWork

_ALL = columns(table, Limit)
_OF = Prepared(
    select(*_ALL)
    .where(table.c.kind == bindparam("of_kind"), OneOf(table.c.name, "names", Text))
    .order_by(table.c.name)
    .with_for_update()
)
# Which of the limits that a claim meets there are, and which tenants: looked at without a lock.
_MET = Prepared(
    select(table.c.kind, table.c.name)
    .where(
        ((table.c.kind == constant(LimitKind.JOB_TYPE)) & OneOf(table.c.name, "types", Text))
        | (table.c.kind == constant(LimitKind.TENANT))
    )
    .union_all(select(literal(None), tenants.c.id))
)
_LISTED = select(*_ALL).order_by(table.c.kind, table.c.name)
_INSERT = Prepared(insert(table))
_SPEND = Prepared(
    update(table)
    .where(table.c.kind == bindparam("of_kind"), table.c.name == bindparam("of_name"))
    .values(starts=bindparam("new_starts"), counted_at=bindparam("new_counted_at"))
)
_DELETE = Prepared(delete(table).where(table.c.kind == bindparam("of_kind"), table.c.name == bindparam("of_name")))
_IS_HELD = (jobs.c.state == constant(JobState.ACTIVATED), jobs.c.available_at > bindparam("now"))
_RUNNING = {
    LimitKind.JOB_TYPE: Prepared(
        select(jobs.c.type, func.count()).where(*_IS_HELD, OneOf(jobs.c.type, "names", Text)).group_by(jobs.c.type)
    ),
    LimitKind.TENANT: Prepared(
        select(jobs.c.tenant_id, func.count())
        .where(*_IS_HELD, OneOf(jobs.c.tenant_id, "names", Text))
        .group_by(jobs.c.tenant_id)
    ),
    # A call whose worker is gone stays "started" until its job is claimed again: only those of held jobs count.
    LimitKind.MODEL: Prepared(
        select(attempts.c.model, func.count())
        .select_from(attempts.join(jobs, jobs.c.key == attempts.c.job_key))
        .where(attempts.c.state == constant(AttemptState.STARTED), OneOf(attempts.c.model, "names", Text), *_IS_HELD)
        .group_by(attempts.c.model)
    ),
}


@dataclass(frozen=True, slots=True)
class Met:
    """What a claim meets: the limits on what it wants by kind, and the tenants there are beside the default one."""

    limited: Mapping[LimitKind, Sequence[str]]
    tenant_ids: Sequence[str]


def met(tx: UnitOfWork, types: Iterable[str]) -> Met:
    """Which limits lie on these job types and on tenants, and which tenants there are; locks nothing."""
    found = tx.execute(_MET, {"types": list(types)}).all()
    kinds = {kind: [name for of, name in found if of == kind] for kind in (LimitKind.JOB_TYPE, LimitKind.TENANT)}
    return Met(kinds, [name for of, name in found if of is None])


def lock(tx: UnitOfWork, kind: LimitKind, names: Iterable[str], now: datetime) -> dict[str, Limit]:
    """The limits on these names, by name, held until the end of the transaction and filled up to now."""
    found = (Limit(*row) for row in tx.execute(_OF, {"of_kind": kind, "names": list(names)}))
    return {limit.name: limit.now(now) for limit in found}


def running(tx: UnitOfWork, kind: LimitKind, limits: Mapping[str, Limit], now: datetime) -> Mapping[str, int]:
    """How many run of each name that has a limit on how many may; 0 for the others."""
    counted = [limit.name for limit in limits.values() if limit.at_once is not None]
    found = dict.fromkeys(limits, 0)
    if counted:
        found.update((name, count) for name, count in tx.execute(_RUNNING[kind], {"names": counted, "now": now}))
    return found


def spend(tx: UnitOfWork, limit: Limit, count: int) -> None:
    """So many more of a locked limit have started."""
    if count and limit.per_minute is not None:
        spent = limit.spent(count)
        new = {"new_starts": spent.starts, "new_counted_at": spent.counted_at}
        tx.execute(_SPEND, {"of_kind": limit.kind, "of_name": limit.name, **new})


def put(tx: UnitOfWork, limit: Limit) -> None:
    """Set a limit, in the place of the one of that name if there is one."""
    remove(tx, limit.kind, limit.name)
    tx.execute(_INSERT, {column.name: getattr(limit, column.name) for column in _ALL})


def remove(tx: UnitOfWork, kind: LimitKind, name: str) -> bool:
    """Take a limit away; False when there was none."""
    return tx.change(_DELETE, {"of_kind": kind, "of_name": name}) > 0


def listed(tx: UnitOfWork) -> Sequence[Limit]:
    """Every limit."""
    found: Any = tx.execute(_LISTED)
    return [Limit(*row) for row in found]
