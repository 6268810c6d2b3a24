"""Start events: what began the scope hands its variables over and the flow goes on (BPMN 2.0.2, 10.5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.base import Element
from engine.runtime.elements.variables import hand_up
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any


def taken_at_start(start: Element, root: Token, variables: Mapping[str, Json]) -> Mapping[str, Json]:
    """What of the variables that a message brings an instance begins with."""
    message = start.node.event.message
    if message is None or message.takes is None:
        return variables
    return Mappings(message.takes).outputs(root, variables)


class StartEvent(Element):
    """bpmn:startEvent: what triggers it starts an instance from outside, or its event sub-process."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.output_mappings = Mappings(node.outputs)

    def leave(self, token: Token) -> None:
        """Output mappings."""
        hand_up(token, self.output_mappings)
