"""What every activity has: input and output mappings, and boundary events while it runs (BPMN 2.0.2, 13.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.base import ENTER, Element
from engine.runtime.elements.boundary_event import close_boundaries
from engine.runtime.elements.catching import open_events
from engine.runtime.elements.variables import hand_up, hand_up_at_end, receive
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
HANDED_UP = "handed-up"  # what the memo holds once the outputs are mapped, or could not be


class Activity(Element):
    """A task, sub-process or call activity."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self.input_mappings = Mappings(node.inputs)
        self.output_mappings = Mappings(node.outputs)
        # Camunda 7's connectors are done at once: what they answer is not there when one is interrupted. Outputs of
        # instances of a multi-instance are refused there, so none rely on those that the others end.
        is_connector = node.job is not None and node.job.origin == "connector"
        is_heeded = definition.is_camunda7 and not definition.is_relative and not is_connector and node.loop is None
        self._maps_at_end = is_heeded and bool(self.output_mappings)

    def enter(self, token: Token) -> None:
        """Input mappings; start listeners and then the boundary events come after them (zeebe-extensions §3, §9)."""
        if self.node.data:
            token.workflow.scopes.set_local(token.id, self.node.data)
        if self.input_mappings:
            token.workflow.scopes.set_local(token.id, self.input_mappings.inputs(token))

    def open(self, token: Token) -> None:
        """The subscriptions on its border and inside."""
        open_events(token)

    def leave(self, token: Token) -> None:
        """Output mappings, then the boundary events go."""
        if self._maps_at_end:
            token.memo[HANDED_UP] = True
        hand_up(token, self.output_mappings)
        close_boundaries(token)

    def complete_with(self, token: Token, payload: Mapping[str, Json]) -> None:
        """The work gave `payload`: take it in and leave."""
        token.workflow.close_waits(token)
        receive(token, payload, self.output_mappings)
        self.finish(token)

    def end_quietly(self, token: Token) -> None:
        """This flow ends here; what waited beside the activity goes with it."""
        close_boundaries(token)
        super().end_quietly(token)

    @property
    def hears_its_end(self) -> bool:
        return self._maps_at_end or super().hears_its_end

    def hands_up_at_its_end(self, token: Token) -> bool:
        memo = token.memo
        if not self._maps_at_end or not token.opened or HANDED_UP in memo or memo.get("phase") == ENTER:
            return True
        return hand_up_at_end(token, self.output_mappings)

    def close_around(self, token: Token) -> None:
        """Its boundary events go."""
        close_boundaries(token)

    def _on_cancel(self, my_task: Token) -> None:
        close_boundaries(my_task)
        super()._on_cancel(my_task)
