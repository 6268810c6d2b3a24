"""Boundary events: catch something beside a running activity (BPMN 2.0.2, 10.5.4 and 13.5.3).

Timers and messages wait beside the activity with a token of their own; errors are looked up when one is thrown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import EventKind, FlowNode
from engine.runtime.elements.base import LEAVE, START, Element
from engine.runtime.elements.variables import hand_up, receive
from engine.runtime.elements.waits import MessageSubscription, TimerSubscription, subscription
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
Subscribed = Any  # what a subscription's `evaluate` gave and its `open` takes


class BoundaryEvent(Element):
    """A boundary event. `host` is the element it is attached to."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.event = node.event
        self.output_mappings = Mappings(node.outputs)
        self.subscription: TimerSubscription | MessageSubscription | None = subscription(node)

    @property
    def waits_outside(self) -> bool:
        return self.subscription is not None

    def catches_error(self, code: str) -> bool | None:
        """None: not at all; True: exactly this code; False: as a catch-all."""
        if self.event.kind is not EventKind.ERROR:
            return None
        if self.event.error is None or self.event.error.code is None:
            return False
        return True if self.event.error.code.text == code else None

    def evaluate(self, host: Token) -> Subscribed:
        """What to wait for. Zeebe evaluates it in the scope around the activity."""
        assert self.subscription is not None
        return self.subscription.evaluate(host.scope)

    def attach(self, host: Token, wait: Subscribed) -> Token:
        """A token that waits beside `host`."""
        assert self.subscription is not None
        token = new_token(self, host.scope)
        token._set_state(TaskState.WAITING)
        token.memo["host"] = host.id
        self.subscription.open(token, wait)
        return token

    def fire(self, token: Token, repetitions: int) -> None:
        """The timer is due: interrupt the activity, or go on beside it and wait again."""
        if not isinstance(self.subscription, TimerSubscription):
            return super().fire(token, repetitions)
        if self.node.interrupting:
            return self.interrupt(token, {})
        self._go_beside(token, {})
        token.workflow.close_waits(token)
        if not self.subscription.repeat(token, repetitions):
            _detach(token)
        return None

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message arrived; a non-interrupting subscription stays open (zeebe-extensions §8)."""
        if not isinstance(self.subscription, MessageSubscription):
            super().correlate(token, variables)
        elif self.node.interrupting:
            self.interrupt(token, variables)
        else:
            self._go_beside(token, variables)

    def interrupt(self, token: Token, payload: Mapping[str, Json]) -> None:
        """End the activity and go on from here."""
        process = token.workflow
        process.close_waits(token)
        token.memo["fired"] = True
        host = process.tasks.get(token.memo["host"])
        if host is not None:
            host.cancel()
        self._go_on(token, payload)

    def catch_error(self, host: Token, code: str, message: str, variables: Mapping[str, Json]) -> None:
        """An error of the activity is caught here: its variables are local to this event (zeebe-extensions §3)."""
        process = host.workflow
        token = new_token(self, host.scope)
        token.memo["fired"] = True
        host.cancel()
        if process.definition.is_camunda7:
            process.scopes.merge(token, {**variables, **self._error_variables(code, message)})
        else:
            process.scopes.set_local(token.id, variables)
        self._leave(token)

    def leave(self, token: Token) -> None:
        """Output mappings."""
        hand_up(token, self.output_mappings)

    def _error_variables(self, code: str, message: str) -> dict[str, Json]:
        names = {self.event.code_variable: code, self.event.message_variable: message}
        return {name: value for name, value in names.items() if name}

    def _go_beside(self, waiting: Token, payload: Mapping[str, Json]) -> None:
        token = new_token(self, waiting.scope)
        token.memo["fired"] = True
        self._go_on(token, payload)

    def _go_on(self, token: Token, payload: Mapping[str, Json]) -> None:
        receive(token, payload, self.output_mappings)
        self._leave(token)

    def _leave(self, token: Token) -> None:
        token.memo["phase"] = START if START in self._plans else LEAVE
        token.workflow.ready(token)


def new_token(element: Element, scope: Token) -> Token:
    """A token of `element` that is not ready to run."""
    from engine.runtime.tokens import Token  # noqa: PLC0415 - tokens and elements know each other

    return Token(scope.workflow, element, scope, scope.workflow.services.next_key())


def _detach(token: Token) -> None:
    host = token.workflow.tasks.get(token.memo["host"])
    if host is not None:
        host.memo["boundaries"] = [key for key in host.memo.get("boundaries", ()) if key != token.id]
    token.cancel()
