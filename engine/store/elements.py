"""Element instances: the history of what was entered and left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.step import ElementChange, ElementState
from engine.store.columns import constant
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.tables import elements
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ElementInstance:
    """One visit of one element. `scope_key` is the element instance it lies in; the root's is its own key."""

    key: int
    instance_key: int
    element_id: str
    name: str
    kind: str
    state: str
    scope_key: int
    started_at: datetime
    ended_at: datetime | None


def _upsert(insert: Any) -> Any:
    # One statement writes what began and what ended: the second half only touches rows of earlier steps.
    new = insert(elements)
    return new.on_conflict_do_update(
        index_elements=["key"], set_={"state": new.excluded.state, "ended_at": new.excluded.ended_at}
    )


_ALL = columns(elements, ElementInstance)
_NAMES = [column.name for column in _ALL]
_ON_SQLITE = Prepared(_upsert(sqlite.insert), _NAMES)
_ON_POSTGRESQL = Prepared(_upsert(postgresql.insert), _NAMES)
_FIND = Prepared(select(*_ALL).where(elements.c.key == bindparam("key")))
_OF_INSTANCE = Prepared(
    select(*_ALL).where(elements.c.instance_key == bindparam("instance_key")).order_by(elements.c.key)
)
_ACTIVE = Prepared(_OF_INSTANCE.statement.where(elements.c.state == constant(ElementState.ACTIVE)))


def write(tx: UnitOfWork, instance_key: int, changes: Sequence[ElementChange], now: datetime) -> None:
    """Keep what was entered and left, one row per element instance."""
    rows: dict[int, tuple[Any, ...]] = {}
    for key, element_id, kind, state, scope_key, _, name in changes:  # the last one of a key says it all
        ended_at = None if state is ElementState.ACTIVE else now
        rows[key] = (key, instance_key, element_id, name, kind, str(state), scope_key, now, ended_at)
    if rows:
        tx.write(_ON_SQLITE if tx.is_sqlite else _ON_POSTGRESQL, list(rows.values()))


def find(tx: UnitOfWork, key: int) -> ElementInstance | None:
    """One element instance; None when there is none."""
    row = tx.execute(_FIND, {"key": key}).first()
    return None if row is None else ElementInstance(*row)


def of_instance(tx: UnitOfWork, instance_key: int, *, active_only: bool = False) -> list[ElementInstance]:
    """The element instances in the order in which they began."""
    rows = tx.execute(_ACTIVE if active_only else _OF_INSTANCE, {"instance_key": instance_key})
    return [ElementInstance(*row) for row in rows]
