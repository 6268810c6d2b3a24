"""Scopes that hold tokens: the process itself and the embedded sub-process (BPMN 2.0.2, 13.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode, Kind
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import Element
from engine.runtime.elements.boundary_event import new_token
from engine.runtime.problem import UNKNOWN, Problem

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class ProcessRoot(Element):
    """The process: its token is the root scope, its key the instance's."""

    def __init__(self, definition: Definition, process_id: str, name: str) -> None:
        node = FlowNode(id=process_id, kind=Kind.SUB_PROCESS, name=name, listeners=definition.process.listeners)
        super().__init__(definition, node, f"{process_id}#process")
        self.kind = "process"

    def begin(self, token: Token, start: Element) -> Token:
        """Open the process and put a token on the start event, which is returned.

        With start listeners the token stays where it is until they are done.
        """
        process = token.workflow
        process.announce(token)
        token._set_state(TaskState.WAITING)
        if self._start_listeners is None:
            return process.spawn(start, token)
        first = new_token(start, token)
        token.memo["first"] = first.id
        process.ready(token)
        return first

    def work(self, token: Token) -> bool:
        """The start listeners are done: let the start event run."""
        process = token.workflow
        process.ready(process.tasks[token.memo.pop("first")])
        return False

    def on_empty(self, scope: Token) -> None:
        """Nothing is left to do."""
        self.finish(scope)

    def _on_complete_hook(self, my_task: Token) -> None:
        """The instance has completed."""
        my_task.workflow.completed = True


class SubProcess(Activity):
    """bpmn:subProcess, embedded: runs its none start event, and ends when its last token is gone."""

    start: Element | None = None

    def work(self, token: Token) -> bool:
        """Put a token on the inner start event."""
        if self.start is None:
            raise Problem(UNKNOWN, f"Sub-process {self.node.label} has no start event.")
        token.workflow.spawn(self.start, token)
        return False

    def on_empty(self, scope: Token) -> None:
        """The last inner token is gone."""
        self.finish(scope)
