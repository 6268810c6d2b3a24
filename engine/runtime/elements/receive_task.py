"""Receive tasks: an activity that waits for a message (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.event_based_gateway import close_race, is_begun
from engine.runtime.elements.waits import MessageSubscription

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any


class ReceiveTask(Activity):
    """bpmn:receiveTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        assert node.message is not None
        self._subscription = MessageSubscription(node.message)

    def work(self, token: Token) -> bool:
        """Subscribe; the message that began the instance is here already."""
        if is_begun(token):
            return True
        self._subscription.open(token, self._subscription.evaluate(token))
        return False

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message arrived."""
        close_race(token)
        self.complete_with(token, self._subscription.taken(token, variables))
