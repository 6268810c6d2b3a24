"""Intermediate catch events: the flow waits for a time or a message (BPMN 2.0.2, 10.5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.base import Element
from engine.runtime.elements.event_based_gateway import close_race
from engine.runtime.elements.variables import hand_up, receive
from engine.runtime.elements.waits import MessageSubscription, TimerSubscription, subscription
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any


class IntermediateCatchEvent(Element):
    """bpmn:intermediateCatchEvent of a timer or message."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.subscription: TimerSubscription | MessageSubscription | None = subscription(node)
        self.output_mappings = Mappings(node.outputs)

    def work(self, token: Token) -> bool:
        """Subscribe."""
        assert self.subscription is not None
        self.subscription.open(token, self.subscription.evaluate(token))  # type: ignore[arg-type]
        return False

    def leave(self, token: Token) -> None:
        """Output mappings."""
        hand_up(token, self.output_mappings)

    def fire(self, token: Token, repetitions: int) -> None:
        """The time has come."""
        if not isinstance(self.subscription, TimerSubscription):
            return super().fire(token, repetitions)
        return self._caught(token, {})

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message arrived."""
        if not isinstance(self.subscription, MessageSubscription):
            return super().correlate(token, variables)
        return self._caught(token, variables)

    def _caught(self, token: Token, payload: Mapping[str, Json]) -> None:
        token.workflow.close_waits(token)
        close_race(token)
        receive(token, payload, self.output_mappings)
        self.finish(token)
