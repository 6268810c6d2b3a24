"""Who may do what with a task. Pure.

A task belongs to its assignee; without one to its candidates; without those to every approver and operator. An
administrator may do everything; an operator may give tasks away, not do them.
"""

from __future__ import annotations

from engine.actors import Actor, Role
from engine.errors import IllegalMove, NotAllowed
from engine.states import OPEN_TASKS, TaskState, move
from engine.store.user_tasks import UserTask


def may_work(task: UserTask, by: Actor) -> bool:
    """Whether the actor may claim and complete the task."""
    if Role.ADMIN in by.roles:
        return True
    if task.assignee is not None:
        return task.assignee == by.id
    if not task.candidate_groups and not task.candidate_users:
        return by.has(Role.APPROVER, Role.OPERATOR)
    return _is_candidate(task, by)


def concerns(task: UserTask, by: Actor) -> bool:
    """Whether the actor may say something about the task: whoever may do it, see to it, or audit it."""
    return may_work(task, by) or _is_candidate(task, by) or by.has(Role.OPERATOR, Role.AUDITOR)


def check_may_work(task: UserTask, by: Actor) -> None:
    """Raise `IllegalMove` when the task is over, `NotAllowed` when it is not the actor's."""
    move("User task", task.key, task.state, TaskState.COMPLETED)
    check_open(task)
    if not may_work(task, by):
        raise NotAllowed(
            f"User task {task.key} ('{task.name}') belongs to {whose(task)}, not to {by.id}. {_hint(task)}"
        )


def check_open(task: UserTask) -> None:
    """Raise `IllegalMove` when the task is over."""
    if task.state in OPEN_TASKS and task.state is not TaskState.CREATED:
        raise IllegalMove(
            f"User task {task.key} ('{task.name}') is {task.state.value}: listeners are still busy with it. "
            "Look at it again when they are done."
        )
    if task.state is not TaskState.CREATED:
        raise IllegalMove(
            f"User task {task.key} ('{task.name}') is {task.state.value}: nothing more can be done to it."
        )


def whose(task: UserTask) -> str:
    """In words, to whom a task belongs."""
    if task.assignee is not None:
        return task.assignee
    names = [f"the group {name}" for name in task.candidate_groups] + list(task.candidate_users)
    return " or ".join(names) if names else "every approver"


def _is_candidate(task: UserTask, by: Actor) -> bool:
    return by.id in task.candidate_users or not by.groups.isdisjoint(task.candidate_groups)


def _hint(task: UserTask) -> str:
    if task.assignee is not None:
        return "Ask for it to be given back or assigned to you."
    return "Ask an operator to assign it to you, or an administrator for the group."
