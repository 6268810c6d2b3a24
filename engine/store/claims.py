"""Claiming: which jobs a worker gets next, fair between job types, never the same one as another worker.

The most urgent go first. Among equals each type has its turn, one job after the other, so that a flood of one type
does not keep the others waiting. New jobs and those whose pause or lease is over stand in an index each, so that a
claim reads what it takes and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal_column, select, union_all, update

from engine.limits import LimitKind
from engine.states import CLAIMABLE, JobState
from engine.store import limits
from engine.store.columns import constant
from engine.store.jobs import COLUMNS, Job, make
from engine.store.prepared import Prepared
from engine.store.tables import jobs
from engine.store.unit_of_work import UnitOfWork

#: Types that one statement asks for; SQLite's own limit is 500 parts, and a type has two.
MOST_TYPES = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants how much of which work, and until when. No types means all but `excluded_types`.

    Among jobs of the same priority and turn, those of types named earlier go first.
    """

    worker: str
    types: tuple[str, ...]
    excluded_types: tuple[str, ...]
    limit: int
    now: datetime
    until: datetime


def claim(tx: UnitOfWork, wanted: Claim) -> list[Job]:
    """Lease up to `limit` jobs, the most urgent first; two workers never get the same one."""
    types = _types(tx, wanted)
    if not types:
        return []
    limited = limits.lock(tx, LimitKind.JOB_TYPE, types, wanted.now)
    most = dict.fromkeys(types, wanted.limit)
    for type_, running in limits.running(tx, LimitKind.JOB_TYPE, limited, wanted.now).items():
        most[type_] = min(wanted.limit, limited[type_].allowed(running))
    found = [make(*row) for row in tx.execute(_claim(len(types)), _parameters(wanted, most))]
    for type_, limit in limited.items():
        limits.spend(tx, limit, sum(job.type == type_ for job in found))
    return sorted(found, key=lambda job: (-job.priority, job.key))


def is_there(tx: UnitOfWork, wanted: Claim) -> bool:
    """Whether a claim might find anything: a look that takes no lock."""
    types = _types(tx, wanted)
    if not types:
        return False
    parameters = _parameters(wanted, dict.fromkeys(types, 1))
    return tx.execute(_look(len(types)), parameters).first() is not None


def _parameters(wanted: Claim, most: Mapping[str, int]) -> dict[str, Any]:
    parameters: dict[str, Any] = {"most": wanted.limit, "new_worker": wanted.worker}
    parameters |= {"now": wanted.now, "until": wanted.until}
    for place, (type_, count) in enumerate(most.items()):
        parameters |= {f"type_{place}": type_, f"most_{place}": count}
    return parameters


def _types(tx: UnitOfWork, wanted: Claim) -> Sequence[str]:
    """The types to ask for: those wanted, or when they are too many or none is named, those that have work."""
    if wanted.types and len(wanted.types) <= MOST_TYPES:
        return _without(wanted.types, wanted.excluded_types)
    open_types = [row[0] for row in tx.execute(_OPEN_TYPES)]
    named = set(wanted.types or open_types)
    there = _without([type_ for type_ in open_types if type_ in named], wanted.excluded_types)
    return random.sample(there, min(len(there), MOST_TYPES))


def _without(types: Sequence[str], excluded: Collection[str]) -> list[str]:
    return [type_ for type_ in dict.fromkeys(types) if type_ not in excluded]


_IS_OPEN = jobs.c.state.in_([constant(state) for state in CLAIMABLE])


def _open_types() -> Any:
    """Every type that has work, found by leaps through the index rather than by reading all of it."""
    first = select(func.min(jobs.c.type).label("type")).where(_IS_OPEN).cte("open_types", recursive=True)
    following = select(func.min(jobs.c.type)).where(_IS_OPEN, jobs.c.type > first.c.type).scalar_subquery()
    every = first.union_all(select(following).where(first.c.type.is_not(None)))
    return select(every.c.type).where(every.c.type.is_not(None))


_OPEN_TYPES = Prepared(_open_types())


@cache
def _claim(types: int) -> Prepared:
    """The statement for so many types: the first jobs of each, then the best of all of them."""
    parts = [part for place in range(types) for part in (_new(place), _again(place))]
    ready = union_all(*parts).subquery("ready")
    turn = func.row_number().over(partition_by=ready.c.place, order_by=[ready.c.priority.desc(), ready.c.key])
    ranked = select(ready, turn.label("turn")).subquery("ranked")
    picked = (
        select(ranked.c.key)
        .where(ranked.c.turn <= ranked.c.most)  # of a type with a limit
        .order_by(ranked.c.priority.desc(), ranked.c.turn, ranked.c.place)
        .limit(bindparam("most"))
        .cte("picked")
    )
    return Prepared(
        update(jobs)
        .where(jobs.c.key.in_(select(picked.c.key)))
        .values(
            state=JobState.ACTIVATED,
            worker=bindparam("new_worker"),
            available_at=bindparam("until"),
            timed_at=bindparam("now"),
            claims=jobs.c.claims + 1,
        )
        .returning(*COLUMNS)
    )


@cache
def _look(types: int) -> Prepared:
    parts = [part for place in range(types) for part in (_new(place), _again(place))]
    return Prepared(select(union_all(*parts).subquery("ready").c.key).limit(1))


def _new(place: int) -> Any:
    """Jobs that nobody has tried, the most urgent first."""
    order = (jobs.c.priority.desc(), jobs.c.key)
    return _first(jobs.c.state == constant(JobState.CREATED), order, place, f"new_{place}")


def _again(place: int) -> Any:
    """Jobs whose lease or pause is over, the longest waiting first."""
    tried = [constant(state) for state in CLAIMABLE if state is not JobState.CREATED]
    return _first(jobs.c.state.in_(tried), (jobs.c.available_at,), place, f"again_{place}")


def _first(is_ready: Any, order: Sequence[Any], place: int, name: str) -> Any:
    few = (
        select(jobs.c.key, jobs.c.priority)
        .where(is_ready, jobs.c.type == bindparam(f"type_{place}"), jobs.c.available_at <= bindparam("now"))
        .order_by(*order)
        .limit(bindparam(f"most_{place}"))
        # Others' locked rows are passed over, so that workers do not queue behind each other (PostgreSQL).
        .with_for_update(skip_locked=True)
        .subquery(name)
    )
    number = literal_column(str(place), Integer).label("place")
    return select(few.c.key, few.c.priority, number, bindparam(f"most_{place}", type_=Integer).label("most"))
