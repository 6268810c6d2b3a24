"""Which tasks a caller may see: operators and auditors all of them, others those that concern them.

A task out of sight answers as one that does not exist, so that keys cannot be tried out.
"""

from __future__ import annotations

from api.context import actor, engine
from engine.actors import Actor, Role
from engine.errors import NotFound
from engine.store.user_tasks import UserTask
from engine.user_tasks.rules import concerns


def whose_tasks(by: Actor) -> Actor | None:
    """The actor whose tasks a list is confined to; None for those who see all."""
    return None if by.has(Role.OPERATOR, Role.AUDITOR) else by


def task_in_sight(key: int) -> UserTask:
    """The task, when the caller may see it. Raises `NotFound`, in the same words for both reasons."""
    task = engine().queries.task(key)
    by = actor()
    if not concerns(task, by) and by.id not in (task.assignee, task.ended_by):
        raise NotFound(f"There is no user task {key}.")
    return task
