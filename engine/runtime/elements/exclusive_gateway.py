"""Exclusive gateways: the first true condition in document order, else the default flow (BPMN 2.0.2, 13.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.base import Element, Flow
from engine.runtime.elements.conditions import no_way

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class ExclusiveGateway(Element):
    """bpmn:exclusiveGateway. A flow without condition that is not the default counts as true."""

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """The one flow to take; none when the gateway is an end."""
        conditions = self.definition.conditions
        default = None
        for flow in self.flows:
            if flow.id == self.node.default_flow:
                default = flow
            elif flow.id not in conditions or conditions[flow.id].boolean(token):
                return (flow,)
        if default is None and self.flows:
            raise no_way(self)
        return (default,) if default is not None else ()
