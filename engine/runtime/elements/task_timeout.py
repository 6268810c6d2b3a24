"""Camunda 7's task listeners for `timeout`: a timer at an open user task that ends nothing (camunda7-extensions §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import EventDefinition, EventKind, FlowNode, Kind, Listener
from engine.commands import ListenerDone
from engine.runtime.elements.base import WORK
from engine.runtime.elements.boundary_event import BoundaryEvent
from engine.runtime.elements.listeners import LISTENING, TASK, Listeners
from engine.runtime.hosts import TaskHost
from engine.runtime.problem import Problem, Thrown

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
TIMEOUT = "timeout"


class TaskTimeout(BoundaryEvent):
    """The timer of one such listener; it waits inside of its task, so that it sees what the task sees."""

    def __init__(self, definition: Definition, node: FlowNode, listener: Listener, number: int) -> None:
        event = EventDefinition(EventKind.TIMER, timer=listener.timer, line=listener.line)
        own = FlowNode(
            id=f"{node.id}#timeout{number}",
            kind=Kind.BOUNDARY_EVENT,
            name=f"timeout of {node.name or node.id}",
            attached_to=node.id,
            interrupting=False,
            events=(event,),
        )
        super().__init__(definition, own)
        self._task = node
        self._listener = Listeners((listener,), TIMEOUT, TASK)

    def place(self, host: Token) -> Token:
        """In the task itself."""
        return host

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """Tell the listener; then wait for the next turn of a cycle."""
        token.memo["turns"] = repetitions
        token.workflow.close_waits(token)
        self._tell(token)

    def heard(self, token: Token, done: ListenerDone) -> None:
        """A worker is done with it."""
        del token.memo[LISTENING]
        token.workflow.scopes.merge(token, done.variables)
        self._tell(token)

    def retry(self, token: Token) -> None:
        """Try the listener again."""
        self._tell(token)

    def _tell(self, token: Token) -> None:
        host = TaskHost(token, {"name": self._task.name or self._task.id}, TIMEOUT)
        try:
            if self._listener.run(token, TIMEOUT, objects={"task": host}):
                self.wait_again(token, token.memo.pop("turns", 0))
        except Problem as problem:
            token.workflow.announce(token)
            token.workflow.raise_incident(token, problem)
        except Thrown as thrown:
            # It is thrown by the task, whose listener this is (TaskEntity, triggerTimeoutEvent).
            if (task := self.host_of(token)) is not None:
                task.task_spec.throw(task, WORK, thrown)


def task_timeouts(definition: Definition, node: FlowNode) -> tuple[TaskTimeout, ...]:
    """One for each listener that has a timer."""
    found = [one for one in node.listeners if one.event == TIMEOUT and one.timer is not None]
    return tuple(TaskTimeout(definition, node, one, index) for index, one in enumerate(found, 1))
