"""Conditional events of one instance: who waits for which variables, and who goes on when one of them changes.

Asked when the scope of the event opens, and whenever a variable that the condition reads is written where the event
sees it (zeebe-extensions §8): from the outermost scope inwards, each once for everything that one move wrote. A process
without conditional events has none of this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from engine.runtime.scopes import Write

if TYPE_CHECKING:
    from engine.runtime.elements.catching import CatchingEvent
    from engine.runtime.elements.condition_event import ConditionSubscription
    from engine.runtime.process import Process
    from engine.runtime.tokens import Token


class Conditions:
    """The conditional events that wait. `writes` is where the scopes note what is written."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._writes: list[Write] = []
        process.scopes.writes = self._writes
        # The token of each event, with how much had been written when it began to wait: older writes do not count.
        self._waiting: dict[int, int] = {}
        self._met: deque[Token] = deque()

    def thawed(self) -> None:
        """Find who waits in a stored instance."""
        watched = self._process.definition.watched
        for key, token in self._process.tasks.items():
            if token.task_spec.name in watched and token.is_waiting:
                self._waiting[key] = 0

    def wait(self, token: Token, *, is_met: bool) -> None:
        """The event waits from here on; met already, it goes on as soon as this move is over."""
        self._waiting[token.id] = len(self._writes)
        if is_met:
            self._met.append(token)

    def look(self) -> None:
        """A move is over: let those go on whose condition it made true."""
        if self._writes:
            self._judge()
        while self._met:
            token = self._met.popleft()
            if self._still_waits(token.id):
                cast("CatchingEvent", token.task_spec).triggered(token, {})

    def _judge(self) -> None:
        writes = tuple(self._writes)
        self._writes.clear()
        touched = []
        for key, since in list(self._waiting.items()):
            if not self._still_waits(key):
                del self._waiting[key]
                continue
            self._waiting[key] = 0
            event = cast("CatchingEvent", self._process.tasks[key].task_spec)
            condition = cast("ConditionSubscription", event.subscription)
            if any(condition.is_touched_by(write) for write in writes[since:]):
                touched.append((self._depth(key), key, since))
        for _, key, since in sorted(touched):
            token = self._process.tasks[key]
            if _is_met(token, writes[since:]):
                self._met.append(token)

    def _still_waits(self, key: int) -> bool:
        token = self._process.tasks.get(key)
        return token is not None and token.is_waiting

    def _depth(self, key: int) -> int:
        return sum(1 for _ in _upwards(self._process.tasks.get(key)))


def _is_met(token: Token, writes: Sequence[Write]) -> bool:
    """Whether its condition is true, and one of the writes is for it and where it is seen."""
    event = cast("CatchingEvent", token.task_spec)
    condition = cast("ConditionSubscription", event.subscription)
    place = event.outlook(token)
    if place is None:
        return False
    seen = set(_upwards(place))
    return any(write.scope in seen and condition.is_touched_by(write) for write in writes) and condition.is_met(place)


def _upwards(token: Token | None) -> Iterator[int]:
    while token is not None:
        yield token.id
        token = token.parent
