"""One evaluation: what it may use up, what it has to say, and what time it is.

Nothing a person writes may keep the process busy or fill its memory, so loops and functions report every step here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn.errors import EvaluationError

MAXIMUM_WARNINGS = 50
_CHECK_EVERY = 4_000
_AT_ONCE = 2_000
_STEPS_PER_SECOND = 10_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may use. Passing one is an `EvaluationError`."""

    steps: int = 10_000_000  # turns of loops, filters and calls
    seconds: float = 0.7  # of processor time
    items: int = 2_000_000  # in one list or range
    characters: int = 1_000_000  # in one string
    regex_seconds: float = 0.25  # per search


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Warning:
    """Why some part became null. `column` counts from 1; 0 when unknown."""

    message: str
    column: int = 0


class Fault(Exception):
    """A function cannot answer: its result is null, with the message as a warning."""


class Course:
    """The state of one evaluation, with the usual limits and no clock of its own.

    What most evaluations never change stands in the class: making one is part of every evaluation's time.
    """

    now: datetime | None = None
    limits: Limits = LIMITS
    steps: int = LIMITS.steps
    warnings: Sequence[Warning] = ()
    _check: int = LIMITS.steps - _CHECK_EVERY
    _deadline: float = 0.0

    def warn(self, message: str, column: int = 0) -> None:
        """Note why something is null; only the first fifty are kept."""
        if len(self.warnings) < MAXIMUM_WARNINGS:
            self.warnings = (*self.warnings, Warning(message, column))

    def tick(self, count: int = 1) -> None:
        """Use up steps. Raises `EvaluationError` when there are none left or the time is over."""
        self.steps -= count
        if self.steps < self._check:
            self._look_at_the_clock()

    def stepping(self, items: Sequence[Any]) -> Iterator[Any]:
        """The items, with a step counted for each, in time to stop a long list half-way."""
        for start in range(0, len(items), _AT_ONCE):
            some = items[start : start + _AT_ONCE]
            self.tick(len(some))
            yield from some

    @staticmethod
    def stopwatch() -> float:
        """Start to measure something that may take long without counting steps itself; see `steps_since`."""
        return time.perf_counter()

    @staticmethod
    def steps_since(started: float) -> int:
        """What has passed since then, in steps."""
        return int((time.perf_counter() - started) * _STEPS_PER_SECOND)

    def _look_at_the_clock(self) -> None:
        if self.steps < 0:
            raise EvaluationError(
                f"The expression was stopped after {self.limits.steps} steps. Let it work on a smaller list or range."
            )
        used = time.thread_time()
        self._check = self.steps - _CHECK_EVERY
        self._deadline = self._deadline or used + self.limits.seconds
        if used > self._deadline:
            raise EvaluationError(f"The expression was stopped after {self.limits.seconds} s. Let it do less work.")

    def check_items(self, count: int) -> None:
        """Refuse a list or range of that many items when it is too long."""
        if count > self.limits.items:
            raise EvaluationError(
                f"A list or range of {count} items is too long; at most {self.limits.items} are allowed."
            )

    def check_characters(self, count: int) -> None:
        """Refuse a string of that many characters when it is too long."""
        if count > self.limits.characters:
            raise EvaluationError(
                f"A text of {count} characters is too long; at most {self.limits.characters} are allowed."
            )


class Run(Course):
    """The state of one evaluation, with a clock or limits that the caller chose."""

    def __init__(self, now: datetime | None = None, limits: Limits | None = None) -> None:
        if now is not None:
            self.now = now
        if limits is not None:
            self.limits = limits
            self.steps = limits.steps
            self._check = limits.steps - _CHECK_EVERY
