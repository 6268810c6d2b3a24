"""One evaluation going on: what a compiled piece of logic is, and what all pieces of one evaluation share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bpmn.feel.run import Run

Value = Any
Variables = Mapping[str, Value]


class Turn:
    """The clock and the budget of an evaluation. Raised limits are `EvaluationError`."""

    __slots__ = ("now", "run")

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.run = Run(now)


Evaluate = Callable[[Variables, Turn], Value]
