"""How much may be done of a kind of work, on all nodes together: so many a minute, so many at once. Pure.

A limit is on a job type or a model, by the name that diagrams use, or on the jobs of a tenant. What was done a moment
ago is a bucket of starts that fills evenly: in no sixty seconds more than `per_minute` start, and after a pause a tenth
of it may start at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import inf

from engine.errors import InvalidInput

MOST = 1_000_000
#: How soon to look again when as many run as may.
AT_ONCE_PAUSE_SECONDS = 1.0


class LimitKind(StrEnum):
    """What a limit is on."""

    JOB_TYPE = "job-type"
    MODEL = "model"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit; None is without. `starts` are those left in the bucket at `counted_at`."""

    kind: LimitKind
    name: str
    per_minute: int | None
    at_once: int | None
    starts: float
    counted_at: datetime
    changed_at: datetime
    changed_by: str

    @property
    def words(self) -> str:
        """The limit as people say it."""
        parts = [(self.per_minute, "a minute"), (self.at_once, "at once")]
        return " and ".join(f"{most:,} {what}" for most, what in parts if most is not None)

    def now(self, now: datetime) -> Limit:
        """The same limit with its bucket filled up to now. A clock that was put back takes nothing away."""
        if self.per_minute is None:
            return self
        seconds = max((now - self.counted_at).total_seconds(), 0.0)
        starts = min(self.starts + seconds * _per_second(self.per_minute), burst(self.per_minute))
        return replace(self, starts=starts, counted_at=now)

    def allowed(self, running: int) -> int:
        """How many more may start at `counted_at` while so many run."""
        places = inf if self.at_once is None else self.at_once - running
        starts = inf if self.per_minute is None else self.starts + _TINY
        return max(int(min(places, starts, MOST)), 0)

    def pause_seconds(self, running: int) -> float:
        """How long after `counted_at` the next one may start, as far as is known; 0 when it may start now."""
        if self.allowed(running):
            return 0.0
        if self.at_once is not None and running >= self.at_once:
            return AT_ONCE_PAUSE_SECONDS
        assert self.per_minute is not None
        return (1 - self.starts) / _per_second(self.per_minute)

    def spent(self, count: int) -> Limit:
        """The limit after so many starts."""
        return self if self.per_minute is None else replace(self, starts=self.starts - count)


_TINY = 1e-6  # of a start, lost by rounding


def burst(per_minute: int) -> float:
    """How many may start at once after a pause."""
    return float(max(1, per_minute // 10))


def _per_second(per_minute: int) -> float:
    # A full bucket and what flows into it within a minute are together no more than the limit.
    return (per_minute - burst(per_minute) + 1) / 60


def checked(value: int | None, field: str) -> int | None:
    """A limit's number, None for none. Raises `InvalidInput`."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise InvalidInput(f"{field} must be a whole number from 1 to {MOST}.", {field: repr(value)[:60]})
    return value
