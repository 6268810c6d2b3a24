"""Service and send tasks: a job for a worker, or a Camunda 7 expression evaluated on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode, Kind
from engine.runtime.elements.activity import Activity
from engine.runtime.elements.base import WORK
from engine.runtime.elements.job_work import JobWork
from engine.runtime.elements.variables import hand_up, keep, receive
from engine.runtime.elements.waits import MessageSubscription
from engine.runtime.formulas import formula

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
DONE = "done"  # in the memo of a triggerable task: its own work is over


class ServiceTask(Activity):
    """bpmn:serviceTask, and with another name bpmn:sendTask."""

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self.job = JobWork(node.job, node) if node.job else None
        self._expression = formula(node.expression)
        is_triggerable = node.kind is Kind.SERVICE_TASK and node.message is not None
        self._trigger = MessageSubscription(node.message) if is_triggerable and node.message else None

    def work(self, token: Token) -> bool:
        """Create the job, or evaluate the expression; then wait for the trigger of a triggerable task."""
        if DONE in token.memo:
            return self._wait_for_trigger(token)
        if self.job is not None:
            self.job.open(token)
            return False
        if self._expression is not None:
            value = self._expression.value(token)
            if self.node.result_variable:
                self.take_result(token, {self.node.result_variable: value})
        return self._trigger is None or self._wait_for_trigger(token)

    def _wait_for_trigger(self, token: Token) -> bool:
        """Activiti and Flowable let a triggerable task wait once its work is done."""
        assert self._trigger is not None
        token.memo[DONE] = True
        self._trigger.open(token, self._trigger.evaluate(token))
        return False

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The trigger has come."""
        if self._trigger is None or DONE not in token.memo:
            return super().correlate(token, variables)
        return self.complete_with(token, self._trigger.taken(token, variables))

    def take_result(self, token: Token, result: Mapping[str, Json]) -> None:
        """What an expression or script gave, under its name."""
        if self.node.results_stay:
            keep(token, result)
        else:
            receive(token, result, self.output_mappings)

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """A worker is done."""
        if self.job is None or DONE in token.memo:
            return super().complete_work(token, variables)
        is_taken = self.job.take_in(token, variables)
        if self._trigger is not None:
            return self._go_on_waiting(token, {} if is_taken else variables)
        return self.finish(token) if is_taken else self.complete_with(token, variables)

    def _go_on_waiting(self, token: Token, variables: Mapping[str, Json]) -> None:
        token.workflow.close_waits(token)
        receive(token, variables, self.output_mappings)
        token.memo.update({DONE: True, "phase": WORK})
        token._set_state(TaskState.READY)
        token.run()

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
