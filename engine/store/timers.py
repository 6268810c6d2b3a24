"""Timers: times at which a waiting element goes on, or a process starts.

A row lives until it fires or its element is over; that of a start event until it has fired for the last time, or a new
version of the process takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from engine.step import TimerPurpose, TimerWait
from engine.store.event_tables import timers
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns, portions
from engine.store.tables import process_definitions
from engine.store.unit_of_work import UnitOfWork
from engine.store.wakeups import TIMERS


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer. `repetitions` counts those left after the next one; -1 for ever.

    `definition_key` is the process that it starts; 0 for one that an instance waits for, whose other keys are 0 then.
    """

    key: int
    instance_key: int
    element_key: int
    element_id: str
    definition_key: int
    due_at: datetime
    repetitions: int
    created_at: datetime
    reason: str = ""
    purpose: str = TimerPurpose.EVENT


@dataclass(frozen=True, slots=True)
class StartTimer:
    """A time at which a process starts, to be set."""

    definition_key: int
    element_id: str
    due_at: datetime
    repetitions: int


#: After this long, what a scheduler took and did not fire may be fired by another.
HELD_SECONDS = 10.0
LONGEST_HELD_SECONDS = 2 * 60.0
#: A timer that is due sooner than this wakes the schedulers; they look for the others in time by themselves.
SOON_SECONDS = 60.0

_ALL = columns(timers, Timer)
_INSERT = Prepared(insert(timers))
_THERE = Prepared(select(timers.c.key).where(OneOf(timers.c.key, "keys")))
# Held for longer than anybody holds it: by a clock that was ahead.
_IS_FREE = or_(timers.c.held_until <= bindparam("now"), timers.c.held_until > bindparam("too_far"))
_DUE = (
    select(timers.c.key)
    .where(timers.c.due_at <= bindparam("now"), _IS_FREE)
    .order_by(timers.c.due_at, timers.c.key)
    .limit(bindparam("most"))
    # What another scheduler takes at this moment is passed over (PostgreSQL).
    .with_for_update(skip_locked=True)
    .cte("due")
)
_HOLD_DUE = Prepared(
    update(timers)
    .where(timers.c.key.in_(select(_DUE.c.key)))
    .values(held_until=bindparam("new_held_until"))
    .returning(*_ALL)
)
_IS_DUE = Prepared(select(timers.c.key).where(timers.c.due_at <= bindparam("now")).limit(1))
_POSTPONE = Prepared(
    update(timers)
    .where(timers.c.key == bindparam("of_key"))
    .values(due_at=bindparam("new_due_at"), held_until=bindparam("new_due_at"))
)
_NEXT = Prepared(select(func.min(timers.c.due_at)))
_OF_INSTANCE = Prepared(
    select(*_ALL).where(timers.c.instance_key == bindparam("instance_key")).order_by(timers.c.due_at)
)
_CLOSE_AT = Prepared(delete(timers).where(OneOf(timers.c.element_key, "element_keys")))
_TAKE = Prepared(delete(timers).where(timers.c.key == bindparam("taken")))
_VERSIONS = select(process_definitions.c.key).where(
    process_definitions.c.process_id == bindparam("of_process"),
    process_definitions.c.tenant_id == bindparam("of_tenant"),
)
_DROP_STARTS = Prepared(delete(timers).where(timers.c.definition_key > 0, timers.c.definition_key.in_(_VERSIONS)))
_CLOSE_OF = Prepared(delete(timers).where(timers.c.instance_key == bindparam("of_instance")))


def add(tx: UnitOfWork, instance_key: int, waits: Sequence[TimerWait], now: datetime) -> None:
    """Set timers."""
    tx.write(
        _INSERT,
        [
            {
                "key": tx.next_key(),
                "instance_key": instance_key,
                "element_key": wait.element_key,
                "element_id": wait.element_id,
                "definition_key": 0,
                "due_at": wait.due_at,
                "repetitions": wait.repetitions,
                "created_at": now,
                "reason": wait.reason,
                "purpose": wait.purpose.value,
            }
            for wait in waits
        ],
    )
    _announce(tx, [wait.due_at for wait in waits], now)


def there(tx: UnitOfWork, keys: Sequence[int]) -> set[int]:
    """Those of these timers that have not gone."""
    return set(tx.execute(_THERE, {"keys": keys}).scalars())


def is_due(tx: UnitOfWork, now: datetime) -> bool:
    """Whether the time of any timer has come."""
    return tx.execute(_IS_DUE, {"now": now}).first() is not None


def hold_due(tx: UnitOfWork, now: datetime, limit: int) -> list[Timer]:
    """Timers whose time has come, the oldest first. For `HELD_SECONDS` they are left to who asked."""
    wanted = {
        "now": now,
        "most": limit,
        "new_held_until": now + timedelta(seconds=HELD_SECONDS),
        "too_far": now + timedelta(seconds=LONGEST_HELD_SECONDS),
    }
    found = [Timer(*row) for row in tx.execute(_HOLD_DUE, wanted)]
    return sorted(found, key=lambda timer: (timer.due_at, timer.key))


def postpone(tx: UnitOfWork, key: int, now: datetime, seconds: float) -> None:
    """Try the timer again so much later."""
    tx.execute(_POSTPONE, {"of_key": key, "new_due_at": now + timedelta(seconds=seconds)})


def next_due(tx: UnitOfWork) -> datetime | None:
    """When the next timer is due."""
    found: datetime | None = tx.execute(_NEXT).scalar()
    return found


def of_instance(tx: UnitOfWork, instance_key: int) -> list[Timer]:
    """What an instance waits for, the next first."""
    return [Timer(*row) for row in tx.execute(_OF_INSTANCE, {"instance_key": instance_key})]


def close_at(tx: UnitOfWork, element_keys: Sequence[int]) -> int:
    """Drop the timers of these elements; returns how many."""
    return sum(tx.change(_CLOSE_AT, {"element_keys": portion}) for portion in portions(element_keys))


def close_of(tx: UnitOfWork, instance_key: int) -> None:
    """Drop all timers of an instance."""
    tx.write(_CLOSE_OF, {"of_instance": instance_key})


def take(tx: UnitOfWork, key: int) -> bool:
    """Take the timer away to fire it; False when somebody else has done so."""
    return tx.change(_TAKE, {"taken": key}) > 0


def add_starts(tx: UnitOfWork, new: Sequence[StartTimer], now: datetime) -> None:
    """Set timers that start processes."""
    rows = [
        {
            "key": tx.next_key(),
            "instance_key": 0,
            "element_key": 0,
            "element_id": one.element_id,
            "definition_key": one.definition_key,
            "due_at": one.due_at,
            "repetitions": one.repetitions,
            "created_at": now,
        }
        for one in new
    ]
    if rows:
        tx.execute(_INSERT, rows)
        _announce(tx, [one.due_at for one in new], now)


def _announce(tx: UnitOfWork, due_at: Sequence[datetime], now: datetime) -> None:
    if min(due_at) < now + timedelta(seconds=SOON_SECONDS):
        tx.announce(TIMERS)


def replace_starts(
    tx: UnitOfWork, tenant_id: str, process_ids: Sequence[str], new: Sequence[StartTimer], now: datetime
) -> None:
    """Only the latest version of a process is started by timers: drop those of all others, set the new."""
    if process_ids:
        tx.execute(_DROP_STARTS, [{"of_process": one, "of_tenant": tenant_id} for one in process_ids])
    add_starts(tx, new, now)
