"""Figures of what is open, for gauges: each is read from an index over open rows alone, however long the history is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, func, select, text

from engine.states import CLAIMABLE, ENDED, OPEN_JOBS, IncidentState, InstanceState, JobState, TaskState
from engine.store import nodes, outbox, variables
from engine.store.columns import Instant, constant
from engine.store.event_tables import signal_deliveries, timers
from engine.store.nodes import Node
from engine.store.outbox import Backlog
from engine.store.tables import incidents, instances, jobs, tenants, user_tasks
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT


@dataclass(frozen=True, slots=True)
class Figures:
    """What is open at one moment. `oldest_due` is when that job was free to be taken which waits the longest."""

    instances: dict[str, int]  # by state, those that run
    jobs: dict[tuple[str, str], int]  # by type and state
    oldest_due: dict[str, datetime]  # by job type
    timers: int
    oldest_timer: datetime | None  # the next or, when it is in the past, the one that is late the longest
    tasks: int
    incidents: dict[str, int]  # by type
    signals: int  # on their way to a receiver
    lapsed: int  # jobs whose worker let the lease run out, and that nobody has taken over
    oldest_lapsed: datetime | None  # since when the longest of them has been nobody's
    deliveries: Sequence[Backlog]  # how each subscription to notifications stands
    nodes: Sequence[Node]
    unsorted: bool  # whether values wait for the sort keys that a later schema brought
    of_tenants: Mapping[str, OfTenant]  # by tenant; empty where there is only the default one


@dataclass(slots=True)
class OfTenant:
    """What is open of one tenant."""

    instances: int = 0
    jobs: int = 0
    tasks: int = 0
    incidents: int = 0
    oldest_due: datetime | None = None


_RUNNING = [constant(state) for state in InstanceState if state not in ENDED]
_INSTANCES = select(instances.c.state, func.count()).where(instances.c.state.in_(_RUNNING)).group_by(instances.c.state)
_OPEN_JOBS = jobs.c.state.in_([constant(state) for state in OPEN_JOBS])
_JOBS = select(jobs.c.type, jobs.c.state, func.count()).where(_OPEN_JOBS).group_by(jobs.c.type, jobs.c.state)
_CLAIMABLE = jobs.c.state.in_([constant(state) for state in CLAIMABLE])
_OLDEST = select(jobs.c.type, func.min(jobs.c.available_at)).where(_CLAIMABLE).group_by(jobs.c.type)
_TIMERS = select(func.count(), func.min(timers.c.due_at)).select_from(timers)
_TASKS = select(func.count()).where(user_tasks.c.state == constant(TaskState.CREATED))
_INCIDENTS = (
    select(incidents.c.type, func.count())
    .where(incidents.c.state == constant(IncidentState.ACTIVE))
    .group_by(incidents.c.type)
)
_LAPSED = select(func.count(), func.min(jobs.c.available_at)).where(
    jobs.c.state == constant(JobState.ACTIVATED), jobs.c.available_at <= bindparam("now", type_=Instant)
)
_TENANTS = select(tenants.c.id)


def _tenant(table: Table) -> Any:
    # An expression, so that no index by tenant tempts a planner to read the rows that are over as well.
    return func.coalesce(table.c.tenant_id, DEFAULT)


_BY_TENANT = {
    "instances": select(_tenant(instances), func.count()).where(instances.c.state.in_(_RUNNING)),
    "jobs": select(_tenant(jobs), func.count()).where(_OPEN_JOBS),
    "tasks": select(_tenant(user_tasks), func.count()).where(user_tasks.c.state == constant(TaskState.CREATED)),
    "incidents": select(_tenant(incidents), func.count()).where(incidents.c.state == constant(IncidentState.ACTIVE)),
    "oldest_due": select(_tenant(jobs), func.min(jobs.c.available_at)).where(_CLAIMABLE),
}
_SIGNALS = select(func.count()).select_from(signal_deliveries)


def figures(tx: UnitOfWork, now: datetime) -> Figures:
    """Count what is open."""
    timer_count, oldest_timer = tx.execute(_TIMERS).one()
    lapsed, oldest_lapsed = tx.execute(_LAPSED, {"now": now}).one()
    return Figures(
        instances={state.value: count for state, count in tx.execute(_INSTANCES)},
        jobs={(type_, state.value): count for type_, state, count in tx.execute(_JOBS)},
        oldest_due=dict(tuple(row) for row in tx.execute(_OLDEST)),
        timers=timer_count,
        oldest_timer=oldest_timer,
        tasks=tx.execute(_TASKS).scalar_one(),
        incidents=dict(tuple(row) for row in tx.execute(_INCIDENTS)),
        signals=tx.execute(_SIGNALS).scalar_one(),
        lapsed=lapsed,
        oldest_lapsed=oldest_lapsed,
        deliveries=outbox.deliveries(tx),
        nodes=nodes.every(tx),
        unsorted=variables.has_unsorted(tx),
        of_tenants=_of_tenants(tx),
    )


def _of_tenants(tx: UnitOfWork) -> Mapping[str, OfTenant]:
    """What is open of each tenant; nothing is counted twice where there is one house only."""
    ids = [id for (id,) in tx.execute(_TENANTS)]
    if not ids:
        return {}
    found = {id: OfTenant() for id in (DEFAULT, *ids)}
    for name, query in _BY_TENANT.items():
        for id, value in tx.execute(query.group_by(text("1"))):
            if id in found:
                setattr(found[id], name, value)
    return found
