"""Standard loops: an activity is repeated while a condition holds, at most so often (BPMN 2.0.2, 13.3.6).

The body is a scope around one inner instance at a time; boundary events sit on it. `loopCounter` counts from 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import FlowNode, StandardLoop
from engine.runtime.elements.repeating import RepeatingBody
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

DONE = "done"  # in the memo of a body: how many instances have completed


class StandardLoopBody(RepeatingBody):
    """The body. A loop with neither condition nor maximum runs once, as Camunda 7 does with every loop marker."""

    start_event, end_event = "", ""  # the listeners are the inner activity's

    def __init__(self, definition: Definition, node: FlowNode, loop: StandardLoop) -> None:
        super().__init__(definition, node, f"{node.id}#loopBody")
        self._loop = loop
        self._condition = formula(loop.condition)

    def work(self, token: Token) -> bool:
        """Begin the first instance, if there is to be one."""
        token.memo[DONE] = 0
        if self._loop.test_before and not self._goes_on(token, 0):
            return True
        self._begin(token, 1)
        return False

    def on_leaving(self, scope: Token, token: Token) -> None:
        """An instance is done: see whether another one begins."""
        done = scope.memo[DONE] + 1
        if self._goes_on(token, done):
            self._begin(scope, done + 1)
        scope.memo[DONE] = done

    def _goes_on(self, at: Token, done: int) -> bool:
        if self._loop.maximum is not None and done >= self._loop.maximum:
            return False
        if self._condition is None:
            return self._loop.maximum is not None or done == 0
        return self._condition.boolean(at, {"loopCounter": done})

    def _begin(self, body: Token, counter: int) -> None:
        token = body.workflow.spawn(self.inner, body)
        body.workflow.scopes.set_local(token.id, {"loopCounter": counter})
