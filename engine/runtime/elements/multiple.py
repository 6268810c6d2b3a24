"""Events with several triggers: any of them is the event, or all of them together are (BPMN 2.0.2, 10.5.1).

Each trigger is an element of its own, with the id of the event and a name of its own (`id`, `id#2`, `id#3` ...), so it
waits, repeats and is answered like an event with that trigger alone. Where any will do, nothing more is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bpmn.model import FlowNode
from engine.runtime.elements.boundary_event import BoundaryEvent
from engine.runtime.elements.catch_event import IntermediateCatchEvent
from engine.runtime.elements.catching import WatchingEvent, close_events, forget, watch
from engine.runtime.elements.event_based_gateway import is_begun
from engine.runtime.elements.event_sub_process import EventSubProcessStart
from engine.runtime.elements.scopes import WATCHES
from engine.runtime.elements.waits import TimerSubscription

if TYPE_CHECKING:
    from engine.runtime.definition import Definition
    from engine.runtime.tokens import Token

Json = Any
E = TypeVar("E", bound=WatchingEvent)

# In the memo of a trigger's token where all are needed: as which one it came, and what it waits for in the next round.
CAME, WAIT = "came", "wait"


class AllOf(WatchingEvent):
    """One of several triggers that are all needed. What came first waits with its variables for the others."""

    def attach(self, host: Token, wait: Any) -> None:
        """Wait for it; one that may come again remembers for what, so that the next round cannot fail."""
        super().attach(host, wait)
        if not self.interrupts and not isinstance(self.subscription, TimerSubscription):
            host.workflow.tasks[host.memo[self.register][-1]].memo[WAIT] = wait

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """Remember it, or, as the last one, be the event."""
        host = self.host_of(token)
        if CAME in token.memo or host is None:
            return  # a condition may become true more than once
        others = [one for one in self._round(host) if one is not token]
        self._came(token, repetitions, nth=sum(CAME in one.memo for one in others))
        if all(CAME in one.memo for one in others):
            super().triggered(token, _gathered(others, payload), repetitions)
        else:
            token.workflow.scopes.set_local(token.id, payload)

    def wait_again(self, token: Token, repetitions: int) -> None:
        """The next round begins for all, or for none when one of them cannot come again."""
        host = self.host_of(token)
        parts = self._round(host) if host is not None else []
        goes_on = all(WAIT in one.memo for one in parts)
        for one in parts:
            if goes_on:
                _again(one)
            else:
                self.detach(one)

    def _came(self, token: Token, repetitions: int, nth: int) -> None:
        if isinstance(self.subscription, TimerSubscription) and not self.interrupts:
            turn = self.subscription.next_turn(token, repetitions)
            if turn is not None:
                token.memo[WAIT] = [turn[0].timestamp(), turn[1]]
        token.memo[CAME] = nth
        token.workflow.close_waits(token)

    def _round(self, host: Token) -> list[Token]:
        """The tokens of all triggers of this event at `host`."""
        tasks = host.workflow.tasks
        found = (tasks[key] for key in host.memo.get(self.register, ()))
        return [one for one in found if one.task_spec.id == self.id]


def _gathered(others: Iterable[Token], payload: Mapping[str, Json]) -> dict[str, Json]:
    """What all of them brought, in the order in which they came: a later value hides an earlier one."""
    values: dict[str, Json] = {}
    for one in sorted(others, key=lambda token: token.memo[CAME]):
        scopes = one.workflow.scopes
        values.update(scopes.local(one.id))
        scopes.drop(one.id)
    return {**values, **payload}


def _again(token: Token) -> None:
    event = token.task_spec
    assert isinstance(event, AllOf)
    del token.memo[CAME]
    if isinstance(event.subscription, TimerSubscription):
        due, repetitions = token.memo.pop(WAIT)
        event.subscription.open(token, (datetime.fromtimestamp(due, UTC), repetitions))
    elif event.subscription is not None:
        wait = token.memo[WAIT]
        # A condition that is true already has to become true again.
        event.subscription.open(token, False if isinstance(wait, bool) else wait)  # type: ignore[arg-type]


class ParallelBoundaryEvent(AllOf, BoundaryEvent):
    """One trigger of a bpmn:boundaryEvent that needs all of its triggers."""

    def interrupt(self, token: Token, payload: Mapping[str, Json]) -> None:
        """The token goes on as the event: it is no part of a round any more."""
        token.memo.pop(CAME, None)
        super().interrupt(token, payload)


class ParallelStart(AllOf, EventSubProcessStart):
    """One trigger of an event sub-process that begins when all of them have come."""


class Trigger(WatchingEvent):
    """One trigger of an intermediate catch event, which is its host."""

    register = WATCHES

    def place(self, host: Token) -> Token:
        """In the event itself."""
        return host

    def host_of(self, token: Token) -> Token | None:
        return token.parent

    def waits_beside(self, token: Token) -> bool:
        return True

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """It is what the event waited for."""
        host = token.scope
        assert isinstance(host.task_spec, MultipleCatchEvent)
        host.task_spec.triggered(host, payload)

    def _on_cancel(self, my_task: Token) -> None:
        if my_task.parent is not None:
            forget(my_task.parent, WATCHES, my_task.id)
        super()._on_cancel(my_task)


class ParallelTrigger(AllOf, Trigger):
    """One trigger of an intermediate catch event that needs all of them."""


class MultipleCatchEvent(IntermediateCatchEvent):
    """bpmn:intermediateCatchEvent with several triggers, each waiting as a token in it."""

    def __init__(self, definition: Definition, node: FlowNode) -> None:
        super().__init__(definition, node)
        self.subscription = None
        kind = ParallelTrigger if node.parallel_multiple else Trigger
        self.triggers = [kind(definition, part, f"{node.id}#{nth}") for nth, part in enumerate(parts(node), 1)]

    def work(self, token: Token) -> bool:
        """Wait for all of them; what began the instance is here already."""
        if is_begun(token):
            return True
        watch(token, self.triggers)
        return False

    def triggered(self, token: Token, payload: Mapping[str, Json], repetitions: int = 0) -> None:
        """What it waited for came: nothing else is waited for."""
        close_events(token, WATCHES)
        super().triggered(token, payload, repetitions)


def parts(node: FlowNode) -> list[FlowNode]:
    """The node once for each of its triggers, with that trigger alone."""
    return [replace(node, events=(event,)) for event in node.events]


def one_per_trigger(kind: Callable[[Definition, FlowNode, str], E], definition: Definition, node: FlowNode) -> E:
    """An element for each trigger of an event; the first, which has the name of the event, knows the others."""
    first, *others = [
        kind(definition, part, f"{node.id}#{nth}" if nth > 1 else "") for nth, part in enumerate(parts(node), 1)
    ]
    first.others = tuple(others)
    return first
