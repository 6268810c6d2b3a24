"""Intermediate catch events: the flow waits for a time, a message or a signal (BPMN 2.0.2, 10.5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.runtime.elements.catching import CatchingEvent
from engine.runtime.elements.event_based_gateway import close_race, is_begun
from engine.runtime.elements.variables import receive

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


class IntermediateCatchEvent(CatchingEvent):
    """bpmn:intermediateCatchEvent of a timer, message or signal."""

    def work(self, token: Token) -> bool:
        """Subscribe; what began the instance is here already."""
        if is_begun(token):
            return True
        assert self.subscription is not None
        self.subscription.open(token, self.subscription.evaluate(token))  # type: ignore[arg-type]
        return False

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """What it waited for came: go on."""
        token.workflow.close_waits(token)
        close_race(token)
        receive(token, payload, self.output_mappings)
        self.finish(token)
