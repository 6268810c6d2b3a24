"""Accepted answers that were drawn by lot, for people to judge afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from engine.states import AttemptState, JobState
from engine.store.ai_tables import accuracy_samples as table
from engine.store.ai_tables import evaluation_cases
from engine.store.columns import constant
from engine.store.prepared import Prepared
from engine.store.sights import of_seen
from engine.store.tables import attempts, jobs
from engine.store.unit_of_work import UnitOfWork

Json = Any
#: Among so many of the newest accepted answers the lot is drawn.
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that passed alone."""

    job_key: int
    number: int
    instance_key: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One that was drawn: of all that were accepted, `share` were. `prompt` is what was asked, as it was sent."""

    job_key: int
    number: int
    instance_key: int
    agent_id: str
    share: float
    drawn_at: datetime
    judged_at: datetime | None
    element_id: str
    model: str
    prompt: Json
    output: Json
    confidence: float | None


_DRAWN = select(table.c.job_key)
_JUDGED = select(evaluation_cases.c.job_key)
_ACCEPTED = (
    select(attempts.c.job_key, attempts.c.number, attempts.c.instance_key)
    .select_from(attempts.join(jobs, jobs.c.key == attempts.c.job_key))
    .where(
        attempts.c.agent_id == bindparam("of_agent"),
        attempts.c.state == constant(AttemptState.ANSWERED),
        attempts.c.started_at >= bindparam("since"),
        attempts.c.faults == [],
        attempts.c.output.is_not(None),
        jobs.c.type.startswith("baton:ai-task:"),
        jobs.c.state == constant(JobState.COMPLETED),
        attempts.c.job_key.not_in(_DRAWN),
        attempts.c.job_key.not_in(_JUDGED),
    )
    .order_by(attempts.c.started_at.desc())
    .limit(MOST_LOOKED_AT)
)
_INSERT = Prepared(insert(table))
_LAST = Prepared(select(func.max(table.c.drawn_at)).where(table.c.agent_id == bindparam("of_agent")))
_ALL = (
    select(
        table.c.job_key,
        table.c.number,
        table.c.instance_key,
        table.c.agent_id,
        table.c.share,
        table.c.drawn_at,
        table.c.judged_at,
        attempts.c.element_id,
        attempts.c.model,
        attempts.c.prompt,
        attempts.c.output,
        attempts.c.confidence,
    )
    .select_from(table.join(attempts, and_(attempts.c.job_key == table.c.job_key, attempts.c.number == table.c.number)))
    .order_by(table.c.drawn_at, table.c.job_key)
)
_OPEN = _ALL.where(table.c.agent_id == bindparam("of_agent"), table.c.judged_at.is_(None))
_FIND = _ALL.where(table.c.job_key == bindparam("of_job")).with_for_update(of=[table])
_JUDGE = Prepared(update(table).where(table.c.job_key == bindparam("of_job")).values(judged_at=bindparam("new_at")))


def accepted(tx: UnitOfWork, agent_id: str, since: datetime) -> list[Accepted]:
    """The newest answers that passed alone since then, and that nobody has judged or drawn."""
    found = tx.execute(of_seen(tx, _ACCEPTED, attempts), {"of_agent": agent_id, "since": since})
    return [Accepted(*row) for row in found]


def add(tx: UnitOfWork, drawn: Sequence[Accepted], agent_id: str, share: float, now: datetime) -> None:
    """These were drawn."""
    common = {"agent_id": agent_id, "share": share, "drawn_at": now, "judged_at": None}
    rows = [{"job_key": one.job_key, "number": one.number, "instance_key": one.instance_key, **common} for one in drawn]
    if rows:
        tx.execute(_INSERT, rows)


def last_drawn(tx: UnitOfWork, agent_id: str) -> datetime | None:
    """When lots were drawn for an agent the last time."""
    found: datetime | None = tx.execute(_LAST, {"of_agent": agent_id}).scalar()
    return found


def open_of(tx: UnitOfWork, agent_id: str) -> list[Sample]:
    """Those of an agent that wait for a verdict."""
    return [Sample(*row) for row in tx.execute(of_seen(tx, _OPEN, table), {"of_agent": agent_id})]


def lock(tx: UnitOfWork, job_key: int) -> Sample | None:
    """One that was drawn, held until the end of the transaction."""
    row = tx.execute(of_seen(tx, _FIND, table), {"of_job": job_key}).first()
    return None if row is None else Sample(*row)


def judged(tx: UnitOfWork, job_key: int, now: datetime) -> None:
    """It has its verdict."""
    tx.execute(_JUDGE, {"of_job": job_key, "new_at": now})
