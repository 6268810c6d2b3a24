"""User tasks: people's work, and the reviews that a connector asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.errors import NotFound
from engine.states import OPEN_TASKS, TaskState
from engine.step import UserTaskChange, UserTaskWait
from engine.store import instances
from engine.store.columns import constant
from engine.store.instances import InstanceRow
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import comments, task_candidates, user_tasks
from engine.store.tables import instances as instance_table
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT

Json = Any

TASK, REVIEW = "task", "review"
_REVIEW_PRIORITY = 50


@dataclass(frozen=True, slots=True)
class UserTask:
    """A person's work. `kind` is "task", or "review" for what a connector could not decide alone.

    `form` is what the diagram said, see `engine.user_tasks`; `review` holds proposal, schema, faults, confidence, cost,
    recommendation and source; `decision` what was decided, by whom, when and why.
    """

    key: int
    instance_key: int
    element_key: int
    element_id: str
    process_id: str
    definition_key: int
    kind: str
    name: str
    state: TaskState
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    form: Mapping[str, Json] | None
    headers: Mapping[str, str]
    job_key: int | None
    review: Mapping[str, Json] | None
    decision: Mapping[str, Json] | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: str
    tenant_id: str = DEFAULT

    @property
    def is_review(self) -> bool:
        return self.kind == REVIEW


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark at a task."""

    key: int
    task_key: int
    instance_key: int
    author: str
    text: str
    created_at: datetime


COLUMNS = columns(user_tasks, UserTask)
_ALL_OF = attrgetter(*(column.name for column in COLUMNS))
_POSITION = {column.name: index for index, column in enumerate(COLUMNS)}
_INSERT = Prepared(insert(user_tasks))
_INSERT_CANDIDATES = Prepared(insert(task_candidates))
_LOCK = Prepared(
    select(*COLUMNS, *instances.ROW)
    .select_from(instance_table.join(user_tasks, user_tasks.c.instance_key == instance_table.c.key))
    .where(user_tasks.c.key == bindparam("key"))
    .with_for_update(of=[instance_table, user_tasks])
)
_FIND = Prepared(select(*COLUMNS).where(user_tasks.c.key == bindparam("key")))
_ASSIGN = Prepared(
    update(user_tasks).where(user_tasks.c.key == bindparam("of_key")).values(assignee=bindparam("new_assignee"))
)
_END = Prepared(
    update(user_tasks)
    .where(user_tasks.c.key == bindparam("of_key"))
    .values(
        state=TaskState.COMPLETED,
        ended_at=bindparam("now"),
        ended_by=bindparam("new_by"),
        decision=bindparam("new_decision"),
        assignee=bindparam("new_assignee"),
    )
)
_DECIDED = Prepared(
    select(*COLUMNS)
    .where(
        user_tasks.c.instance_key == bindparam("instance_key"),
        user_tasks.c.job_key == bindparam("job_key"),
        user_tasks.c.state == constant(TaskState.COMPLETED),
    )
    .order_by(user_tasks.c.key)
)
_OPEN = [constant(state) for state in OPEN_TASKS]
_CANCEL = (
    update(user_tasks).where(user_tasks.c.state.in_(_OPEN)).values(state=TaskState.CANCELED, ended_at=bindparam("now"))
)
_CANCEL_AT = Prepared(_CANCEL.where(OneOf(user_tasks.c.element_key, "element_keys")))
_CANCEL_OF = Prepared(_CANCEL.where(user_tasks.c.instance_key == bindparam("of_instance")))
_OPEN_AT = Prepared(
    select(user_tasks.c.key, user_tasks.c.element_key).where(
        OneOf(user_tasks.c.element_key, "element_keys"), user_tasks.c.state.in_(_OPEN), user_tasks.c.kind == TASK
    )
)
_FORGET_CANDIDATES = Prepared(
    task_candidates.delete().where(
        task_candidates.c.task_key == bindparam("of_key"), task_candidates.c.kind == bindparam("of_kind")
    )
)
_BEGIN = Prepared(
    update(user_tasks)
    .where(user_tasks.c.key == bindparam("of_key"))
    .values(state=bindparam("new_state"), ended_by=bindparam("new_by"), decision=bindparam("new_decision"))
)
_COMMENT = Prepared(insert(comments))
_COMMENTS = Prepared(
    select(*columns(comments, Comment)).where(comments.c.task_key == bindparam("task_key")).order_by(comments.c.key)
)


def make(*values: Any) -> UserTask:
    """A `UserTask` from the values of `COLUMNS`."""
    row = list(values)
    for name in ("candidate_groups", "candidate_users"):
        row[_POSITION[name]] = tuple(row[_POSITION[name]] or ())
    row[_POSITION["headers"]] = row[_POSITION["headers"]] or {}
    return UserTask(*row)


def add(tx: UnitOfWork, row: InstanceRow, waits: Sequence[UserTaskWait], now: datetime) -> list[int]:
    """Give people work; returns the tasks' keys in order."""
    rows = [_row(tx, row, wait, now) for wait in waits]
    tx.write(_INSERT, rows)
    _add_candidates(tx, rows)
    return [task["key"] for task in rows]


def _row(tx: UnitOfWork, row: InstanceRow, wait: UserTaskWait, now: datetime) -> dict[str, Any]:
    return {
        "key": wait.key or tx.next_key(),
        "instance_key": row.key,
        "element_key": wait.element_key,
        "element_id": wait.element_id,
        "process_id": row.process_id,
        "definition_key": row.definition_key,
        "kind": TASK,
        "name": wait.name,
        "state": TaskState.CREATED,
        "assignee": wait.assignee,
        "candidate_groups": list(wait.candidate_groups) or None,
        "candidate_users": list(wait.candidate_users) or None,
        "due_at": wait.due_at,
        "follow_up_at": wait.follow_up_at,
        "priority": wait.priority,
        "form": None if wait.form is None else dict(wait.form),
        "headers": dict(wait.headers) or None,
        "created_at": now,
        "tenant_id": row.tenant_id,
    }


def _add_candidates(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    candidates = [
        {"kind": kind, "name": name, "task_key": row["key"]}
        for row in rows
        for kind, names in (("group", row["candidate_groups"]), ("user", row["candidate_users"]))
        for name in dict.fromkeys(names or ())
    ]
    if candidates:
        tx.write(_INSERT_CANDIDATES, candidates)


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review to be made: of which job, for which group, with what evidence."""

    element_key: int
    element_id: str
    name: str
    group: str
    job_key: int
    headers: Mapping[str, str]
    evidence: Mapping[str, Json]


def add_review(tx: UnitOfWork, row: InstanceRow, review: NewReview, now: datetime) -> int:
    """Make a task of a review; returns its key."""
    groups = (review.group,) if review.group else ()
    wait = UserTaskWait(
        review.element_key,
        review.element_id,
        review.name,
        candidate_groups=groups,
        priority=_REVIEW_PRIORITY,
        headers=review.headers,
    )
    task = _row(tx, row, wait, now) | {"kind": REVIEW, "job_key": review.job_key, "review": dict(review.evidence)}
    tx.execute(_INSERT, task)
    _add_candidates(tx, [task])
    return int(task["key"])


def decided_for(tx: UnitOfWork, instance_key: int, job_key: int) -> list[UserTask]:
    """The reviews of a job that somebody has decided, oldest first."""
    return [make(*row) for row in tx.execute(_DECIDED, {"instance_key": instance_key, "job_key": job_key})]


def lock(tx: UnitOfWork, key: int) -> tuple[UserTask, InstanceRow]:
    """The task and its instance's row, both held until the end of the transaction. Raises `NotFound`."""
    row = tx.execute(_LOCK, {"key": key}).first()
    return _seen(tx, key, row), InstanceRow(*row[len(COLUMNS) :])


def _seen(tx: UnitOfWork, key: int, row: Any) -> UserTask:
    task = None if row is None else make(*row[: len(COLUMNS)])
    if task is None or not tx.sees(task.tenant_id):
        raise NotFound(f"There is no user task {key}.")
    return task


def find(tx: UnitOfWork, key: int) -> UserTask:
    """The task. Raises `NotFound`."""
    return _seen(tx, key, tx.execute(_FIND, {"key": key}).first())


def assign(tx: UnitOfWork, key: int, assignee: str | None) -> None:
    """Give the task to a person, or to nobody."""
    tx.execute(_ASSIGN, {"of_key": key, "new_assignee": assignee})


def change(tx: UnitOfWork, changes: Sequence[UserTaskChange], now: datetime) -> int:
    """What listeners had a word in; returns how many tasks are done."""
    by_element = {change.element_key: change for change in changes}
    found = tx.execute(_OPEN_AT, {"element_keys": list(by_element)}).all()
    for key, element_key in found:
        _change(tx, key, by_element[element_key], now)
    return sum(by_element[element_key].is_done for _, element_key in found)


def _change(tx: UnitOfWork, key: int, change: UserTaskChange, now: datetime) -> None:
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in change.values.items()}
    if change.is_done:
        values |= {"state": TaskState.COMPLETED, "ended_at": now}
    else:
        values |= {"state": TaskState.CREATED, "ended_by": "", "decision": None}
    tx.execute(update(user_tasks).where(user_tasks.c.key == key).values(**values))
    for kind in ("group", "user"):
        names = values.get(f"candidate_{kind}s")
        if names is not None:
            tx.execute(_FORGET_CANDIDATES, {"of_key": key, "of_kind": kind})
            empty = {"key": key, "candidate_groups": (), "candidate_users": ()}
            _add_candidates(tx, [{**empty, f"candidate_{kind}s": names}])


@dataclass(frozen=True, slots=True)
class End:
    """How a task ended: who did it, and what was decided."""

    by: str
    at: datetime
    assignee: str | None
    decision: Mapping[str, Json] | None = None


def ended(task: UserTask, how: End) -> UserTask:
    """The task as `end` leaves it."""
    values = list(_ALL_OF(task))
    values[_POSITION["state"]] = TaskState.COMPLETED
    values[_POSITION["assignee"]] = how.assignee
    values[_POSITION["decision"]] = None if how.decision is None else dict(how.decision)
    values[_POSITION["ended_at"]], values[_POSITION["ended_by"]] = how.at, how.by
    return UserTask(*values)


def begin(tx: UnitOfWork, key: int, state: TaskState, how: End | None = None) -> None:
    """Something was asked of the task, and listeners must hear of it first. `how` it shall end, when that was asked."""
    decision = None if how is None or how.decision is None else dict(how.decision)
    by = "" if how is None else how.by
    tx.execute(_BEGIN, {"of_key": key, "new_state": state, "new_by": by, "new_decision": decision})


def end(tx: UnitOfWork, key: int, how: End) -> None:
    """The task is done."""
    decision = None if how.decision is None else dict(how.decision)
    tx.write(
        _END,
        {"of_key": key, "now": how.at, "new_by": how.by, "new_decision": decision, "new_assignee": how.assignee},
    )


def close_at(tx: UnitOfWork, element_keys: Sequence[int], now: datetime) -> int:
    """Cancel what is open at these elements; returns how many."""
    return sum(tx.change(_CANCEL_AT, {"element_keys": portion, "now": now}) for portion in portions(element_keys))


def close_of(tx: UnitOfWork, instance_key: int, now: datetime) -> int:
    """Cancel all that is open in an instance; returns how many."""
    return tx.change(_CANCEL_OF, {"of_instance": instance_key, "now": now})


def comment(tx: UnitOfWork, task: UserTask, author: str, text: str, now: datetime) -> Comment:
    """Add a remark."""
    new = Comment(tx.next_key(), task.key, task.instance_key, author, text, now)
    tx.execute(_COMMENT, {column.name: getattr(new, column.name) for column in columns(comments, Comment)})
    return new


def comments_of(tx: UnitOfWork, key: int) -> list[Comment]:
    """The remarks at a task, oldest first."""
    return [Comment(*row) for row in tx.execute(_COMMENTS, {"task_key": key})]
