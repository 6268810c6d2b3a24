"""Answers that wait for something: looked for at growing intervals, until it is there or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from api.context import engine
from api.keyed import is_keyed
from engine.store.wakeups import JOBS

T = TypeVar("T")
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.01, 0.25


def waited_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """What `look` finds within so many seconds; None when it found nothing. A new job wakes it.

    Under an idempotency key it looks once: the request is one transaction, which sees nothing of what others do.
    """
    until, pause, wakeups = time.monotonic() + seconds, _SHORTEST_SECONDS, engine().store.wakeups
    while True:
        mark = wakeups.mark((JOBS,))
        found = look()
        left = until - time.monotonic()
        if found or left <= 0 or is_keyed():
            return found
        wakeups.wait((JOBS,), mark, min(pause, left))
        pause = min(pause * 2, _LONGEST_SECONDS)
