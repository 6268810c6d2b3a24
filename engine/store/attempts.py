"""The books of model calls: a row before each call, settled after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from engine.states import OPEN_JOBS, AttemptState
from engine.store.columns import constant
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import attempts, jobs
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a model. `reserved` and `cost` are US dollars; what a lost call cost is unknown (`cost` is None).

    `level` is the autonomy that its agent had; `books` the budgets' books with what was reserved in each.
    """

    job_key: int
    number: int
    instance_key: int
    element_id: str
    model: str
    ai_kind: str
    fingerprint: str
    state: AttemptState
    worker: str
    started_at: datetime
    ended_at: datetime | None
    prompt: Json
    answer: str | None
    output: Json
    faults: tuple[str, ...]
    confidence: float | None
    reserved: Decimal | None
    cost: Decimal | None
    tokens_in: int | None
    tokens_out: int | None
    agent_id: str = ""
    agent_version: int = 0
    level: str = ""
    books: tuple[tuple[str, int], ...] = ()
    least_confidence: float | None = None
    rulings: tuple[Mapping[str, Json], ...] = ()  # of policies, but for consents
    evidence: Json = None


class Lost(NamedTuple):
    """A call whose worker is gone, and the books that it reserved in."""

    job_key: int
    number: int
    books: tuple[tuple[str, int], ...]


_ALL = columns(attempts, Attempt)
_POSITION = {column.name: index for index, column in enumerate(_ALL)}
_INSERT = Prepared(insert(attempts))
_OF_JOB = Prepared(select(*_ALL).where(attempts.c.job_key == bindparam("job_key")).order_by(attempts.c.number))
_OF_INSTANCE = Prepared(
    select(*_ALL)
    .where(attempts.c.instance_key == bindparam("instance_key"))
    .order_by(attempts.c.started_at, attempts.c.job_key, attempts.c.number)
)
_LOCK = Prepared(
    select(*_ALL)
    .where(attempts.c.job_key == bindparam("job_key"), attempts.c.number == bindparam("number"))
    .with_for_update()
)
_SETTLED = (
    *("state", "ended_at", "answer", "output", "faults", "confidence", "evidence", "cost", "tokens_in", "tokens_out"),
    "rulings",
)
_SETTLE = Prepared(
    update(attempts)
    .where(attempts.c.job_key == bindparam("of_job"), attempts.c.number == bindparam("of_number"))
    .values({name: bindparam(f"new_{name}") for name in _SETTLED})
)
_LOSE = Prepared(
    update(attempts)
    .where(OneOf(attempts.c.job_key, "job_keys"), attempts.c.state == constant(AttemptState.STARTED))
    .values(state=AttemptState.LOST, ended_at=bindparam("now"))
    .returning(attempts.c.job_key, attempts.c.number, attempts.c.books)
)
_OPEN_JOBS = [constant(state) for state in OPEN_JOBS]
_FORGOTTEN = Prepared(
    select(attempts.c.job_key, attempts.c.instance_key)
    .select_from(attempts.join(jobs, jobs.c.key == attempts.c.job_key))
    .where(
        attempts.c.state == constant(AttemptState.STARTED),
        attempts.c.started_at < bindparam("before"),
        jobs.c.state.not_in(_OPEN_JOBS),
    )
    .limit(bindparam("most"))
)
# Holds the job's row, so that no other worker takes the job between the look at it and the commit.
_HOLD_JOB = Prepared(select(jobs.c.key).where(jobs.c.key == bindparam("key")).with_for_update())


def make(*values: Any) -> Attempt:
    """An `Attempt` from a row's values."""
    row = list(values)
    row[_POSITION["faults"]] = tuple(row[_POSITION["faults"]] or ())
    row[_POSITION["rulings"]] = tuple(row[_POSITION["rulings"]] or ())
    row[_POSITION["books"]] = tuple((book, amount) for book, amount in row[_POSITION["books"]] or ())
    for name in ("reserved", "cost"):
        if row[_POSITION[name]] is not None:
            row[_POSITION[name]] = Decimal(row[_POSITION[name]])
    return Attempt(*row)


def hold_job(tx: UnitOfWork, job_key: int) -> None:
    """Keep the job as it is until the end of the transaction."""
    tx.execute(_HOLD_JOB, {"key": job_key})


def add(tx: UnitOfWork, attempt: Attempt) -> None:
    """Write down that a call is about to be made."""
    tx.execute(_INSERT, {column.name: _stored(getattr(attempt, column.name)) for column in _ALL})


def _stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def of_job(tx: UnitOfWork, job_key: int) -> list[Attempt]:
    """The calls made for a job, oldest first."""
    return [make(*row) for row in tx.execute(_OF_JOB, {"job_key": job_key})]


def of_instance(tx: UnitOfWork, instance_key: int) -> list[Attempt]:
    """The calls made for an instance, oldest first."""
    return [make(*row) for row in tx.execute(_OF_INSTANCE, {"instance_key": instance_key})]


def lock(tx: UnitOfWork, job_key: int, number: int) -> Attempt | None:
    """One call, held until the end of the transaction."""
    row = tx.execute(_LOCK, {"job_key": job_key, "number": number}).first()
    return None if row is None else make(*row)


def settle(tx: UnitOfWork, attempt: Attempt) -> None:
    """Write down how a call ended."""
    values = {f"new_{name}": _stored(getattr(attempt, name)) for name in _SETTLED}
    tx.execute(_SETTLE, {"of_job": attempt.job_key, "of_number": attempt.number, **values})


def forgotten(tx: UnitOfWork, before: datetime, most: int) -> dict[int, int]:
    """Jobs that are over and have an open call from before, which nobody will settle; with their instances' keys."""
    return dict(tx.execute(_FORGOTTEN, {"before": before, "most": most}).all())


def lose(tx: UnitOfWork, job_keys: Sequence[int], now: datetime) -> list[Lost]:
    """Calls of workers that are gone: nobody knows how they ended."""
    rows = tx.execute(_LOSE, {"job_keys": list(job_keys), "now": now}).all()
    return [Lost(key, number, tuple(map(tuple, books or ()))) for key, number, books in rows]
