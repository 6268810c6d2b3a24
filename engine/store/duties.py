"""Who did what in a case, what approvals bind, and whom lists keep tasks from: the rows of people's duties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.states import TaskState
from engine.store.columns import constant
from engine.store.duty_tables import acts, task_duties, task_exclusions
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import elements, instances, user_tasks
from engine.store.unit_of_work import UnitOfWork

Json = Any

#: Of a case that people did more for, so many of the first are told.
MOST_TOLD = 500
BODY = "multiInstanceBody"  # the kind of the element that holds the repetitions of an activity


@dataclass(frozen=True, slots=True)
class KeptDuties:
    """What is kept beside a task that has duties."""

    task_key: int
    instance_key: int
    root_key: int
    round_key: int
    owner: str | None = None
    delegate: str | None = None
    approved: bool | None = None
    binds: Mapping[str, str] | None = None
    told_at: datetime | None = None
    nudges: int = 0
    escalated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DoneTask:
    """A task that somebody has done, or is about to have done."""

    key: int
    instance_key: int
    element_id: str
    name: str
    assignee: str | None
    ended_by: str
    at: datetime
    is_over: bool
    decision: Mapping[str, Json] | None
    owner: str | None
    delegate: str | None
    round_key: int | None
    approved: bool | None
    binds: Mapping[str, str] | None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who did it: who ended it, whose it was, and for whom they acted."""
        owner = self.owner if self.delegate == self.assignee else None
        return tuple(dict.fromkeys(name for name in (self.ended_by, self.assignee, owner) if name))


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task with duties that waits for somebody."""

    key: int
    instance_key: int
    definition_key: int
    element_id: str
    round_key: int


@dataclass(frozen=True, slots=True)
class ActRow:
    """What somebody did to a case beside completing a task."""

    element_id: str
    what: str
    actor_id: str
    at: datetime


_ALL = columns(task_duties, KeptDuties)
_DONE_STATES = [constant(TaskState.COMPLETED), constant(TaskState.COMPLETING)]
_DONE_COLUMNS = (
    user_tasks.c.key,
    user_tasks.c.instance_key,
    user_tasks.c.element_id,
    user_tasks.c.name,
    user_tasks.c.assignee,
    user_tasks.c.ended_by,
    user_tasks.c.ended_at,
    user_tasks.c.created_at,
    user_tasks.c.decision,
    task_duties.c.owner,
    task_duties.c.delegate,
    task_duties.c.round_key,
    task_duties.c.approved,
    task_duties.c.binds,
)
_ENDED = 6  # its place in them; the beginning follows
_DONE = (
    select(*_DONE_COLUMNS)
    .select_from(user_tasks.outerjoin(task_duties, task_duties.c.task_key == user_tasks.c.key))
    .where(user_tasks.c.state.in_(_DONE_STATES))
    .order_by(user_tasks.c.key)
)
_DONE_AT = Prepared(
    _DONE.where(OneOf(user_tasks.c.instance_key, "instance_keys"), OneOf(user_tasks.c.element_id, "element_ids", Text))
)
_DONE_IN = Prepared(
    _DONE.where(task_duties.c.round_key == bindparam("round_key"), user_tasks.c.element_id == bindparam("element_id"))
)
_DONE_OF = Prepared(_DONE.where(OneOf(user_tasks.c.instance_key, "instance_keys")).limit(MOST_TOLD))
_FAMILY = Prepared(
    select(instances.c.key).where(instances.c.root_key == bindparam("root_key"), instances.c.parent_key.is_not(None))
)
_STARTER = Prepared(select(instances.c.started_by, instances.c.started_at).where(instances.c.key == bindparam("key")))
_PARENT = Prepared(select(instances.c.parent_element_key).where(instances.c.key == bindparam("key")))
_ELEMENT = Prepared(
    select(elements.c.kind, elements.c.scope_key, elements.c.instance_key).where(elements.c.key == bindparam("key"))
)
_ACTS = Prepared(
    select(acts.c.element_id, acts.c.what, acts.c.actor_id, acts.c.at)
    .where(acts.c.root_key == bindparam("root_key"))
    .order_by(acts.c.key)
)
_ADD_ACT, _ADD = Prepared(insert(acts)), Prepared(insert(task_duties))
_FIND = Prepared(select(*_ALL).where(task_duties.c.task_key == bindparam("task_key")))
_OPEN = Prepared(
    select(
        user_tasks.c.key,
        user_tasks.c.instance_key,
        user_tasks.c.definition_key,
        user_tasks.c.element_id,
        task_duties.c.round_key,
    )
    .select_from(task_duties.join(user_tasks, user_tasks.c.key == task_duties.c.task_key))
    .where(task_duties.c.root_key == bindparam("root_key"), user_tasks.c.state == constant(TaskState.CREATED))
)
_DELEGATE = Prepared(
    update(task_duties)
    .where(task_duties.c.task_key == bindparam("of_task"))
    .values(owner=bindparam("new_owner"), delegate=bindparam("new_delegate"))
)
_DECIDE = Prepared(
    update(task_duties)
    .where(task_duties.c.task_key == bindparam("of_task"))
    .values(approved=bindparam("new_approved"), binds=bindparam("new_binds"), told_at=None)
)

_DUE = Prepared(
    select(task_duties.c.task_key)
    .where(task_duties.c.told_at.is_not(None), task_duties.c.told_at <= bindparam("now"))
    .order_by(task_duties.c.told_at)
    .limit(bindparam("most"))
)
_TOLD = Prepared(
    update(task_duties)
    .where(task_duties.c.task_key == bindparam("of_task"))
    .values(told_at=bindparam("new_told"), nudges=bindparam("new_nudges"), escalated_at=bindparam("new_escalated"))
)


def _ignoring(adding: Any) -> Any:
    return adding(task_exclusions).on_conflict_do_nothing(index_elements=["task_key", "user_id"])


_EXCLUDE_ON_SQLITE, _EXCLUDE_ON_POSTGRESQL = Prepared(_ignoring(sqlite.insert)), Prepared(_ignoring(postgresql.insert))


def add(tx: UnitOfWork, rows: Sequence[KeptDuties]) -> None:
    """Keep the duties of new tasks."""
    if rows:
        tx.execute(_ADD, [{column.name: getattr(row, column.name) for column in _ALL} for row in rows])


def find(tx: UnitOfWork, task_key: int) -> KeptDuties | None:
    """What is kept beside a task; None for one without duties."""
    row = tx.execute(_FIND, {"task_key": task_key}).first()
    return None if row is None else KeptDuties(*row)


def done_at(tx: UnitOfWork, instance_keys: Sequence[int], element_ids: Collection[str]) -> list[DoneTask]:
    """The tasks and reviews of these elements that were done, oldest first."""
    if not instance_keys or not element_ids:
        return []
    asked = {"instance_keys": list(instance_keys), "element_ids": sorted(element_ids)}
    return [_done(*row) for row in tx.execute(_DONE_AT, asked)]


def done_of(tx: UnitOfWork, instance_keys: Sequence[int]) -> list[DoneTask]:
    """What people did for these instances, oldest first."""
    return [_done(*row) for row in tx.execute(_DONE_OF, {"instance_keys": list(instance_keys)})]


def done_in_round(tx: UnitOfWork, round_key: int, element_id: str) -> list[DoneTask]:
    """Those of one element in one round of its repetitions."""
    return [_done(*row) for row in tx.execute(_DONE_IN, {"round_key": round_key, "element_id": element_id})]


def _done(*row: Any) -> DoneTask:
    values = list(row)
    ended_at, began_at = values[_ENDED : _ENDED + 2]  # the end of one that listeners still hear of is not known yet
    values[_ENDED : _ENDED + 2] = [ended_at or began_at, ended_at is not None]
    return DoneTask(*values)


def family(tx: UnitOfWork, root_key: int) -> list[int]:
    """The instance that all began with, and all that it called."""
    return [root_key, *tx.execute(_FAMILY, {"root_key": root_key}).scalars()]


def starter(tx: UnitOfWork, root_key: int) -> tuple[str, datetime] | None:
    """Who started the case, and when."""
    row = tx.execute(_STARTER, {"key": root_key}).first()
    return None if row is None else (row[0], row[1])


def round_of(tx: UnitOfWork, instance_key: int, element_key: int) -> int:
    """The body of the nearest repetition around an element, also that of a call; else its instance."""
    key = element_key
    while (row := tx.execute(_ELEMENT, {"key": key}).first()) is not None:
        kind, scope_key, of_instance = row
        if kind == BODY:
            return key
        if scope_key != key:
            key = scope_key
            continue
        caller = tx.execute(_PARENT, {"key": of_instance}).first()
        if caller is None or caller[0] is None:
            break
        key = caller[0]
    return instance_key


def open_of_family(tx: UnitOfWork, root_key: int) -> list[OpenTask]:
    """The open tasks with duties of a case."""
    return [OpenTask(*row) for row in tx.execute(_OPEN, {"root_key": root_key})]


def exclude(tx: UnitOfWork, rows: Sequence[tuple[int, int, str]]) -> None:
    """Offer tasks no longer to people: (task key, instance key, user)."""
    values = [{"task_key": task, "instance_key": instance, "user_id": user} for task, instance, user in rows]
    if values:
        tx.write(_EXCLUDE_ON_SQLITE if tx.is_sqlite else _EXCLUDE_ON_POSTGRESQL, values)


def due(tx: UnitOfWork, now: datetime, most: int) -> list[int]:
    """Tasks of which somebody must be told by now, by key."""
    return list(tx.execute(_DUE, {"now": now, "most": most}).scalars())


def told(
    tx: UnitOfWork,
    kept: KeptDuties,
    next_at: datetime | None,
    *,
    nudges: int | None = None,
    escalated_at: datetime | None = None,
) -> None:
    """Keep what somebody was told, and when they must be told again; None: never."""
    new = {"new_told": next_at, "new_nudges": kept.nudges if nudges is None else nudges}
    tx.execute(_TOLD, {"of_task": kept.task_key, **new, "new_escalated": escalated_at or kept.escalated_at})


def acts_of(tx: UnitOfWork, root_key: int) -> list[ActRow]:
    """What people did to a case beside completing tasks, oldest first."""
    return [ActRow(*row) for row in tx.execute(_ACTS, {"root_key": root_key})]


def add_act(tx: UnitOfWork, keys: tuple[int, int], act: ActRow) -> None:
    """Remember what somebody did; `keys` are those of the root and of the instance."""
    root_key, instance_key = keys
    values = {"key": tx.next_key(), "root_key": root_key, "instance_key": instance_key}
    told = {"element_id": act.element_id, "what": act.what, "actor_id": act.actor_id, "at": act.at}
    tx.execute(_ADD_ACT, {**values, **told})


def delegate(tx: UnitOfWork, task_key: int, owner: str | None, delegate: str | None) -> None:
    """Note for whom somebody acts."""
    tx.execute(_DELEGATE, {"of_task": task_key, "new_owner": owner, "new_delegate": delegate})


def decide(tx: UnitOfWork, task_key: int, *, approved: bool | None, binds: Mapping[str, str] | None) -> None:
    """Keep what was decided, and about which values."""
    kept = None if binds is None else dict(binds)
    tx.execute(_DECIDE, {"of_task": task_key, "new_approved": approved, "new_binds": kept})
