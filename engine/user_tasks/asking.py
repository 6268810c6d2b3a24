"""What is asked of a user task goes to its listeners first; while a worker is busy with one, it is not done yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import commands, events
from engine.moves import Moves
from engine.runtime.elements.listeners import Listeners
from engine.runtime.elements.task_listeners import ASSIGNING, COMPLETING, UPDATING
from engine.store import user_tasks
from engine.store.instances import InstanceRow
from engine.store.user_tasks import UserTask

__all__ = [
    "ASSIGNING",
    "COMPLETING",
    "UPDATING",
    "Asked",
    "ask",
    "command",
    "listeners_of",
    "listens",
    "updates_by_comments",
]

Json = Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done: the event, what changes, what a person entered, and Camunda 8's word for the request."""

    event: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    action: str = ""


def listeners_of(moves: Moves, row: InstanceRow, task: UserTask, event: str) -> Listeners | None:
    """Who must hear of an event of this task, None for nobody."""
    return moves.library.process(moves.tx, row.definition_key).definition.task_listeners(task.element_id, event)


def listens(moves: Moves, row: InstanceRow, task: UserTask, event: str) -> bool:
    """Whether a worker must hear of it before it may be done."""
    heard = listeners_of(moves, row, task, event)
    return heard is not None and heard.has_jobs


def updates_by_comments(moves: Moves, row: InstanceRow, task: UserTask) -> bool:
    """Whether somebody hears of a comment: in Camunda 7 it is an update of its task (AddCommentCmd)."""
    definition = moves.library.process(moves.tx, row.definition_key).definition
    is_camunda7 = definition.is_camunda7 and not definition.is_relative
    return is_camunda7 and not task.is_review and definition.task_listeners(task.element_id, UPDATING) is not None


def ask(moves: Moves, row: InstanceRow, task: UserTask, asked: Asked) -> UserTask:
    """Ask the listeners of a task whose row has begun; returns the task as it stands now, mostly under way."""
    moves.tell(
        row,
        events.TASK_ASKED,
        element=(task.element_id, task.element_key),
        task_key=str(task.key),
        event=asked.event,
        variables=dict(asked.variables),
    )
    moves.resume(row, command(task, asked))
    return user_tasks.find(moves.tx, task.key)


def command(task: UserTask, asked: Asked) -> commands.ChangeTask:
    """The runtime's command, with the task as its listeners shall see it."""
    facts: dict[str, Any] = {
        "key": task.key,
        "name": task.name,
        "assignee": task.assignee,
        "candidate_groups": task.candidate_groups,
        "candidate_users": task.candidate_users,
        "due_at": task.due_at,
        "follow_up_at": task.follow_up_at,
        "priority": task.priority,
        "form": task.form,
        "created_at": task.created_at,
    }
    if asked.action:
        facts["action"] = asked.action
    return commands.ChangeTask(task.element_key, asked.event, asked.changes, asked.variables, facts)
