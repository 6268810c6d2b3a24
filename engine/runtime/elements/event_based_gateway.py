"""Event-based gateways: the first of several events decides the way (BPMN 2.0.2, 13.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.base import Element, Flow

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class EventBasedGateway(Element):
    """bpmn:eventBasedGateway, exclusive. Its targets wait as tokens that know their gateway."""

    def _hears_flows(self) -> bool:
        # The events behind it wait without a flow having been taken: Camunda 7 calls no listener there.
        return False

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """All flows: the events choose (BPMN 2.0.2, 13.4.4)."""
        return self.flows

    def take(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """A token waits at every target; each knows which flow it came by."""
        racers = [(token.workflow.spawn(flow.target, token.scope), flow) for flow in flows]
        keys = [racer.id for racer, _ in racers]
        for racer, flow in racers:
            racer.memo["race"] = keys
            racer.memo["flow"] = flow.id


def close_race(winner: Token) -> None:
    """The winner's event came first: the others stop waiting. Its flow is the one that counts as taken."""
    keys = winner.memo.pop("race", ())
    if not keys:
        return
    process = winner.workflow
    process.take(winner.memo.pop("flow"))
    for key in keys:
        if key != winner.id and key in process.tasks:
            process.tasks[key].cancel()
