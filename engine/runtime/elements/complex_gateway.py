"""Complex gateways: start when a condition over what has come holds, then wait for the rest (BPMN 2.0.2, 13.4.5).

A gateway goes through two phases. Waiting for start, each arrival evaluates the activation condition; when it holds,
one token of each flow that has some goes on as one. Waiting for reset, it takes what still comes by the other flows,
as an inclusive gateway would wait for it, and then evaluates its ways out once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.awaiting import Awaiting
from engine.runtime.elements.base import WORK, Flow, Renaming
from engine.runtime.elements.conditions import no_way, true_flows
from engine.runtime.elements.joining import ARRIVED
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

# In the memo: the flows that the start consumed from, while waiting for reset; and that a token passes as a reset.
_CONSUMED, _RESETS = "consumed", "resets"
_AT_START, _AT_RESET = {"waitingForStart": True}, {"waitingForStart": False}


class ComplexGateway(Awaiting):
    """bpmn:complexGateway. Conditions see `activationCount` and `waitingForStart`, its attributes in the standard."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self._activation = formula(node.activation_condition)
        self.counts = self.counts or self._activation is not None

    def arrived(self, join: Token) -> None:
        """Waiting for start, judge the arrival when the gateway's turn comes; waiting for reset, look what is left."""
        if _CONSUMED in join.memo:
            super().arrived(join)
        elif not join.has_incident:
            if join.opened:
                join.memo["phase"] = WORK
            join.workflow.ready(join)

    def work(self, token: Token) -> bool:
        """Start when the activation condition holds; whoever passes already does."""
        if ARRIVED not in token.memo:
            return True
        if not self._holds(token):
            return False
        self._start(token)
        return True

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """The flows whose condition holds, else the default. A reset may choose none, and no unconditional one."""
        resets = bool(token.memo.get(_RESETS))
        chosen = true_flows(self, token, _AT_RESET if resets else _AT_START)
        if resets:
            chosen = tuple(flow for flow in chosen if flow.id in self.definition.conditions)
        chosen = chosen or self.default_flow
        if not chosen and self.flows and not resets:
            raise no_way(self)
        return chosen

    def is_watched(self, token: Token) -> bool:
        """Only what waits for reset."""
        return super().is_watched(token) and _CONSUMED in token.memo

    def satisfied(self, join: Token) -> list[str]:
        """Nothing more is wanted from flows that the start consumed from."""
        return [*super().satisfied(join), *join.memo.get(_CONSUMED, ())]

    def awaited(self, join: Token) -> int:
        """Waiting for start, whatever may come; waiting for reset, as an inclusive gateway."""
        filled = self._bits(self.satisfied(join))
        return self._coming(join, filled if _CONSUMED in join.memo else 0) & ~filled

    def reconsider(self, join: Token) -> None:
        """Reset when nothing more can come."""
        if not self.awaited(join):
            self._reset(join)

    def carry_over(self, token: Token, renaming: Renaming) -> None:
        """The flows that the start consumed from, by their new names."""
        if _CONSUMED in token.memo:
            token.memo[_CONSUMED] = [renaming.flow(flow) for flow in token.memo[_CONSUMED]]
        super().carry_over(token, renaming)

    def _holds(self, join: Token) -> bool:
        if self._activation is None:
            return True
        count = sum(join.memo[ARRIVED].values())
        extra: dict[str, Any] = {"activationCount": count, **_AT_START}
        return self._activation.boolean(join, extra)

    def _start(self, join: Token) -> None:
        scope, arrived = join.scope, join.memo.pop(ARRIVED)
        self.forget(join)
        if len(arrived) == len(self.incoming):  # nothing is left to wait for: the reset would consume nothing
            self._begin(scope, _beyond(arrived))
            return
        rest = self.waiting(scope)
        rest.memo.update({ARRIVED: _beyond(arrived), _CONSUMED: list(arrived)})
        scope.workflow.joins.watch(rest)

    def _reset(self, join: Token) -> None:
        consumed, arrived = join.memo.pop(_CONSUMED), join.memo.pop(ARRIVED)
        late = {flow: count for flow, count in arrived.items() if flow not in consumed}
        left = {flow: count for flow, count in arrived.items() if flow in consumed} | _beyond(late)
        scope = join.scope
        self.forget(join)
        self._begin(scope, left)
        if late:
            join.memo[_RESETS] = True
            join.workflow.ready(join)
        else:  # nothing came late, so nothing goes on
            join.cancel()

    def _begin(self, scope: Token, arrived: dict[str, int]) -> None:
        """The next round, waiting for start."""
        if arrived:
            join = self.waiting(scope)
            join.memo[ARRIVED] = arrived
            scope.workflow.ready(join)


def _beyond(arrived: dict[str, int]) -> dict[str, int]:
    """What is left when one token of each flow is consumed."""
    return {flow: count - 1 for flow, count in arrived.items() if count > 1}
