"""Claiming: which jobs a worker gets next, fair between tenants and job types, never the same one as another worker.

The most urgent go first. Among equals each tenant has its turn, and within it each type, one job after the other, so
that a flood of one does not keep the others waiting. New jobs and those whose pause or lease is over stand in an index
each, so that a claim reads what it takes and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, func, literal_column, select, union_all, update

from engine.limits import Limit, LimitKind
from engine.states import CLAIMABLE, JobState
from engine.store import limits
from engine.store.columns import constant
from engine.store.jobs import COLUMNS, Job, make
from engine.store.limits import Met
from engine.store.prepared import Prepared
from engine.store.tables import jobs
from engine.store.unit_of_work import UnitOfWork
from engine.tenants import DEFAULT

#: Pairs of type and tenant that one statement asks for; SQLite's own limit is 500 parts, and a pair has two.
MOST_PAIRS = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants how much of which work, and until when. No types means all but `excluded_types`; no tenants, all seen.

    Among jobs of the same priority and turn, those of types named earlier go first.
    """

    worker: str
    types: tuple[str, ...]
    excluded_types: tuple[str, ...]
    limit: int
    now: datetime
    until: datetime
    tenant_ids: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Work of one type and one tenant: what one part of the statement asks for."""

    type: str
    tenant_id: str


_FEW_PAIRS = 8  # up to here each number has a statement of its own
_NOBODYS = Pair("", "")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a claim asks for, and which limits it meets."""

    pairs: Sequence[Pair]
    met: Met


def planned(tx: UnitOfWork, wanted: Claim) -> Plan:
    """What is to be asked for, as of now."""
    types = [type_ for type_ in dict.fromkeys(wanted.types) if type_ not in wanted.excluded_types]
    met = limits.met(tx, types)
    return Plan(_pairs(tx, wanted, types, met), met)


def claim(tx: UnitOfWork, wanted: Claim, plan: Plan | None = None) -> list[Job]:
    """Lease up to `limit` jobs, the most urgent first; two workers never get the same one.

    `plan` is what `looked` has just found; without one it is made now.
    """
    plan = plan or planned(tx, wanted)
    if not plan.pairs:
        return []
    limited = _locked(tx, plan.met, wanted.now)
    pairs = _filled_up(plan.pairs)
    statement = _claim(len(pairs), is_of_one=_is_of_one(pairs))
    parameters = _parameters(wanted, pairs, _allowed(tx, limited, wanted))
    found = [make(*row) for row in tx.execute(statement, parameters)]
    _spend(tx, limited, found)
    return sorted(found, key=lambda job: (-job.priority, job.key))


def looked(tx: UnitOfWork, wanted: Claim) -> Plan | None:
    """What a claim is to ask for, None when it would find nothing: a look that takes no lock."""
    plan = planned(tx, wanted)
    if not plan.pairs:
        return None
    pairs = _filled_up(plan.pairs)
    parameters = {"now": wanted.now, **_named(pairs, dict.fromkeys(pairs, 1))}
    return plan if tx.execute(_look(len(pairs)), parameters).first() is not None else None


Allowed = Mapping[LimitKind, Mapping[str, int]]
Locked = Mapping[LimitKind, Mapping[str, Limit]]


def _locked(tx: UnitOfWork, met: Met, now: datetime) -> Locked:
    """The limits that lie on the work, held; who meets none locks nothing."""
    return {kind: limits.lock(tx, kind, names, now) if names else {} for kind, names in met.limited.items()}


def _allowed(tx: UnitOfWork, limited: Locked, wanted: Claim) -> Allowed:
    """How many jobs may begin at most, by type and by tenant, of those that have a limit."""
    return {
        kind: {
            name: min(wanted.limit, of[name].allowed(running))
            for name, running in limits.running(tx, kind, of, wanted.now).items()
        }
        for kind, of in limited.items()
    }


def _spend(tx: UnitOfWork, limited: Locked, found: Sequence[Job]) -> None:
    for name, limit in limited[LimitKind.JOB_TYPE].items():
        limits.spend(tx, limit, sum(job.type == name for job in found))
    for name, limit in limited[LimitKind.TENANT].items():
        limits.spend(tx, limit, sum(job.tenant_id == name for job in found))


def _parameters(wanted: Claim, pairs: Sequence[Pair], allowed: Allowed) -> dict[str, Any]:
    of_type, of_tenant = allowed[LimitKind.JOB_TYPE], allowed[LimitKind.TENANT]
    by_type = {pair: of_type.get(pair.type, wanted.limit) for pair in pairs}
    by_tenant = {pair: of_tenant.get(pair.tenant_id, wanted.limit) for pair in pairs}
    parameters: dict[str, Any] = {"most": wanted.limit, "new_worker": wanted.worker}
    parameters |= {"now": wanted.now, "until": wanted.until}
    parameters |= _named(pairs, {pair: min(by_type[pair], by_tenant[pair]) for pair in pairs})
    if _is_of_one(pairs):
        return parameters
    types, tenants = list(dict.fromkeys(one.type for one in pairs)), list(dict.fromkeys(one.tenant_id for one in pairs))
    for place, pair in enumerate(pairs):
        parameters[f"of_type_{place}"], parameters[f"of_tenant_{place}"] = by_type[pair], by_tenant[pair]
        parameters[f"type_number_{place}"] = types.index(pair.type)
        parameters[f"tenant_number_{place}"] = tenants.index(pair.tenant_id)
    return parameters


def _named(pairs: Sequence[Pair], most: Mapping[Pair, int]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for place, pair in enumerate(pairs):
        named |= {f"type_{place}": pair.type, f"tenant_{place}": pair.tenant_id, f"most_{place}": most[pair]}
    return named


def _pairs(tx: UnitOfWork, wanted: Claim, types: Sequence[str], met: Met) -> Sequence[Pair]:
    """The work to ask for: all that is wanted, or, when that is too much for a statement, what of it there is."""
    tenant_ids = _tenants(tx, wanted, met)
    if not types or len(types) > MOST_PAIRS:
        return _open_pairs(tx, wanted, tenant_ids)
    if len(types) * len(tenant_ids) <= MOST_PAIRS:
        return [Pair(type_, tenant_id) for tenant_id in tenant_ids for type_ in types]
    return _open_pairs(tx, wanted, tenant_ids)


def _tenants(tx: UnitOfWork, wanted: Claim, met: Met) -> list[str]:
    """The tenants whose work is wanted and may be seen, in any order: none of them is always the first."""
    there = [DEFAULT, *met.tenant_ids]
    seen = [one for one in there if tx.sees(one) and (not wanted.tenant_ids or one in wanted.tenant_ids)]
    return random.sample(seen, len(seen))


def _open_pairs(tx: UnitOfWork, wanted: Claim, tenant_ids: Sequence[str]) -> list[Pair]:
    found = {Pair(*row) for row in tx.execute(_OPEN_PAIRS)}
    named, seen = set(wanted.types), set(tenant_ids)
    there = sorted(
        pair
        for pair in found
        if pair.tenant_id in seen and pair.type not in wanted.excluded_types and (not named or pair.type in named)
    )
    return random.sample(there, min(len(there), MOST_PAIRS))


_IS_FRESH = jobs.c.state == constant(JobState.CREATED)
_IS_TRIED = jobs.c.state.in_([constant(state) for state in CLAIMABLE if state is not JobState.CREATED])


def _leaps(is_ready: Any, name: str) -> Any:
    """Every type and tenant that has such work, found by leaps through the index rather than by reading all of it."""
    type_, tenant = jobs.c.type, jobs.c.tenant_id
    types = select(func.min(type_).label("type")).where(is_ready).cte(f"{name}_types", recursive=True)
    following = select(func.min(type_)).where(is_ready, type_ > types.c.type).scalar_subquery()
    types = types.union_all(select(following).where(types.c.type.is_not(None)))
    first = select(func.min(tenant)).where(is_ready, type_ == types.c.type).scalar_subquery()
    pairs = select(types.c.type, first.label("tenant_id")).where(types.c.type.is_not(None)).cte(name, recursive=True)
    behind = (is_ready, type_ == pairs.c.type, tenant > pairs.c.tenant_id)
    following = select(func.min(tenant)).where(*behind).scalar_subquery()
    pairs = pairs.union_all(select(pairs.c.type, following).where(pairs.c.tenant_id.is_not(None)))
    return select(pairs.c.type, pairs.c.tenant_id).where(pairs.c.tenant_id.is_not(None))


_OPEN_PAIRS = Prepared(union_all(_leaps(_IS_FRESH, "fresh"), _leaps(_IS_TRIED, "tried")))


def _filled_up(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Many of them, with pairs that no job has, up to a power of two.

    Compiling a statement of a hundred parts takes 0.3 s, so a process shall have few such statements, whichever
    tenants have work just now.
    """
    if len(pairs) <= _FEW_PAIRS:
        return pairs
    size = min(1 << (len(pairs) - 1).bit_length(), MOST_PAIRS)
    return [*pairs, *[_NOBODYS] * (size - len(pairs))]


def _is_of_one(pairs: Sequence[Pair]) -> bool:
    return len({pair.tenant_id for pair in pairs if pair is not _NOBODYS}) == 1


@cache
def _claim(parts: int, *, is_of_one: bool) -> Prepared:
    """The statement for so many parts, of one tenant or several: the first jobs of each, then the best of all."""
    best = _best(parts) if is_of_one else _best_of_tenants(parts)
    picked = best.limit(bindparam("most")).cte("picked")
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


def _best(parts: int) -> Any:
    """Types in turn."""
    ready = union_all(*(part for place in range(parts) for part in _of_pair(place))).subquery("ready")
    ranked = select(ready, _turn(ready, ready.c.place, ready.c.key)).subquery("ranked")
    return (
        select(ranked.c.key)
        .where(ranked.c.turn <= ranked.c.most)  # of a type with a limit
        .order_by(ranked.c.priority.desc(), ranked.c.turn, ranked.c.place)
    )


def _best_of_tenants(parts: int) -> Any:
    """Tenants in turn, and within each its types in turn; limits on types count over all tenants, and the reverse."""
    ready = union_all(*(part for place in range(parts) for part in _of_pair(place, is_of_one=False))).subquery("ready")
    by_type = select(ready, _turn(ready, ready.c.place, ready.c.key)).subquery("by_type")
    ranked = select(
        by_type,
        _turn(by_type, by_type.c.tenant_number, by_type.c.turn, by_type.c.place, name="tenant_turn"),
        _turn(by_type, by_type.c.type_number, by_type.c.turn, by_type.c.place, name="type_turn"),
    ).subquery("ranked")
    return (
        select(ranked.c.key)
        .where(ranked.c.type_turn <= ranked.c.of_type, ranked.c.tenant_turn <= ranked.c.of_tenant)
        .order_by(ranked.c.priority.desc(), ranked.c.tenant_turn, ranked.c.place)
    )


def _turn(ready: Any, within: Any, *order: Any, name: str = "turn") -> Any:
    return func.row_number().over(partition_by=within, order_by=[ready.c.priority.desc(), *order]).label(name)


@cache
def _look(parts: int) -> Prepared:
    ready = union_all(*(part for place in range(parts) for part in _of_pair(place))).subquery("ready")
    return Prepared(select(ready.c.key).limit(1))


def _of_pair(place: int, *, is_of_one: bool = True) -> tuple[Any, Any]:
    """Jobs that nobody has tried, the most urgent first; and those whose lease or pause is over, the oldest first."""
    fresh = _first(_IS_FRESH, (jobs.c.priority.desc(), jobs.c.key), place, f"new_{place}")
    tried = _first(_IS_TRIED, (jobs.c.available_at,), place, f"again_{place}")
    return _part(fresh, place, is_of_one=is_of_one), _part(tried, place, is_of_one=is_of_one)


def _first(is_ready: Any, order: Sequence[Any], place: int, name: str) -> Any:
    return (
        select(jobs.c.key, jobs.c.priority)
        .where(
            is_ready,
            jobs.c.type == bindparam(f"type_{place}"),
            jobs.c.tenant_id == bindparam(f"tenant_{place}"),
            jobs.c.available_at <= bindparam("now"),
        )
        .order_by(*order)
        .limit(bindparam(f"most_{place}"))
        # Others' locked rows are passed over, so that workers do not queue behind each other (PostgreSQL).
        .with_for_update(skip_locked=True)
        .subquery(name)
    )


def _part(few: Any, place: int, *, is_of_one: bool) -> Any:
    found = [few.c.key, few.c.priority, literal_column(str(place), Integer).label("place")]
    if is_of_one:
        return select(*found, _number(f"most_{place}", "most"))
    names = ("type_number", "tenant_number", "of_type", "of_tenant")
    return select(*found, *(_number(f"{name}_{place}", name) for name in names))


def _number(parameter: str, name: str) -> Any:
    return bindparam(parameter, type_=Integer).label(name)
