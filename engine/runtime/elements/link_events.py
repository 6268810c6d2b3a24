"""Link events: a sequence flow without a line, from any number of throws to one catch in the same scope (10.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import FlowNode
from engine.runtime.elements.base import Element, Flow
from engine.runtime.elements.end_event import ThrowEvent
from engine.runtime.elements.variables import hand_up
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class LinkThrowEvent(ThrowEvent):
    """bpmn:intermediateThrowEvent with a link. `target` is the catch of the same name, set when all are known."""

    target: Element | None = None

    def take(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """Go on at the catch."""
        if self.target is not None and token.scope.is_alive:
            self.target.arrive(token.scope, "")


class LinkCatchEvent(Element):
    """bpmn:intermediateCatchEvent with a link: who comes here goes on at once."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.output_mappings = Mappings(node.outputs)

    def leave(self, token: Token) -> None:
        """Output mappings."""
        hand_up(token, self.output_mappings)
