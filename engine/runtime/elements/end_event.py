"""End events: a flow ends; some end more than their flow (BPMN 2.0.2, 10.5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import FlowNode
from engine.runtime.elements.base import Element, Flow
from engine.runtime.elements.errors import throw_from
from engine.runtime.elements.job_work import JobWork
from engine.runtime.elements.publishing import PublishedMessage
from engine.runtime.elements.signals import signal_sender
from engine.runtime.elements.variables import hand_up, receive
from engine.runtime.formulas import Formula, formula
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any


class ThrowEvent(Element):
    """bpmn:intermediateThrowEvent: sends a signal at once, a message by a job or its message flow; else passes."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.input_mappings = Mappings(node.inputs)
        self.output_mappings = Mappings(node.outputs)
        job = node.job or node.event.job
        self._job = JobWork(job, node) if job else None
        self._expression = formula(node.event.expression)
        self._result_variable = node.event.result_variable
        self._publishing = [PublishedMessage(event) for event in node.events if event.publication is not None]
        self._signals = [sender for sender in map(signal_sender, node.events) if sender is not None]

    def enter(self, token: Token) -> None:
        """Input mappings."""
        if self.input_mappings:
            token.workflow.scopes.set_local(token.id, self.input_mappings.inputs(token))

    def work(self, token: Token) -> bool:
        """Send, where there is something to send."""
        for signal in self._signals:
            signal.send(token)
        for sending in self.definition.sendings.get(self.id, ()):
            sending.send(token)
        for publishing in self._publishing:
            publishing.send(token)
        if self._job is not None:
            self._job.open(token)
            return False
        if self._expression is not None:
            value = self._expression.value(token)
            if self._result_variable:
                receive(token, {self._result_variable: value}, self.output_mappings)
        return True

    def leave(self, token: Token) -> None:
        """A connector's output parameters, then the event's own mappings."""
        if self._job is not None:
            hand_up(token, self._job.outputs)
        hand_up(token, self.output_mappings)

    def complete_work(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message is sent; what the worker answered leaves only by mappings (zeebe-extensions §3)."""
        if self._job is None:
            return super().complete_work(token, variables)
        token.workflow.close_waits(token)
        if self._job.take_in(token, variables):
            pass
        elif token.workflow.definition.is_camunda7:
            receive(token, variables, self.output_mappings)
        else:
            token.workflow.scopes.set_local(token.id, variables)
        return self.finish(token)


class EndEvent(ThrowEvent):
    """bpmn:endEvent: none, message or signal."""

    def take(self, token: Token, flows: tuple[Flow, ...]) -> None:
        """No flow leaves an end event."""


class TerminateEndEvent(EndEvent):
    """Ends its scope at once: every other token in it is cancelled (BPMN 2.0.2, 10.5.6).

    In Activiti and Flowable it may end more (TerminateEndEventActivityBehavior): the process and all that called it, or
    the whole multi-instance around, all instances of it and none further; where there is none, its scope as ever.
    """

    def work(self, token: Token) -> bool:
        """End more than the scope, where that is asked for; this token has gone with it then."""
        around = self._ended_around(token)
        if around is None:
            return super().work(token)
        for inner in around.children:
            inner.cancel()
        return False

    def leave(self, token: Token) -> None:
        """Cancel the others; this token ends as usual, which ends the scope."""
        super().leave(token)
        for other in token.scope.children:
            if other is not token:
                other.cancel()

    def _ended_around(self, token: Token) -> Token | None:
        """What ends beyond the scope; None for the scope alone."""
        process, event = token.workflow, self.node.event
        if event.ends_everything:
            process.step.ends_callers = process.is_called
            return None if token.scope is process.root else process.root
        return _repetition_around(token) if event.ends_repetition else None


def _repetition_around(token: Token) -> Token | None:
    scope = token.parent
    while scope is not None and not scope.task_spec.is_body:
        scope = scope.parent
    return scope


class ErrorEndEvent(EndEvent):
    """Throws an error to the scopes around it. Uncaught: an incident, in Camunda 7 a plain end."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        error = node.event.error
        self._code = formula(error.code) if error else None
        self._message = formula(error.message) if error else None
        self._gives = Mappings(node.event.gives)

    def work(self, token: Token) -> bool:
        """Throw; when somebody catches it, this token is gone and nothing more happens here."""
        code = thrown_code(self._code, token)
        given = self._gives.inputs(token)
        message = given.pop("errorMessage", None) or (self._message.optional_text(token) if self._message else None)
        return not throw_from(token, code, str(message or ""), given)


def thrown_code(code: Formula | None, token: Token) -> str:
    """What a throw event says; "" for none. In Camunda 8 a code that is computed must be a text."""
    if code is None:
        return ""
    return (code.optional_text(token) or "") if token.workflow.definition.is_camunda7 else code.text(token)
