"""Parallel gateways: wait for one token of every incoming flow, then go all ways (BPMN 2.0.2, 13.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.base import Flow
from engine.runtime.elements.joining import ARRIVED, Joining

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class ParallelGateway(Joining):
    """bpmn:parallelGateway."""

    def arrived(self, join: Token) -> None:
        """The last flow that was missing lets the gateway run."""
        if len(join.memo[ARRIVED]) == len(self.incoming):
            self.let_pass(join)

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """All flows: conditions behind a parallel gateway mean nothing (BPMN 2.0.2, 13.4.1)."""
        return self.flows
