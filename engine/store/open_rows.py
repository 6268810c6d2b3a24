"""Everything that is open, as few columns as it takes: what a check compares with the state of the instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, literal, select, union_all

from engine.states import ENDED, OPEN_JOBS, OPEN_TASKS, IncidentState
from engine.step import ElementState
from engine.store.columns import constant
from engine.store.event_tables import subscriptions, timers
from engine.store.rows import columns
from engine.store.tables import calls, elements, incidents, instances, jobs, user_tasks
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Running:
    """A running instance: its state, and how many rows it believes to have of each kind."""

    key: int
    frozen: bytes | None
    open_jobs: int
    open_timers: int
    open_subscriptions: int
    open_tasks: int
    open_incidents: int
    open_calls: int


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row that hangs on an element instance. `kind` is one of `KINDS`, or "elements" for the element instance."""

    kind: str
    instance_key: int
    element_key: int


KINDS = ("jobs", "timers", "subscriptions", "tasks", "incidents", "calls")
_ELEMENTS = "elements"


def _among(column: Any, states: Sequence[Any]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.in_([constant(state) for state in states])
    return condition


def _rows(kind: str, table: Table, key: str, condition: ColumnElement[bool]) -> Any:
    columns_ = (literal(kind).label("kind"), table.c.instance_key, table.c[key].label("element_key"))
    return select(*columns_).where(condition)


_OPEN = union_all(
    _rows("jobs", jobs, "element_key", _among(jobs.c.state, OPEN_JOBS)),
    _rows("timers", timers, "element_key", timers.c.instance_key > 0),
    _rows("subscriptions", subscriptions, "element_key", subscriptions.c.instance_key > 0),
    _rows("tasks", user_tasks, "element_key", _among(user_tasks.c.state, OPEN_TASKS)),
    _rows("incidents", incidents, "element_key", _among(incidents.c.state, [IncidentState.ACTIVE])),
    _rows("calls", calls, "element_key", calls.c.instance_key > 0),
    _rows(_ELEMENTS, elements, "key", _among(elements.c.state, [ElementState.ACTIVE])),
).subquery("open_rows")
_HAS_ENDED = _among(instances.c.state, ENDED)
_ORPHANS = (
    select(_OPEN)
    .select_from(_OPEN.outerjoin(instances, instances.c.key == _OPEN.c.instance_key))
    .where(instances.c.key.is_(None) | _HAS_ENDED)
)


def running(tx: UnitOfWork, after: int, limit: int) -> list[Running]:
    """Up to `limit` running instances behind the key `after`, in order."""
    query = select(*columns(instances, Running)).where(~_HAS_ENDED, instances.c.key > after)
    return [Running(*row) for row in tx.execute(query.order_by(instances.c.key).limit(limit))]


def of_running(tx: UnitOfWork, first: int, last: int) -> list[OpenRow]:
    """What is open in the instances from one key to another."""
    query = select(_OPEN).where(_OPEN.c.instance_key.between(first, last))
    return [OpenRow(*row) for row in tx.execute(query)]


def orphans(tx: UnitOfWork) -> list[OpenRow]:
    """What is open although its instance has ended, or is not there."""
    return [OpenRow(*row) for row in tx.execute(_ORPHANS)]
