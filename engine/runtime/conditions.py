"""Conditional events of one instance: who waits for which variables, and who goes on when one of them changes.

Asked when the scope of the event opens, and whenever a variable that the condition reads is written where the event
sees it (zeebe-extensions §8): from the outermost scope inwards, each once for everything that one move wrote. A process
without conditional events has none of this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from engine.runtime.scopes import Write

if TYPE_CHECKING:
    from engine.runtime.elements.catching import CatchingEvent
    from engine.runtime.elements.condition_event import ConditionSubscription
    from engine.runtime.process import Process
    from engine.runtime.tokens import Token


# A scope and a name of a variable in it; None: any of them.
Place = tuple[int, str | None]


class Conditions:
    """The conditional events that wait. `writes` is where the scopes note what is written.

    They stand in an index by where they would see a write, so that one costs no more than those that it concerns.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._writes: list[Write] = []
        self._judged = 0  # how many writes there were before those
        process.scopes.writes = self._writes
        # The token of each event, with how much had been written when it began to wait: older writes do not count.
        self._waiting: dict[int, int] = {}
        self._places: dict[Place, dict[int, None]] = {}
        self._met: deque[Token] = deque()

    def thawed(self) -> None:
        """Find who waits in a stored instance."""
        watched = self._process.definition.watched
        for token in self._process.tasks.values():
            if token.task_spec.name in watched and token.is_waiting:
                self._enlist(token)

    def wait(self, token: Token, *, is_met: bool) -> None:
        """The event waits from here on; met already, it goes on as soon as this move is over."""
        self._enlist(token)
        if is_met:
            self._met.append(token)

    def look(self) -> None:
        """A move is over: let those go on whose condition it made true."""
        if self._writes:
            self._judge()
        while self._met:
            token = self._met.popleft()
            if self._still_waits(token):
                cast("CatchingEvent", token.task_spec).triggered(token, {})

    def _enlist(self, token: Token) -> None:
        self._waiting[token.id] = self._judged + len(self._writes)
        for place in self._seen_by(token):
            self._places.setdefault(place, {})[token.id] = None

    def _strike(self, key: int, place: Place) -> None:
        """Who waited there is over."""
        here = self._places[place]
        here.pop(key, None)
        if not here:
            del self._places[place]

    def _seen_by(self, token: Token) -> Iterator[Place]:
        """Every place whose writes the condition of this token is to look again for."""
        names = _condition(token).names
        for scope in _upwards(_outlook(token)):
            yield from ((scope, name) for name in names or (None,))

    def _judge(self) -> None:
        touched = {}
        for number, write in enumerate(self._writes, self._judged):
            for place in ((write.scope, write.name), (write.scope, None)):
                for token in self._waiting_at(place):
                    if number >= self._waiting[token.id] and _condition(token).hears(write.event):
                        touched[token.id] = token
        self._judged += len(self._writes)
        self._writes.clear()
        for token in sorted(touched.values(), key=lambda one: (_depth(one), one.id)):
            seen_from = _outlook(token)
            if seen_from is not None and _condition(token).is_met(seen_from):
                self._met.append(token)

    def _waiting_at(self, place: Place) -> list[Token]:
        tasks, found = self._process.tasks, []
        for key in tuple(self._places.get(place, ())):
            token = tasks.get(key)
            if token is not None and self._still_waits(token):
                found.append(token)
            else:
                self._strike(key, place)
        return found

    def _still_waits(self, token: Token) -> bool:
        return token.id in self._process.tasks and token.is_waiting


def _condition(token: Token) -> ConditionSubscription:
    return cast("ConditionSubscription", cast("CatchingEvent", token.task_spec).subscription)


def _outlook(token: Token) -> Token | None:
    """From where the condition of a waiting token is seen."""
    return cast("CatchingEvent", token.task_spec).outlook(token)


def _depth(token: Token) -> int:
    return sum(1 for _ in _upwards(token))


def _upwards(token: Token | None) -> Iterator[int]:
    while token is not None:
        yield token.id
        token = token.parent
