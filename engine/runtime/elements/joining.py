"""What gateways that wait for several flows have in common: one waiting token per scope counts arrivals per flow.

A flow may bring several tokens; passing takes one of each, and what is left waits as the next round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.runtime.elements.base import Element, Renaming
from engine.runtime.elements.catching import new_token

if TYPE_CHECKING:
    from bpmn.model import FlowNode
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

ARRIVED = "arrived"  # in the memo of a waiting token: flow id to the number of tokens that came along it
_JOINS = "joins"  # in the memo of a scope: gateway id to the key of its waiting token


class Joining(Element):
    """A gateway that may wait. `counts` is False where one incoming flow leaves nothing to wait for."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.counts = len(self.incoming) > 1

    def arrive(self, scope: Token, flow_id: str) -> None:
        """Count the arrival, and let the gateway judge."""
        if not self.counts:
            return super().arrive(scope, flow_id)
        join = self.waiting(scope)
        arrived = join.memo[ARRIVED]
        arrived[flow_id] = arrived.get(flow_id, 0) + 1
        return self.arrived(join)

    def arrived(self, join: Token) -> None:
        """A token came to the waiting one."""
        raise NotImplementedError

    def missing(self, join: Token) -> list[str]:
        """The flows that a waiting token still wants one of."""
        arrived = join.memo.get(ARRIVED, {})
        return [flow for flow in self.incoming if flow not in arrived]

    def waiting(self, scope: Token) -> Token:
        """The token that waits here, made when the first one comes."""
        joins = scope.memo.setdefault(_JOINS, {})
        if self.id not in joins:
            token = new_token(self, scope)
            token._set_state(TaskState.WAITING)
            token.memo[ARRIVED] = {}
            joins[self.id] = token.id
        return scope.workflow.tasks[joins[self.id]]

    def let_pass(self, join: Token, *, everything: bool = False) -> None:
        """Let the waiting token run; tokens beyond one per flow wait for the next round, unless it takes everything."""
        arrived = join.memo.pop(ARRIVED)
        scope = join.scope
        self.forget(join)
        scope.workflow.ready(join)
        surplus = {} if everything else {flow: count - 1 for flow, count in arrived.items() if count > 1}
        if surplus:
            self.wait_with(scope, surplus)

    def wait_with(self, scope: Token, arrived: dict[str, int]) -> Token:
        """A new round, into which these tokens have come already."""
        join = self.waiting(scope)
        join.memo[ARRIVED] = arrived
        return join

    def forget(self, join: Token) -> None:
        """This token does not wait any more."""
        joins = join.scope.memo.get(_JOINS, {})
        if joins.get(self.id) == join.id:
            del joins[self.id]
            if not joins:
                del join.scope.memo[_JOINS]

    def cannot_carry_over(self, token: Token, renaming: Renaming) -> Iterator[str]:
        """A flow along which a token came must lead here still."""
        for flow in token.memo.get(ARRIVED, ()):
            if renaming.flow(flow) not in self.incoming:
                yield f"A token waits at '{self.id}' that came along '{flow}', which the new version does not have."

    def carry_over(self, token: Token, renaming: Renaming) -> None:
        """The arrivals, by the new names of their flows; whether they are enough is judged anew."""
        super().carry_over(token, renaming)
        if ARRIVED in token.memo:
            token.memo[ARRIVED] = {renaming.flow(flow): count for flow, count in token.memo[ARRIVED].items()}
            self.arrived(token)

    def _on_cancel(self, my_task: Token) -> None:
        self.forget(my_task)
        super()._on_cancel(my_task)
