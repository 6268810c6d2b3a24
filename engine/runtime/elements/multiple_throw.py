"""Throw and end events with several definitions: each of them is thrown (BPMN 2.0.2, 10.5.1 and 10.5.3).

What goes to others first: messages and signals. Then compensation, whose handlers are waited for; then what may end the
scope around the event, in the order of how much it ends, since nothing can be thrown by an event that has been ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bpmn.model import EventDefinition, EventKind, FlowNode
from engine.runtime.elements.base import Element
from engine.runtime.elements.end_event import EndEvent, ErrorEndEvent, ThrowEvent

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Make = Callable[["Definition", FlowNode], Element]

# In the memo: how many of the parts were thrown.
PART = "part"
_ORDER = (EventKind.COMPENSATE, EventKind.ESCALATION, EventKind.ERROR, EventKind.CANCEL, EventKind.TERMINATE)


class MultipleThrowEvent(ThrowEvent):
    """bpmn:intermediateThrowEvent with several definitions.

    `parts` are elements that throw one of them each; the token stays one of the event and each part works with it.
    """

    def __init__(self, definition: Definition, node: FlowNode, kinds: Mapping[EventKind, Make]) -> None:
        super().__init__(definition, node)
        self.parts = [
            kinds[event.kind](definition, self._part(node, event, nth)) for nth, event in enumerate(_later(node), 1)
        ]

    def work(self, token: Token) -> bool:
        """Send, and throw the rest; what was thrown before an incident is not thrown again."""
        if PART not in token.memo and not super().work(token):
            return False
        return self._throw_rest(token)

    def leave(self, token: Token) -> bool | None:  # type: ignore[override]  # false: it is not over yet
        """What the event waited for is done: throw what is left, then wind up."""
        if not self._throw_rest(token):
            return False
        del token.memo[PART]
        super().leave(token)
        return None

    def on_empty(self, scope: Token) -> None:
        """A handler is done."""
        self._last(scope).on_empty(scope)

    def go_on(self, token: Token) -> None:
        """The callers know of what was thrown. An error that is nobody's is thrown again when that is resolved."""
        last = self._last(token)
        if isinstance(last, ErrorEndEvent):
            token.memo[PART] -= 1
        last.go_on(token)

    def _throw_rest(self, token: Token) -> bool:
        memo = token.memo
        for nth in range(memo.setdefault(PART, 0), len(self.parts)):
            goes_on = self.parts[nth].work(token)
            memo[PART] = nth + 1  # not before: one that failed is tried again
            if not goes_on:
                return False
            self.parts[nth].leave(token)
        return True

    def _last(self, token: Token) -> Element:
        last: int = token.memo[PART] - 1
        return self.parts[last]

    @staticmethod
    def _part(node: FlowNode, event: EventDefinition, nth: int) -> FlowNode:
        return replace(node, id=f"{node.id}#{nth}", events=(event,), inputs=(), outputs=(), listeners=(), job=None)


class MultipleEndEvent(MultipleThrowEvent, EndEvent):
    """bpmn:endEvent with several definitions."""


def throws_more(node: FlowNode) -> bool:
    """Whether it has several definitions, and not only messages and signals, which every throw event sends."""
    return len(node.events) > 1 and bool(_later(node))


def _later(node: FlowNode) -> list[EventDefinition]:
    return sorted((event for event in node.events if event.kind in _ORDER), key=lambda event: _ORDER.index(event.kind))
