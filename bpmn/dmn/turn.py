"""One evaluation going on: what a compiled piece of logic is, and what all pieces of one evaluation share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bpmn.feel.run import Run

Value = Any
CALL_DEPTH = 8_000  # frames of Python; a call in a model takes about eight, so up to a thousand calls within calls
Variables = Mapping[str, Value]


class Turn:
    """The clock and the budget of an evaluation. Raised limits are `EvaluationError`."""

    __slots__ = ("now", "run")

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.run = Run(now)


Evaluate = Callable[[Variables, Turn], Value]


def allow_deep_calls() -> None:
    """Give functions that call themselves room. It holds for the whole process, and is never taken back: another
    thread may be using it."""
    if sys.getrecursionlimit() < CALL_DEPTH:
        sys.setrecursionlimit(CALL_DEPTH)
