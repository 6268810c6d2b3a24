"""Timers, messages and signals that a token waits for: evaluated first, opened afterwards.

Evaluating may fail and changes nothing; opening cannot fail. So an element with several subscriptions opens all or
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bpmn import timers
from bpmn.errors import EvaluationError
from bpmn.model import EventDefinition, EventKind, Message, Signal, Timer
from engine.runtime.conversations import conversation
from engine.runtime.elements.condition_event import ConditionSubscription
from engine.runtime.formulas import Formula, formula
from engine.runtime.mappings import Mappings
from engine.runtime.problem import EXTRACT_VALUE, Problem
from engine.step import MessageWait, SignalWait, TimerWait

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


class TimerSubscription:
    """A timer of an element."""

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self._formula = Formula(timer.value)
        self._end = formula(timer.end)

    def evaluate(self, scope: Token) -> tuple[datetime, int]:
        """When it is due, and how often again after that (-1: for ever)."""
        with self._explained():
            return timers.due(self.timer.kind, self._formula.raw(scope), scope.workflow.services.now)

    def open(self, token: Token, due: tuple[datetime, int]) -> None:
        """Wait until then."""
        due_at, repetitions = due
        if repetitions:
            token.memo["due"] = due_at.timestamp()
        token.workflow.wait(token, TimerWait(token.id, token.task_spec.id, due_at, repetitions))

    def again(self, token: Token, repetitions: int) -> bool:
        """After a turn that interrupted nothing: wait for the next turn of a cycle; False when there is none left."""
        turn = self.next_turn(token, repetitions)
        if turn is None:
            return False
        token.workflow.close_waits(token)
        self.open(token, turn)
        return True

    def next_turn(self, token: Token, repetitions: int) -> tuple[datetime, int] | None:
        """When the next turn of a cycle is due and how many follow it; None when there is none. May raise `Problem`."""
        if repetitions == 0:
            return None
        previous = datetime.fromtimestamp(token.memo["due"], UTC)
        with self._explained():
            end = self._end.raw(token.scope) if self._end else None
            value, now = self._formula.raw(token.scope), token.workflow.services.now
            due_at = timers.next_due(value, previous, now, end)
        if due_at is None:
            return None
        return due_at, repetitions - 1 if repetitions > 0 else timers.FOREVER

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except EvaluationError as error:
            raise Problem(EXTRACT_VALUE, f"The timer's {self.timer.kind.value} cannot be used: {error}") from error


class MessageSubscription:
    """A message that an element waits for."""

    def __init__(self, message: Message, *, interrupting: bool = True) -> None:
        assert message.name is not None
        self._name = Formula(message.name)
        self._key = Formula(message.correlation_key) if message.correlation_key else None
        self._takes = None if message.takes is None else Mappings(message.takes)
        self._interrupting = interrupting

    def evaluate(self, scope: Token) -> tuple[str, str | None]:
        """The message name and the correlation key; the key is None in Camunda 7."""
        return self._name.text(scope), None if self._key is None else self._key.text(scope)

    def open(self, token: Token, wait: tuple[str, str | None]) -> None:
        """Wait for it."""
        name, key = wait
        process, element = token.workflow, token.task_spec
        if key is None and element.id in process.definition.hearers:
            key = conversation(process)
        process.wait(token, MessageWait(token.id, element.id, name, key, self._interrupting))

    def taken(self, token: Token, variables: Mapping[str, Json]) -> Mapping[str, Json]:
        """What of the message's variables is taken."""
        return variables if self._takes is None else self._takes.outputs(token, variables)

    def again(self, token: Token, repetitions: int) -> bool:
        """A message that interrupted nothing leaves the subscription open (zeebe-extensions §8)."""
        return True


class SignalSubscription:
    """A signal that an element waits for."""

    def __init__(self, signal: Signal, *, interrupting: bool = True) -> None:
        assert signal.name is not None
        self._name = Formula(signal.name)
        self._interrupting = interrupting

    def evaluate(self, scope: Token) -> str:
        """The signal's name."""
        return self._name.text(scope)

    def open(self, token: Token, name: str) -> None:
        """Wait for it."""
        token.workflow.wait(token, SignalWait(token.id, token.task_spec.id, name, self._interrupting))

    def again(self, token: Token, repetitions: int) -> bool:
        """A signal that interrupted nothing leaves the subscription open."""
        return True


# What an event waits for outside of the instance: `evaluate` in a scope, `open` at a token, `again` after a turn.
Subscription = TimerSubscription | MessageSubscription | SignalSubscription | ConditionSubscription


def subscription(event: EventDefinition, *, interrupting: bool) -> Subscription | None:
    """What a trigger waits for outside of the instance; None for other kinds."""
    if event.kind is EventKind.TIMER and event.timer is not None:
        return TimerSubscription(event.timer)
    if event.kind is EventKind.MESSAGE and event.message is not None:
        return MessageSubscription(event.message, interrupting=interrupting)
    if event.kind is EventKind.SIGNAL and event.signal is not None:
        return SignalSubscription(event.signal, interrupting=interrupting)
    if event.kind is EventKind.CONDITIONAL and event.condition is not None:
        return ConditionSubscription(event, interrupting=interrupting)
    return None
