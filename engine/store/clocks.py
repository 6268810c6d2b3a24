"""Recovering from clocks that were ahead: what they put far into the future is timed anew.

Leases and pauses are told by the clocks of nodes. Each row says when its time was set; one that was set in the future
was set by a clock that has been put right since, or by a node whose clock still is ahead.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, type_coerce, update

from engine.states import JobState
from engine.store.columns import Instant, constant
from engine.store.prepared import Prepared
from engine.store.tables import jobs
from engine.store.unit_of_work import UnitOfWork

#: Clocks may differ by so much without anything to be repaired.
TOLERANCE = timedelta(seconds=60)

_NOW = type_coerce(bindparam("now", type_=Instant), BigInteger)
_LENGTH = type_coerce(jobs.c.available_at, BigInteger) - type_coerce(jobs.c.timed_at, BigInteger)
_TIME_ANEW = Prepared(
    update(jobs)
    .where(
        jobs.c.state.in_([constant(JobState.ACTIVATED), constant(JobState.FAILED)]),
        jobs.c.type >= "",  # so that the index over these is searched, and not the table
        jobs.c.timed_at > bindparam("latest", type_=Instant),
    )
    .values(available_at=type_coerce(_NOW + _LENGTH, Instant), timed_at=bindparam("now", type_=Instant))
)


def recover(tx: UnitOfWork, now: datetime) -> int:
    """Let leases and pauses that begin in the future begin now, each as long as it was; returns how many."""
    return tx.change(_TIME_ANEW, {"now": now, "latest": now + TOLERANCE})
