"""Scopes that hold tokens: the process itself and the embedded sub-process (BPMN 2.0.2, 13.3.4).

A scope is over when its last token has gone that does not merely wait for an event sub-process to begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode, Kind
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import ENTER, Element
from engine.runtime.elements.catching import close_events, new_token, open_events
from engine.runtime.elements.listeners import listeners_for
from engine.runtime.problem import UNKNOWN, Problem
from engine.step import Outcome

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

# In a scope's memo: the tokens that wait for its event sub-processes to begin, and the one that begins the scope.
WATCHES, FIRST = "watches", "first"


class ProcessRoot(Element):
    """The process: its token is the root scope, its key the instance's."""

    def __init__(self, definition: Definition, process_id: str, name: str) -> None:
        node = FlowNode(id=process_id, kind=Kind.SUB_PROCESS, name=name, listeners=definition.process.listeners)
        super().__init__(definition, node, f"{process_id}#process")
        self.kind = "process"
        self._last_words = listeners_for(node.listeners, "cancel") or self._last_words

    def unfold(self, token: Token) -> None:
        """Open the process, with nothing in it yet but its start listeners and event sub-processes."""
        process = token.workflow
        process.announce(token)
        token._set_state(TaskState.WAITING)
        if self._has_opening:
            process.ready(token)

    @property
    def _has_opening(self) -> bool:
        return self._start_listeners is not None or bool(self.event_starts)

    def begin(self, token: Token, start: Element) -> Token:
        """Open the process and put a token on the start event, which is returned.

        With start listeners or event sub-processes the token stays where it is until those are done or wait.
        """
        self.unfold(token)
        if not self._has_opening:
            return token.workflow.spawn(start, token)
        first = new_token(start, token)
        token.memo[FIRST] = first.id
        return first

    def open(self, token: Token) -> None:
        """The event sub-processes wait before anything runs."""
        open_events(token)

    def work(self, token: Token) -> bool:
        """Let the start event run."""
        begin_inside(token)
        return False

    def leave(self, token: Token) -> None:
        """What waited in the process goes."""
        close_events(token, WATCHES)

    def on_empty(self, scope: Token) -> None:
        """Nothing is left to do."""
        self.finish(scope)

    def _on_cancel(self, my_task: Token) -> None:
        super()._on_cancel(my_task)
        step = my_task.workflow.step
        if step.outcome is Outcome.ACTIVE:
            step.outcome = Outcome.TERMINATED

    def _on_complete_hook(self, my_task: Token) -> None:
        """The instance has completed."""
        my_task.workflow.completed = True


class SubProcess(Activity):
    """bpmn:subProcess, embedded: runs its none start event, and ends when its last token is gone."""

    start: Element | None = None

    def work(self, token: Token) -> bool:
        """Put a token on the inner start event."""
        if token.memo.pop("empty", False):
            return False
        if self.start is None:
            raise Problem(UNKNOWN, f"Sub-process {self.node.label} has no start event.")
        token.workflow.spawn(self.start, token)
        return False

    def leave(self, token: Token) -> None:
        """Output mappings, then what waited on the border and inside goes."""
        super().leave(token)
        close_events(token, WATCHES)

    def begin_empty(self, scope: Token) -> Token:
        """Its mappings, listeners and boundary events as ever, but not its start event."""
        token = new_token(self, scope)
        token.memo["empty"] = True
        token.memo["phase"] = ENTER  # a modification waits for nothing
        scope.workflow.ready(token)
        token.run()
        return token

    def on_empty(self, scope: Token) -> None:
        """The last inner token is gone."""
        if not scope.has_incident:  # an event sub-process may end while the output mappings wait to be repaired
            self.finish(scope)

    def retry(self, token: Token) -> None:
        """Try again, or first let an event sub-process end that came meanwhile."""
        if token.is_busy and FIRST not in token.memo:
            token.memo.pop("phase", None)
            token._set_state(TaskState.STARTED)
        else:
            super().retry(token)


class Transaction(SubProcess):
    """bpmn:transaction: a sub-process that a cancel end event in it undoes and leaves by its cancel boundary event."""


def begin_inside(scope: Token) -> None:
    """Let the first token of a scope run, if one was made before the scope was entered."""
    process, first = scope.workflow, scope.memo.pop(FIRST, None)
    if first is not None:
        process.ready(process.tasks[first])


def interrupt(scope: Token, by: Token) -> None:
    """End everything in a scope but `by`, and let no other event sub-process begin there (BPMN 2.0.2, 13.5.4)."""
    scope.memo["interrupted"] = True
    close_events(scope, WATCHES)
    for other in scope.children:
        if other is not by:
            other.cancel()
    if scope.has_incident:
        # Its output mappings had failed; they are tried again when the event sub-process has ended.
        scope.workflow.close_waits(scope)
        scope.memo.pop("phase", None)
        scope._set_state(TaskState.STARTED)
