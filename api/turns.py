"""Whose request is worked on: so many at once, since more Python threads only wait for one another.

A request that waits for something to happen, for a job or for the end of an instance, does no work, so it gives its
turn back meanwhile. Otherwise a handful of idle workers would leave nobody else a turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from threading import Lock

from flask import request

from api.context import engine

#: Where a request finds the turns that it has one of (WSGI's environ).
TURNS = "baton.turns"
#: Requests that may wait beside those that are worked on. Each keeps a thread.
MOST_ASIDE = 256


class Turns:
    """So many at a time, in the order in which they came: nobody is overtaken, so nobody waits for long."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._aside = 0
        self._waiting: deque[Lock] = deque()
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        called.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def wait_aside(self, wait: Callable[[], object]) -> bool:
        """Give the turn back, wait, and queue again. False, and nothing is done, when too many wait already."""
        with self._lock:
            if self._aside >= MOST_ASIDE:
                return False
            self._aside += 1
        self.__exit__()
        try:
            wait()
        finally:
            with self._lock:
                self._aside -= 1
            self.__enter__()
        return True


def wait_aside(topics: Collection[str], mark: int, seconds: float) -> bool:
    """Wait for a bell (`engine.store.wakeups`) without keeping others from their turns.

    False, at once, when too many requests wait already: who asks should hear that there is nothing yet.
    """
    bell = engine().store.wakeups
    turns: Turns | None = request.environ.get(TURNS)
    if turns is not None:
        return turns.wait_aside(lambda: bell.wait(topics, mark, seconds))
    bell.wait(topics, mark, seconds)
    return True
