"""Parallel gateways: wait for one token of every incoming flow, then go all ways (BPMN 2.0.2, 13.4.1).

A join that is not complete is one waiting token that counts arrivals per flow, so a surplus token waits for the next
round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.runtime.elements.base import Element, Flow
from engine.runtime.elements.boundary_event import new_token

if TYPE_CHECKING:
    from engine.runtime.tokens import Token


class ParallelGateway(Element):
    """bpmn:parallelGateway."""

    def arrive(self, scope: Token, flow_id: str) -> None:
        """Count the arrival; the last one missing lets the gateway run."""
        if len(self.incoming) <= 1:
            return super().arrive(scope, flow_id)
        join = self._join(scope)
        arrived = join.memo["arrived"]
        arrived[flow_id] = arrived.get(flow_id, 0) + 1
        if len(arrived) == len(self.incoming):
            self._pass(scope, join)
        return None

    def choose(self, token: Token) -> tuple[Flow, ...]:
        """All flows: conditions behind a parallel gateway mean nothing (BPMN 2.0.2, 13.4.1)."""
        return self.flows

    def missing(self, token: Token) -> list[str]:
        """The flows that a waiting join still lacks."""
        arrived = token.memo.get("arrived", {})
        return [flow for flow in self.incoming if flow not in arrived]

    def _join(self, scope: Token) -> Token:
        joins = scope.memo.setdefault("joins", {})
        process = scope.workflow
        if self.id not in joins:
            token = new_token(self, scope)
            token._set_state(TaskState.WAITING)
            token.memo["arrived"] = {}
            joins[self.id] = token.id
        return process.tasks[joins[self.id]]

    def _pass(self, scope: Token, join: Token) -> None:
        surplus = {flow: count - 1 for flow, count in join.memo.pop("arrived").items() if count > 1}
        del scope.memo["joins"][self.id]
        if not scope.memo["joins"]:
            del scope.memo["joins"]
        scope.workflow.ready(join)
        if surplus:
            self._join(scope).memo["arrived"] = surplus
