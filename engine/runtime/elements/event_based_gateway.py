"""Event-based gateways: the first of several events decides the way (BPMN 2.0.2, 13.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.elements.base import Element, Flow

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


# In a memo: the id of the element whose event began the instance.
BEGUN = "begun"


class EventBasedGateway(Element):
    """bpmn:eventBasedGateway. Exclusive, its targets wait as tokens that know their gateway.

    One that begins the process has its first event already: exclusive, only that way is taken; parallel, the events of
    the others are waited for, too (BPMN 2.0.2, 10.6.6 and 13.2).
    """

    def _hears_flows(self) -> bool:
        # The events behind it wait without a flow having been taken: Camunda 7 calls no listener there.
        return False

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """All flows: the events choose (BPMN 2.0.2, 13.4.4). One event has chosen if it began the process."""
        begun = token.memo.get(BEGUN)
        if begun is None or self.node.parallel_multiple:
            return self.flows
        return tuple(flow for flow in self.flows if flow.target.id == begun)

    def take(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """A token waits at every target; each knows which flow it came by."""
        if BEGUN in token.memo:
            return self._begin(token, flows)
        racers = [(token.workflow.spawn(flow.target, token.scope), flow) for flow in flows]
        keys = [racer.id for racer, _ in racers]
        for racer, flow in racers:
            racer.memo["race"] = keys
            racer.memo["flow"] = flow.id
        return None

    def _begin(self, token: Token, flows: tuple[Flow, ...]) -> None:
        process = token.workflow
        for flow in flows:
            process.take(flow.id)
            target = process.spawn(flow.target, token.scope)
            if flow.target.id == token.memo[BEGUN]:
                target.memo[BEGUN] = flow.target.id


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


def is_begun(token: Token) -> bool:
    """Whether what this token would wait for began the instance; asked once."""
    return token.memo.pop(BEGUN, None) is not None
