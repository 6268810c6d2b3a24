"""Searches of tasks and jobs as Camunda 8's clients ask for them: comparisons, any order, a count beside the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, Text, exists, func, select, type_coerce

from engine.actors import Actor
from engine.store import jobs as job_rows
from engine.store import user_tasks as task_rows
from engine.store.comparisons import Comparison, column_is
from engine.store.jobs import Job
from engine.store.search import visible_tasks
from engine.store.sights import within
from engine.store.tables import instances, jobs, task_candidates, user_tasks, variables
from engine.store.unit_of_work import UnitOfWork
from engine.store.user_tasks import UserTask

T = TypeVar("T")
Sql = Any


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: comparisons by column, all of which must hold, and the order as (column, descending).

    Of tasks also `candidate_group`, `candidate_user` and `business_key` may be compared, and variables, as JSON text:
    those of the task's own scope and those of its process instance. `visible_to` keeps what the actor may see.
    """

    wanted: tuple[Comparison, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int = 100
    local_variables: tuple[Comparison, ...] = ()
    instance_variables: tuple[Comparison, ...] = ()
    visible_to: Actor | None = None


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One page, and how many there are in all."""

    items: tuple[T, ...]
    total: int


def find_tasks(tx: UnitOfWork, search: Search) -> Found[UserTask]:
    """User tasks; the oldest first unless another order is wanted."""
    query = select(*task_rows.COLUMNS).where(user_tasks.c.kind == task_rows.TASK)
    for one in search.wanted:
        query = query.where(_OF_TASKS.get(one.name, _of(user_tasks))(one, tx.is_sqlite))
    for scope, compared in (
        (user_tasks.c.element_key, search.local_variables),
        (user_tasks.c.instance_key, search.instance_variables),
    ):
        for one in compared:
            query = query.where(_variable(scope, one, tx.is_sqlite))
    if search.visible_to is not None:
        query = query.where(visible_tasks(search.visible_to))
    return _page(tx, query, user_tasks, search, task_rows.make)


def find_jobs(tx: UnitOfWork, search: Search) -> Found[Job]:
    """Jobs, in the same way."""
    query = select(*job_rows.COLUMNS)
    for one in search.wanted:
        query = query.where(_of(jobs)(one, tx.is_sqlite))
    return _page(tx, query, jobs, search, job_rows.make)


def _page(tx: UnitOfWork, query: Select[Any], table: Any, search: Search, make: Callable[..., T]) -> Found[T]:
    query = within(tx, query, table)
    total = int(tx.execute(select(func.count()).select_from(query.subquery())).scalar())
    order = [table.c[name].desc() if descending else table.c[name] for name, descending in search.order]
    rows = tx.execute(query.order_by(*order, table.c.key).offset(search.offset).limit(search.limit))
    return Found(tuple(make(*row) for row in rows), total)


def _of(table: Any) -> Callable[[Comparison, bool], Sql]:
    return lambda one, is_sqlite: column_is(table.c[one.name], one, is_sqlite=is_sqlite)


def _candidate(kind: str) -> Callable[[Comparison, bool], Sql]:
    named = task_candidates.c

    def condition(one: Comparison, is_sqlite: bool) -> Sql:
        compared = column_is(named.name, one, is_sqlite=is_sqlite)
        return exists().where(named.task_key == user_tasks.c.key, named.kind == kind, compared)

    return condition


def _business_key(one: Comparison, is_sqlite: bool) -> Sql:
    compared = column_is(instances.c.business_key, one, is_sqlite=is_sqlite)
    return exists().where(instances.c.key == user_tasks.c.instance_key, compared)


def _variable(scope: Any, one: Comparison, is_sqlite: bool) -> Sql:
    compared = column_is(type_coerce(variables.c.value, Text), one, is_sqlite=is_sqlite)
    return exists().where(
        variables.c.instance_key == user_tasks.c.instance_key,
        variables.c.scope_key == scope,
        variables.c.name == one.name,
        compared,
    )


_OF_TASKS: Mapping[str, Callable[[Comparison, bool], Sql]] = {
    "candidate_group": _candidate("group"),
    "candidate_user": _candidate("user"),
    "business_key": _business_key,
}
