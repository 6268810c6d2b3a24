"""Escalations: told to the scopes around, which may leave the thrower alone (BPMN 2.0.2, 10.5.6; zeebe-extensions §7).

Whoever catches one interrupts its scope or runs beside it; when nobody does, nothing follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import EventKind, FlowNode
from engine import events
from engine.runtime.elements.base import WORK
from engine.runtime.elements.end_event import EndEvent, ThrowEvent, thrown_code
from engine.runtime.elements.throws import THROWN, Throw, asked_callers, caught
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class EscalationThrowEvent(ThrowEvent):
    """bpmn:intermediateThrowEvent of an escalation."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        escalation = node.event.escalation
        self._code = formula(escalation.code) if escalation else None

    def work(self, token: Token) -> bool:
        """Throw; true unless whoever catches it ends this flow, or a caller has yet to answer."""
        code = thrown_code(self._code, token)
        process = token.workflow
        process.note(events.ESCALATION_THROWN, token, {"code": code})
        throw = Throw(EventKind.ESCALATION, code)
        if caught(token, throw):
            return token.is_alive
        if asked_callers(token, throw, WORK):
            return False
        process.note(events.ESCALATION_UNCAUGHT, token, {"code": code})
        return True

    def go_on(self, token: Token) -> None:
        """The callers know of it, and none ended this."""
        del token.memo[THROWN]
        self.finish(token)


class EscalationEndEvent(EscalationThrowEvent, EndEvent):
    """bpmn:endEvent of an escalation."""
