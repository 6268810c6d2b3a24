"""How people judged models' answers: one row for each answer whose case a person decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from engine.calibration import Judgement
from engine.store.ai_tables import judgements
from engine.store.prepared import Prepared
from engine.store.unit_of_work import UnitOfWork

#: Only so many of the newest verdicts count: older ones speak of other times.
NEWEST = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """What a verdict is about: one model's work at one element, with one prompt, schema and set of examples."""

    process_id: str
    element_id: str
    model: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One row."""

    job_key: int
    number: int
    instance_key: int
    process_id: str
    element_id: str
    model: str
    fingerprint: str
    confidence: float
    is_right: bool
    is_in_scope: bool
    judged_at: datetime
    judged_by: str
    weight: float = 1.0


_columns = judgements.c
_INSERT = Prepared(insert(judgements))
_HERE = (
    _columns.process_id == bindparam("process_id"),
    _columns.element_id == bindparam("element_id"),
    _columns.model == bindparam("model"),
    _columns.fingerprint == bindparam("fingerprint"),
)
_STAND = Prepared(select(func.count(), func.max(_columns.judged_at)).where(*_HERE))
_AT_PLACE = Prepared(
    select(_columns.confidence, _columns.is_right, _columns.is_in_scope, _columns.weight)
    .where(*_HERE)
    .order_by(_columns.judged_at.desc(), _columns.job_key.desc())
    .limit(NEWEST)
)


def add(tx: UnitOfWork, rows: Sequence[Judged]) -> None:
    """Write down what a person found right or wrong."""
    if rows:
        tx.execute(_INSERT, [asdict(row) for row in rows])


def at(tx: UnitOfWork, place: Place) -> list[Judgement]:
    """The newest verdicts about a place."""
    return [
        Judgement(float(sure), bool(right), bool(inside), float(weight))
        for sure, right, inside, weight in tx.execute(_AT_PLACE, asdict(place))
    ]


def stand(tx: UnitOfWork, place: Place) -> tuple[int, str]:
    """How many verdicts there are about a place, and when the newest was given: it tells whether there are new ones."""
    row = tx.execute(_STAND, asdict(place)).first()
    return (0, "") if row is None else (int(row[0]), str(row[1]))


def places(tx: UnitOfWork, process_id: str | None = None) -> list[Place]:
    """Every place with a verdict, of a process or of all, in order of names."""
    keys = (_columns.process_id, _columns.element_id, _columns.model, _columns.fingerprint)
    query = select(*keys).group_by(*keys).order_by(*keys[:3], func.max(_columns.judged_at).desc())
    if process_id is not None:
        query = query.where(_columns.process_id == process_id)
    return [Place(*row) for row in tx.execute(query)]
