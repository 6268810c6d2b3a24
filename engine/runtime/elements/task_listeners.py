"""Task listeners of both vendors under one set of events, and what a worker is told of the task.

zeebe-extensions §9 (creating, assigning, updating, completing, canceling) and camunda7-extensions §6 (create,
assignment, update, complete, delete); Camunda 7's `timeout` is a timer beside the task, see `task_timeout`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.listeners import TASK, Listeners, listeners_for, tell_the_end
from engine.runtime.elements.task_draft import Draft, packed
from engine.runtime.hosts import TaskHost

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any

CREATING, ASSIGNING, UPDATING, COMPLETING, CANCELING = "creating", "assigning", "updating", "completing", "canceling"
_EVENTS = {
    CREATING: ("creating", "create"),
    ASSIGNING: ("assigning", "assignment"),
    UPDATING: ("updating", "update"),
    COMPLETING: ("completing", "complete"),
    CANCELING: ("canceling", "delete"),
}
_PREFIX = "io.camunda.zeebe:"
_HEADERS = {
    "assignee": "assignee",
    "candidateGroups": "candidate_groups",
    "candidateUsers": "candidate_users",
    "dueDate": "due_at",
    "followUpDate": "follow_up_at",
    "priority": "priority",
    "userTaskKey": "key",
}


class TaskListeners:
    """The task listeners of one element, by event."""

    def __init__(self, node: FlowNode) -> None:
        self._node = node
        self._by_event = {event: found for event, words in _EVENTS.items() if (found := _heard(node, words))}
        self._of_new = self._by_event.get(ASSIGNING)
        if reassigned := Listeners.of(node.listeners, ("update", "assignment"), TASK):
            self._by_event[ASSIGNING] = reassigned

    def __bool__(self) -> bool:
        return bool(self._by_event)

    def get(self, event: str) -> Listeners | None:
        return self._by_event.get(event)

    @property
    def has_jobs(self) -> bool:
        return any(listeners.has_jobs for listeners in self._by_event.values())

    def run_at_birth(self, event: str, token: Token, phase: str, draft: Draft) -> bool:
        """Go on with the listeners of a new task; False when a worker must do the next one. They may change `draft`."""
        return self._run(self._of_new if event == ASSIGNING else self._by_event.get(event), event, token, phase, draft)

    def run(self, event: str, token: Token, phase: str, draft: Draft, changed: Mapping[str, Json]) -> bool:
        """The same of a task that is there and is to be changed.

        In Camunda 7 a new assignee is an update first, and then an assignment (TaskEntity, triggerUpdateEvent).
        """
        return self._run(self._by_event.get(event), event, token, phase, draft, changed)

    def _run(
        self,
        listeners: Listeners | None,
        event: str,
        token: Token,
        phase: str,
        draft: Draft,
        changed: Mapping[str, Json] = MappingProxyType({}),
    ) -> bool:
        if listeners is None:
            return True
        host = TaskHost(token, draft, listeners.event)
        headers = self._facts(event, draft, changed) if listeners.has_jobs else {}
        return listeners.run(token, phase, objects={"task": host}, headers=headers)

    def run_at_end(self, listeners: Listeners, token: Token, draft: Draft) -> bool:
        """Tell these that the task is taken away; False when it must stay for now."""
        host = TaskHost(token, draft, listeners.event)
        headers = self._facts(CANCELING, draft, {}) if listeners.has_jobs else {}
        return tell_the_end(listeners, token, objects={"task": host}, headers=headers)

    def _facts(self, event: str, draft: Draft, changed: Mapping[str, Json]) -> dict[str, str]:
        """The headers with which a listener's job is told of its task."""
        plain = packed(draft)
        facts = {name: plain.get(key) for name, key in _HEADERS.items()}
        form = draft.get("form") or {}
        words = {key: name for name, key in _HEADERS.items()}
        facts |= {
            "action": draft.get("action") or _ACTIONS[event],
            "formKey": form.get("formKey") or form.get("key"),
            "changedAttributes": [words[name] for name in changed if name in words] or None,
        }
        return {_PREFIX + name: _text(value) for name, value in facts.items() if value not in (None, "", [])}


_ACTIONS = {CREATING: "create", ASSIGNING: "assign", UPDATING: "update", COMPLETING: "complete", CANCELING: "cancel"}


def _heard(node: FlowNode, words: tuple[str, ...]) -> Listeners | None:
    return next((found for word in words if (found := listeners_for(node.listeners, word, "task"))), None)


def _text(value: Json) -> str:
    if isinstance(value, list):
        return "[" + ",".join(f'"{one}"' for one in value) + "]"
    return str(value)


__all__ = ["ASSIGNING", "CANCELING", "COMPLETING", "CREATING", "TASK", "UPDATING", "TaskListeners"]
