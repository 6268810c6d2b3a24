"""Answers that wait for something: looked for at growing intervals, until it is there or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from flask import g

from api.context import engine
from api.keyed import NotYet, is_keyed
from api.turns import wait_aside
from engine.store.wakeups import JOBS

T = TypeVar("T")
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.01, 0.25


def waited_for(look: Callable[[], T | None], seconds: float, *, until_the_end: bool = True) -> T | None:
    """What `look` finds within so many seconds; None when it found nothing. A new job wakes it.

    While it waits, others have its turn (`api.turns`); when too many wait already, it does not.
    Without `until_the_end` it stops waiting when the server is told to end: who asks for work can ask another server.

    Under an idempotency key the request is one transaction, which sees nothing of what others do and must not wait:
    each look is a transaction of its own then, taken back when it found nothing (`NotYet`).
    """
    until, pause, wakeups = time.monotonic() + seconds, _SHORTEST_SECONDS, engine().store.wakeups
    if is_keyed():
        until = g.setdefault("waits_until", until)
    while True:
        mark = wakeups.mark((JOBS,))
        found = look()
        left = until - time.monotonic() if until_the_end or not wakeups.is_ending else 0
        if found or left <= 0:
            return found
        if is_keyed():
            raise NotYet((JOBS,), mark, min(_LONGEST_SECONDS, left))
        if not wait_aside((JOBS,), mark, min(pause, left)):
            return None
        pause = min(pause * 2, _LONGEST_SECONDS)
