"""Evaluations as rows: which model was held against which cases, each of its calls with its budgets, the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.states import AttemptState
from engine.store.ai_tables import evaluation_calls, evaluations
from engine.store.columns import constant
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run of recorded cases with a model. `said` is what was changed, in words; `report` None until it has ended."""

    key: int
    agent_id: str
    model: str
    said: str
    cases: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    report: Json = None


@dataclass(frozen=True, slots=True)
class EvaluationCall:
    """A call of a model for a case. What was asked and answered is not kept: the case has it, and the report."""

    evaluation_key: int
    number: int
    job_key: int
    model: str
    state: AttemptState
    started_at: datetime
    reserved: Decimal | None
    books: tuple[tuple[str, int], ...]
    cost: Decimal | None = None
    ended_at: datetime | None = None


_ALL = columns(evaluations, Evaluation)
_INSERT = Prepared(insert(evaluations))
_END = Prepared(
    update(evaluations)
    .where(evaluations.c.key == bindparam("of_key"))
    .values(ended_at=bindparam("new_ended_at"), report=bindparam("new_report"))
)
_FIND = Prepared(select(*_ALL).where(evaluations.c.key == bindparam("key")).with_for_update())
_OF_AGENT = Prepared(
    select(*_ALL)
    .where(evaluations.c.agent_id == bindparam("agent_id"))
    .order_by(evaluations.c.started_at.desc(), evaluations.c.key.desc())
    .limit(bindparam("most"))
)
_CALL = columns(evaluation_calls, EvaluationCall)
_BEGIN = Prepared(insert(evaluation_calls))
_THIS = (
    evaluation_calls.c.evaluation_key == bindparam("of_evaluation"),
    evaluation_calls.c.number == bindparam("of_number"),
)
_LOCK = Prepared(select(*_CALL).where(*_THIS).with_for_update())
_SETTLE = Prepared(
    update(evaluation_calls)
    .where(*_THIS)
    .values(state=bindparam("new_state"), cost=bindparam("new_cost"), ended_at=bindparam("new_ended_at"))
)
_FORGOTTEN = Prepared(
    select(*_CALL)
    .where(
        evaluation_calls.c.state == constant(AttemptState.STARTED), evaluation_calls.c.started_at < bindparam("before")
    )
    .limit(bindparam("most"))
    .with_for_update()
)


def add(tx: UnitOfWork, new: Evaluation) -> None:
    """An evaluation has begun."""
    tx.execute(_INSERT, {column.name: getattr(new, column.name) for column in _ALL})


def lock(tx: UnitOfWork, key: int) -> Evaluation | None:
    """One evaluation, held until the end of the transaction."""
    row = tx.execute(_FIND, {"key": key}).first()
    return None if row is None else Evaluation(*row)


def end(tx: UnitOfWork, key: int, now: datetime, report: Json) -> None:
    """It is over."""
    tx.execute(_END, {"of_key": key, "new_ended_at": now, "new_report": report})


def of_agent(tx: UnitOfWork, agent_id: str, most: int) -> list[Evaluation]:
    """The newest evaluations of an agent's cases."""
    return [Evaluation(*row) for row in tx.execute(_OF_AGENT, {"agent_id": agent_id, "most": most})]


def begin_call(tx: UnitOfWork, call: EvaluationCall) -> None:
    """A call is about to be made."""
    tx.execute(_BEGIN, {column.name: _stored(getattr(call, column.name)) for column in _CALL})


def lock_call(tx: UnitOfWork, evaluation_key: int, number: int) -> EvaluationCall | None:
    """One call, held until the end of the transaction."""
    row = tx.execute(_LOCK, {"of_evaluation": evaluation_key, "of_number": number}).first()
    return None if row is None else _make(*row)


def settle_call(tx: UnitOfWork, call: EvaluationCall) -> None:
    """A call has ended."""
    changed = {"new_state": call.state, "new_cost": _stored(call.cost), "new_ended_at": call.ended_at}
    tx.execute(_SETTLE, {"of_evaluation": call.evaluation_key, "of_number": call.number, **changed})


def forgotten_calls(tx: UnitOfWork, before: datetime, most: int) -> Sequence[EvaluationCall]:
    """Calls from before that are still open: whoever made them is gone."""
    return [_make(*row) for row in tx.execute(_FORGOTTEN, {"before": before, "most": most})]


def _make(*row: Any) -> EvaluationCall:
    *head, reserved, books, cost, ended_at = row
    known = tuple((book, amount) for book, amount in books or ())
    values: list[Any] = [*head, _money(reserved), known, _money(cost), ended_at]
    return EvaluationCall(*values)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return [list(one) for one in value] if isinstance(value, tuple) else value
