"""What all events that wait for something outside have in common, wherever they stand.

A kind of event is a subscription in `waits.py` and the answer from outside that belongs to it; each answer leads to
`triggered`. Where the event stands (in the flow, on a border, at the start of an event sub-process) is a subclass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import EventKind, FlowNode
from engine.runtime.elements.base import ENTER, LEAVE, START, Element
from engine.runtime.elements.condition_event import ConditionSubscription
from engine.runtime.elements.throws import Throw
from engine.runtime.elements.variables import hand_up, keep
from engine.runtime.elements.waits import (
    MessageSubscription,
    SignalSubscription,
    Subscription,
    TimerSubscription,
    subscription,
)
from engine.runtime.mappings import Mappings

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
_ALWAYS_INTERRUPTING = frozenset({EventKind.ERROR, EventKind.CANCEL})
Subscribed = Any  # what a subscription's `evaluate` gave and its `open` takes


class CatchingEvent(Element):
    """An event that waits. `subscription` is None for kinds that nothing outside tells of (errors, escalations)."""

    others: tuple[CatchingEvent, ...] = ()  # for its other triggers; they go the same way

    def __init__(self, definition: Definition, node: FlowNode, name: str = "") -> None:
        super().__init__(definition, node, name)
        self.event = node.event
        self.output_mappings = Mappings(node.outputs)
        self._takes = Mappings(node.event.takes)
        self.subscription: Subscription | None = subscription(node.event, interrupting=node.interrupting)

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """What `token` waited for came, with its variables; `repetitions` are the turns left of a cycle."""
        raise NotImplementedError

    def outlook(self, token: Token) -> Token | None:
        """From where the condition that `token` waits for is seen; None when that is over."""
        return token

    def fire(self, token: Token, repetitions: int) -> None:
        """The time has come."""
        if not isinstance(self.subscription, TimerSubscription):
            return super().fire(token, repetitions)
        return self.triggered(token, {}, repetitions)

    def correlate(self, token: Token, variables: Mapping[str, Json]) -> None:
        """The message or signal arrived."""
        if not isinstance(self.subscription, MessageSubscription | SignalSubscription):
            return super().correlate(token, variables)
        if isinstance(self.subscription, MessageSubscription):
            variables = self.subscription.taken(token, variables)
        if self._takes:
            variables = self._takes.outputs(token, variables)
        return self.triggered(token, variables)

    def leave(self, token: Token) -> None:
        """Output mappings."""
        hand_up(token, self.output_mappings)


class WatchingEvent(CatchingEvent):
    """An event that a running scope or activity, its host, subscribes to when it opens and that goes when it ends.

    `register` is the name in the host's memo under which the waiting tokens stand.
    """

    register = ""

    @property
    def waits_outside(self) -> bool:
        return self.subscription is not None

    @property
    def interrupts(self) -> bool:
        """Whether it ends its host; an error and a cancel always do, however they are drawn (BPMN 2.0.2, 10.5.6)."""
        return self.node.interrupting or self.event.kind in _ALWAYS_INTERRUPTING

    def plan(self) -> None:
        """A visit is begun by the event itself: there is nothing to enter and nothing to wait for."""
        super().plan()
        if self.first_phase == ENTER:
            self.first_phase = START if START in self._plans else LEAVE

    def catches(self, throw: Throw) -> bool | None:
        """None: not at all; True: exactly this code; False: as a catch-all."""
        if self.event.kind is not throw.kind:
            return None
        thing = self.event.error if throw.kind is EventKind.ERROR else self.event.escalation
        if thing is None or thing.code is None:
            return False
        return True if thing.code.text == throw.code else None

    def catch(self, host: Token, throw: Throw) -> None:
        """What was thrown inside `host` is caught here."""
        raise NotImplementedError

    def caught_variables(self, throw: Throw, token: Token) -> dict[str, Json]:
        """What comes with it, and in Camunda 7 its code and message under the names that the event asks for."""
        names = {self.event.code_variable: throw.code, self.event.message_variable: throw.message}
        told = {name: value for name, value in names.items() if name}
        if self._takes:
            error = {**throw.variables, "errorCode": throw.code, "errorMessage": throw.message}
            told |= self._takes.outputs(token, error)
        if self.event.code_stays:
            keep(token, told)
            return {}
        return told if self.definition.is_relative else {**throw.variables, **told}

    def place(self, host: Token) -> Token:
        """The scope in which the event waits, and what it waits for is evaluated."""
        raise NotImplementedError

    def evaluate(self, host: Token) -> Subscribed:
        """What to wait for. May raise `Problem`, and then nothing has changed."""
        assert self.subscription is not None
        # A condition sees what the activity itself sees: its local variables are what often decides.
        sees_host = isinstance(self.subscription, ConditionSubscription)
        return self.subscription.evaluate(host if sees_host else self.place(host))

    def outlook(self, token: Token) -> Token | None:
        return self.host_of(token)

    def attach(self, host: Token, wait: Subscribed) -> None:
        """A token waits for it, beside or in `host`, until one of the two is over."""
        assert self.subscription is not None
        token = new_token(self, self.place(host))
        token._set_state(TaskState.WAITING)
        host.memo.setdefault(self.register, []).append(token.id)
        self._attached(token, host)
        self.subscription.open(token, wait)

    def wait_again(self, token: Token, repetitions: int) -> None:
        """The event interrupted nothing: go on waiting, or stop after the last turn of a cycle."""
        assert self.subscription is not None
        if not self.subscription.again(token, repetitions):
            self.detach(token)

    def detach(self, token: Token) -> None:
        """Stop waiting before the host is over."""
        host = self.host_of(token)
        if host is not None:
            forget(host, self.register, token.id)
        token.workflow.discard(token)

    def host_of(self, token: Token) -> Token | None:
        """The token of the host of a waiting token; None when it is over."""
        raise NotImplementedError

    def _attached(self, token: Token, host: Token) -> None:
        """Remember the host, where the tree does not say it."""


def open_events(host: Token) -> None:
    """Subscribe every event on the border and in the scope of `host`: all of them, or none when one fails."""
    watch(host, watched(host.task_spec))


def watched(element: Element) -> tuple[WatchingEvent, ...]:
    """The events on the border of an element and, when it is a scope, those that begin something inside."""
    return (*element.boundaries, *element.event_starts)


def watch(host: Token, events: Iterable[WatchingEvent]) -> None:
    """Subscribe these events of `host`: all of them, or none when one fails."""
    waits = [(event, event.evaluate(host)) for event in events if event.waits_outside]
    for event, wait in waits:
        event.attach(host, wait)


def close_events(host: Token, register: str) -> None:
    """What waited for `host` under that name waits no longer."""
    process = host.workflow
    for key in host.memo.pop(register, ()):
        if key in process.tasks:
            process.discard(process.tasks[key])


def forget(host: Token, register: str, key: int) -> None:
    """Strike one waiting token off the host's list."""
    left = [one for one in host.memo.get(register, ()) if one != key]
    if left:
        host.memo[register] = left
    else:
        host.memo.pop(register, None)


def new_token(element: Element, scope: Token, key: int = 0) -> Token:
    """A token of `element` that is not ready to run, with a key of its own unless it is given one."""
    from engine.runtime.tokens import Token  # noqa: PLC0415 - tokens and elements know each other

    return Token(scope.workflow, element, scope, key or scope.workflow.services.next_key())


def waits_for_condition(element: Element) -> bool:
    """Whether it is an event that waits for a condition over variables."""
    return isinstance(element, CatchingEvent) and isinstance(element.subscription, ConditionSubscription)
