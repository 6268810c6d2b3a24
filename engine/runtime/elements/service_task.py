"""Service and send tasks: a job for a worker, or a Camunda 7 expression evaluated on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.job_work import JobWork
from engine.runtime.elements.variables import hand_up, keep, receive
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any


class ServiceTask(Activity):
    """bpmn:serviceTask, and with another name bpmn:sendTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self.job = JobWork(node.job, node) if node.job else None
        self._expression = formula(node.expression)

    def work(self, token: Token) -> bool:
        """Create the job, or evaluate the expression."""
        if self.job is not None:
            self.job.open(token)
            return False
        if self._expression is not None:
            value = self._expression.value(token)
            if self.node.result_variable:
                self.take_result(token, {self.node.result_variable: value})
        return True

    def take_result(self, token: Token, result: Mapping[str, Json]) -> None:
        """What an expression or script gave, under its name."""
        if self.node.results_stay:
            keep(token, result)
        else:
            receive(token, result, self.output_mappings)

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """A worker is done."""
        if self.job is None:
            return super().complete_work(token, variables)
        if self.job.take_in(token, variables):
            return self.finish(token)
        return self.complete_with(token, variables)

    def leave(self, token: Token) -> None:
        """A connector's output parameters, then the element's own."""
        if self.job is not None:
            hand_up(token, self.job.outputs)
        super().leave(token)


class SendTask(ServiceTask):
    """bpmn:sendTask. Without a job it sends along its message flows (standard BPMN)."""

    def work(self, token: Token) -> bool:
        """Send."""
        for sending in self.definition.sendings.get(self.id, ()):
            sending.send(token)
        return super().work(token)
