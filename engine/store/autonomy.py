"""How far agents' answers may go, as people decided or as drift made necessary; and the evidence for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, delete, func, insert, select, update

from engine.states import AttemptState
from engine.store.ai_tables import autonomy_levels as table
from engine.store.ai_tables import judgements
from engine.store.columns import constant
from engine.store.prepared import OneOf, Prepared
from engine.store.rows import columns
from engine.store.tables import attempts
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Autonomy:
    """The level of an agent at an element, with one model or (`model` "") with all.

    One that was raised has its evidence: `fingerprint` of what it is of, the least confidence with which an answer
    passes, the error rate that this promises, and the confidences of then.
    """

    agent_id: str
    process_id: str
    element_id: str
    model: str
    level: str
    fingerprint: str
    least_confidence: float | None
    target_error: float | None
    baseline: tuple[float, ...]
    windows: int
    reason: str
    set_at: datetime
    set_by: str


_ALL = columns(table, Autonomy)
_BASELINE = [column.name for column in _ALL].index("baseline")
_KEY = ("agent_id", "process_id", "element_id")
_HERE = tuple(table.c[name] == bindparam(f"of_{name}") for name in _KEY)
_OF = Prepared(select(*_ALL).where(*_HERE, OneOf(table.c.model, "models", Text)))
_THIS = (*_HERE, table.c.model == bindparam("of_model"))
_LOCK = Prepared(select(*_ALL).where(*_THIS).with_for_update())
_LISTED = select(*_ALL).order_by(table.c.agent_id, table.c.process_id, table.c.element_id, table.c.model)
_TRUSTED = Prepared(select(*_ALL).where(OneOf(table.c.level, "levels", Text)))
_DELETE = Prepared(delete(table).where(*_THIS))
_INSERT = Prepared(insert(table))
_COUNTED = Prepared(update(table).where(*_THIS).values(windows=bindparam("new_windows")))
_VERDICTS = Prepared(
    select(judgements.c.is_right).where(
        judgements.c.process_id == bindparam("process_id"),
        judgements.c.element_id == bindparam("element_id"),
        judgements.c.model == bindparam("model"),
        judgements.c.fingerprint == bindparam("fingerprint"),
        judgements.c.judged_at > bindparam("since"),
        judgements.c.confidence >= bindparam("least"),
    )
)
_ANSWERS = (
    attempts.c.agent_id == bindparam("agent_id"),
    attempts.c.element_id == bindparam("element_id"),
    attempts.c.model == bindparam("model"),
    attempts.c.fingerprint == bindparam("fingerprint"),
    attempts.c.state == constant(AttemptState.ANSWERED),
    attempts.c.confidence.is_not(None),
)
_CONFIDENCES = Prepared(
    select(attempts.c.confidence)
    .where(*_ANSWERS, attempts.c.started_at > bindparam("since"))
    .order_by(attempts.c.started_at.desc())
    .limit(bindparam("most"))
)
_COUNT = Prepared(
    select(func.count()).select_from(attempts).where(*_ANSWERS, attempts.c.started_at > bindparam("since"))
)


def of(tx: UnitOfWork, agent_id: str, process_id: str, element_id: str, model: str) -> list[Autonomy]:
    """What was decided for an agent here: with this model, and with all."""
    given = {"of_agent_id": agent_id, "of_process_id": process_id, "of_element_id": element_id}
    return [_make(*row) for row in tx.execute(_OF, {**given, "models": [model, ""]})]


def lock(tx: UnitOfWork, agent_id: str, process_id: str, element_id: str, model: str) -> Autonomy | None:
    """One level, held until the end of the transaction."""
    given = {"of_agent_id": agent_id, "of_process_id": process_id, "of_element_id": element_id, "of_model": model}
    row = tx.execute(_LOCK, given).first()
    return None if row is None else _make(*row)


def put(tx: UnitOfWork, new: Autonomy) -> None:
    """Set a level, in the place of the one before."""
    tx.execute(_DELETE, _key(new))
    row = {column.name: getattr(new, column.name) for column in _ALL}
    tx.execute(_INSERT, {**row, "baseline": list(new.baseline) or None})


def count_window(tx: UnitOfWork, one: Autonomy, windows: int) -> None:
    """So many windows of answers were held against the baseline."""
    tx.execute(_COUNTED, {**_key(one), "new_windows": windows})


def listed(tx: UnitOfWork) -> Sequence[Autonomy]:
    """Every level that was set."""
    return [_make(*row) for row in tx.execute(_LISTED)]


def trusted(tx: UnitOfWork) -> Sequence[Autonomy]:
    """Those whose answers pass without a person."""
    return [_make(*row) for row in tx.execute(_TRUSTED, {"levels": ["sampled", "auto"]})]


def verdicts(tx: UnitOfWork, one: Autonomy) -> tuple[int, int]:
    """How many of people's verdicts since the level was set are wrong, and of how many; only on answers that pass."""
    given = {"process_id": one.process_id, "element_id": one.element_id, "model": one.model}
    more = {"fingerprint": one.fingerprint, "since": one.set_at, "least": one.least_confidence or 0.0}
    found = [bool(right) for (right,) in tx.execute(_VERDICTS, {**given, **more})]
    return found.count(False), len(found)


def confidences(tx: UnitOfWork, one: Autonomy, since: datetime, most: int) -> list[float]:
    """The newest confidences of the agent's answers here."""
    return [float(value) for (value,) in tx.execute(_CONFIDENCES, {**_place(one, since), "most": most})]


def answers(tx: UnitOfWork, one: Autonomy) -> int:
    """How many answers there were since the level was set."""
    return int(tx.execute(_COUNT, _place(one, one.set_at)).scalar())


def _place(one: Autonomy, since: datetime) -> dict[str, Any]:
    given = {"agent_id": one.agent_id, "element_id": one.element_id, "model": one.model}
    return {**given, "fingerprint": one.fingerprint, "since": since}


def _key(one: Autonomy) -> dict[str, str]:
    return {f"of_{name}": getattr(one, name) for name in (*_KEY, "model")}


def _make(*row: Any) -> Autonomy:
    values = list(row)
    values[_BASELINE] = tuple(values[_BASELINE] or ())
    return Autonomy(*values)
