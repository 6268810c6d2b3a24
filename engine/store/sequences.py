"""Counters that all processes share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.tables import sequences
from engine.store.unit_of_work import UnitOfWork


def _next(insert: Any) -> Any:
    return (
        insert(sequences)
        .values(value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": sequences.c.value + 1})
        .returning(sequences.c.value)
    )


_ON_SQLITE, _ON_POSTGRESQL = _next(sqlite.insert), _next(postgresql.insert)


def next_value(tx: UnitOfWork, name: str) -> int:
    """Count up and return the new value, from 1."""
    statement = _ON_SQLITE if tx.is_sqlite else _ON_POSTGRESQL
    return int(tx.execute(statement, {"name": name}).scalar_one())


DEPLOYMENTS = "deployments"


def deployments_so_far() -> ColumnElement[int]:
    """The count of deployments, as a column of any select; 0 before the first."""
    count = select(sequences.c.value).where(sequences.c.name == DEPLOYMENTS).scalar_subquery()
    return func.coalesce(count, 0).label("deployments")
