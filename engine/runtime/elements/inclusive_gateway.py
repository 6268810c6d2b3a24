"""Inclusive gateways: every true condition is a way, and a join waits for what can still come (BPMN 2.0.2, 13.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.awaiting import Awaiting
from engine.runtime.elements.base import Flow
from engine.runtime.elements.conditions import no_way, true_flows

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class InclusiveGateway(Awaiting):
    """bpmn:inclusiveGateway. A flow without condition that is not the default counts as true."""

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """All flows whose condition holds, in document order; the default only when none does."""
        chosen = true_flows(self, token) or self.default_flow
        if not chosen and self.flows:
            raise no_way(self)
        return chosen
