"""Telling those who wait that there may be something for them, so that nobody has to look all the time.

A transaction announces a topic; when it has committed, whoever waits for it wakes: in the same process at once, in
others over the database's own means. PostgreSQL has LISTEN and NOTIFY; SQLite a number that grows with every commit. A
wake-up may be lost (a process that dies after its commit, a connection that breaks) and may be for nothing: it only
shortens a wait that would end anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Condition
from time import monotonic
from typing import Protocol

#: There is work to be claimed; a timer is due sooner than a scheduler may think; a signal waits to be delivered.
JOBS, TIMERS, SIGNALS = "jobs", "timers", "signals"
TOPICS = frozenset({JOBS, TIMERS, SIGNALS})


class Carrier(Protocol):
    """Brings wake-ups to other processes and theirs to this one."""

    def send(self, topics: Collection[str]) -> None:
        """Tell the others, soon; never blocks, never raises."""

    def listen(self) -> None:
        """Begin to bring what the others send, if it is not done yet."""

    def close(self) -> None:
        """Let go of connections and threads."""


class WakeUps:
    """One per store, shared by its threads. What is counted here is how often each topic was rung."""

    def __init__(self) -> None:
        self.carrier: Carrier | None = None
        self._changed = Condition()
        self._rung = dict.fromkeys(TOPICS, 0)
        self.is_ending = False

    def ring(self, topics: Collection[str]) -> None:
        """Wake those who wait for one of these topics, here and in other processes."""
        self.ring_here(topics)
        if self.carrier is not None:
            self.carrier.send(topics)

    def ring_here(self, topics: Collection[str]) -> None:
        """Wake those of this process."""
        with self._changed:
            for topic in topics:
                self._rung[topic] += 1
            self._changed.notify_all()

    def mark(self, topics: Iterable[str]) -> int:
        """How often these topics were rung so far; taken before looking for work, so that no ring is missed."""
        if self.carrier is not None:
            self.carrier.listen()
        with self._changed:
            return self._count(topics)

    def wait(self, topics: Collection[str], mark: int, seconds: float) -> bool:
        """Sleep until one of the topics is rung after the `mark`, `seconds` at most; whether one was."""
        until = monotonic() + seconds
        with self._changed:
            while self._count(topics) == mark:
                if (left := until - monotonic()) <= 0:
                    return False
                self._changed.wait(left)
        return True

    def end(self) -> None:
        """This process is told to end: who waits for more work need not wait any longer."""
        self.is_ending = True

    def close(self) -> None:
        """End what brings wake-ups from elsewhere."""
        if self.carrier is not None:
            self.carrier.close()

    def _count(self, topics: Iterable[str]) -> int:
        return sum(self._rung[topic] for topic in topics)
