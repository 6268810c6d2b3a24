"""What the bodies of repeated activities have in common: a scope around the inner instances, with the border events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import FlowNode
from engine.runtime.elements.base import Element
from engine.runtime.elements.boundary_event import close_boundaries
from engine.runtime.elements.catching import open_events

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token


class RepeatingBody(Element):
    """The body. `inner` is the activity itself."""

    is_body = True
    inner: Element

    def __init__(self, definition: Definition, node: FlowNode, name: str) -> None:
        super().__init__(definition, node, name)
        self.kind = name.partition("#")[2]

    def open(self, token: Token) -> None:
        """Subscribe the boundary events."""
        open_events(token)

    def leave(self, token: Token) -> None:
        """The boundary events go."""
        close_boundaries(token)

    def on_empty(self, scope: Token) -> None:
        """The last inner instance is gone."""
        self.finish(scope)

    def close_around(self, token: Token) -> None:
        """Its boundary events go."""
        close_boundaries(token)

    def _on_cancel(self, my_task: Token) -> None:
        close_boundaries(my_task)
        super()._on_cancel(my_task)
