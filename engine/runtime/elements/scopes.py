"""Scopes that hold tokens: the process itself and the embedded sub-process (BPMN 2.0.2, 13.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode, Kind
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import Element
from engine.runtime.problem import UNKNOWN, Problem

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class ProcessRoot(Element):
    """The process: its token is the root scope, its key the instance's."""

    def __init__(self, definition: Definition, process_id: str, name: str) -> None:
        super().__init__(definition, FlowNode(id=process_id, kind=Kind.SUB_PROCESS, name=name), f"{process_id}#process")
        self.kind = "process"

    def begin(self, token: Token, start: Element) -> Token:
        """Open the process and put a token on the start event, which is returned."""
        token.workflow.announce(token)
        token._set_state(TaskState.WAITING)
        return token.workflow.spawn(start, token)

    def on_empty(self, scope: Token) -> None:
        """Nothing is left to do: the instance has completed."""
        scope.workflow.completed = True
        self.finish(scope)


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
