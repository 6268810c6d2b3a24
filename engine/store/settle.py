"""Storing what the runtime hands back: one statement per kind of row, and none for kinds that the instance has not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from engine.states import InstanceState
from engine.step import CallWait, JobWait, Outcome, Step, TimerWait, UserTaskWait, Wait
from engine.store import (
    calls,
    elements,
    history,
    incidents,
    instances,
    jobs,
    migrated,
    subscriptions,
    timers,
    user_tasks,
    variables,
)
from engine.store.incidents import Incident
from engine.store.instances import InstanceRow
from engine.store.subscriptions import Subscription
from engine.store.unit_of_work import UnitOfWork

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Context:
    """What a step does not say itself: when it happens, for whom, of which dialect the diagram is.

    `children` maps the elements that call a process to the child's key, None for one that cannot be started.
    """

    now: datetime
    by: str
    dialect: str
    children: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(slots=True)
class Settled:
    """What followed from a step: rows with their keys, and children whose caller waits no longer."""

    orphans: list[int] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    tasks: list[tuple[UserTaskWait, int]] = field(default_factory=list)
    jobs: list[tuple[JobWait, int]] = field(default_factory=list)


def settle(tx: UnitOfWork, row: InstanceRow, step: Step, context: Context, known: Mapping[int, Any]) -> Settled:
    """Store a step of the instance `row`, which the transaction holds. `known` maps scopes that have stored variables.

    What closes goes first, so that an element may close a wait and open the next one in the same step.
    """
    settled = Settled()
    if step.user_task_changes:  # before anything closes: a task that is done was not cancelled
        row.open_tasks -= user_tasks.change(tx, step.user_task_changes, context.now)
    if step.outcome is not Outcome.ACTIVE:
        row.state = InstanceState(step.outcome.value)
        row.ended_at = context.now
        row.start_correlation_key = None
        _close_all(tx, row, context, settled)
    else:
        _close(tx, row, step.closed, context, settled)
        _resolve(tx, row, step.resolved, context)
    row.frozen = step.state
    if step.renamed:
        migrated.rename(tx, row, step.renamed)
    elements.write(tx, row.key, step.elements, context.now)
    history.write(tx, row, step, known, context.now)
    _write_variables(tx, row, step, known)
    _open(tx, row, step, context, settled)
    instances.save(tx, row)
    return settled


def _write_variables(tx: UnitOfWork, row: InstanceRow, step: Step, known: Mapping[int, Any]) -> None:
    if step.dropped_scopes:
        # The root's variables are the instance's result: they stay when it has ended.
        gone = [key for key in step.dropped_scopes if key != row.key and key in known]
        variables.drop_scopes(tx, row.key, gone)
    if step.removed_variables:
        variables.remove(tx, row.key, step.removed_variables)
    if step.variables:
        variables.write(tx, row.key, step.variables)


def _close(tx: UnitOfWork, row: InstanceRow, keys: list[int], context: Context, settled: Settled) -> None:
    """End every row that hangs on these elements, in the tables where the instance has any."""
    if not keys:
        return
    now = context.now
    if row.open_jobs:
        row.open_jobs -= jobs.close_at(tx, keys, now)
    if row.open_timers:
        row.open_timers -= timers.close_at(tx, keys)
    if row.open_subscriptions:
        row.open_subscriptions -= subscriptions.close_at(tx, keys)
    if row.open_tasks:
        row.open_tasks -= user_tasks.close_at(tx, keys, now)
    if row.open_incidents:
        row.open_incidents -= incidents.resolve_at(tx, keys, context.by, now)
    if row.open_calls:
        _close_calls(row, calls.close_at(tx, keys), settled)


def _close_all(tx: UnitOfWork, row: InstanceRow, context: Context, settled: Settled) -> None:
    now = context.now
    if row.open_jobs:
        jobs.close_of(tx, row.key, now)
    if row.open_timers:
        timers.close_of(tx, row.key)
    if row.open_subscriptions:
        subscriptions.close_of(tx, row.key)
    if row.open_tasks:
        user_tasks.close_of(tx, row.key, now)
    if row.open_incidents:
        incidents.resolve_of(tx, row.key, context.by, now)
    row.open_jobs = row.open_timers = row.open_subscriptions = row.open_tasks = row.open_incidents = 0
    if row.open_calls:
        _close_calls(row, calls.close_of(tx, row.key), settled)


def _close_calls(row: InstanceRow, children: list[int | None], settled: Settled) -> None:
    row.open_calls -= len(children)
    settled.orphans += [child for child in children if child is not None]


def _resolve(tx: UnitOfWork, row: InstanceRow, keys: list[int], context: Context) -> None:
    if keys and row.open_incidents:
        row.open_incidents -= incidents.resolve_at(tx, keys, context.by, context.now)


def _open(tx: UnitOfWork, row: InstanceRow, step: Step, context: Context, settled: Settled) -> None:
    if step.incidents:
        settled.incidents = incidents.add(tx, row, step.incidents, context.now)
        row.open_incidents += len(step.incidents)
    if not step.waits:
        return
    by_kind: dict[type[Any], list[Any]] = defaultdict(list)
    for wait in step.waits:
        by_kind[type(wait)].append(wait)
    _open_work(tx, row, by_kind, context, settled)
    if due := _of(by_kind, TimerWait):
        timers.add(tx, row.key, due, context.now)
        row.open_timers += len(due)
    wanted = [wait for kind in subscriptions.AWAITING for wait in by_kind.get(kind, ())]
    if wanted:
        settled.subscriptions = subscriptions.subscribe(tx, row, wanted, context.now)
        row.open_subscriptions += len(wanted)
    if called := _of(by_kind, CallWait):
        calls.add(tx, row.key, [(wait, context.children.get(wait.element_key)) for wait in called], context.now)
        row.open_calls += len(called)


def _open_work(
    tx: UnitOfWork, row: InstanceRow, by_kind: dict[type[Wait], list[Any]], context: Context, settled: Settled
) -> None:
    if work := _of(by_kind, JobWait):
        settled.jobs = list(zip(work, jobs.add(tx, row, context.dialect, work, context.now), strict=True))
        row.open_jobs += len(work)
    if tasks := _of(by_kind, UserTaskWait):
        settled.tasks = list(zip(tasks, user_tasks.add(tx, row, tasks, context.now), strict=True))
        row.open_tasks += len(tasks)


def _of(by_kind: Mapping[type[Any], list[Any]], kind: type[W]) -> list[W]:
    return by_kind.get(kind, [])
