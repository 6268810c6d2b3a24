"""Stops of AI as rows: a call sees the stops that were committed before it began, on whichever node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, bindparam, insert, select, update

from engine.scopes import Scope
from engine.store.ai_tables import ai_stops as table
from engine.store.prepared import OneOf, Prepared
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, or one that was lifted: `stopped_at` is when the last one began."""

    scope: Scope
    is_on: bool
    reason: str
    stopped_at: datetime
    changed_at: datetime
    changed_by: str


_COLUMNS = (
    table.c.scope,
    table.c.stopped,
    table.c.reason,
    table.c.stopped_at,
    table.c.changed_at,
    table.c.changed_by,
)
_OF = Prepared(select(*_COLUMNS).where(OneOf(table.c.scope, "scopes", Text)))
_LOCK = Prepared(select(*_COLUMNS).where(table.c.scope == bindparam("of_scope")).with_for_update())
_LISTED = select(*_COLUMNS).where(table.c.stopped).order_by(table.c.scope)
_INSERT = Prepared(insert(table))
_NEW = ("stopped", "reason", "stopped_at", "changed_at", "changed_by")
_UPDATE = Prepared(
    update(table)
    .where(table.c.scope == bindparam("of_scope"))
    .values({name: bindparam(f"new_{name}") for name in _NEW})
)


def of(tx: UnitOfWork, scopes: Iterable[Scope]) -> list[Stop]:
    """What is known of stops on these scopes, lifted ones too, by scope from wide to narrow."""
    order = {scope.text: place for place, scope in enumerate(scopes)}
    found = [_make(*row) for row in tx.execute(_OF, {"scopes": list(order)})]
    return sorted(found, key=lambda stop: order[stop.scope.text])


def lock(tx: UnitOfWork, scope: Scope) -> Stop | None:
    """The stop on a scope, held until the end of the transaction."""
    row = tx.execute(_LOCK, {"of_scope": scope.text}).first()
    return None if row is None else _make(*row)


def put(tx: UnitOfWork, stop: Stop, *, is_new: bool) -> None:
    """Store a stop, in the place of the one before unless it is the first on its scope."""
    values = (stop.is_on, stop.reason, stop.stopped_at, stop.changed_at, stop.changed_by)
    if is_new:
        tx.execute(_INSERT, {"scope": stop.scope.text, **dict(zip(_NEW, values, strict=True))})
    else:
        new = {f"new_{name}": value for name, value in zip(_NEW, values, strict=True)}
        tx.execute(_UPDATE, {"of_scope": stop.scope.text, **new})


def listed(tx: UnitOfWork) -> Sequence[Stop]:
    """Every stop that is on."""
    return [_make(*row) for row in tx.execute(_LISTED)]


def _make(scope: str, stopped: bool, *values: object) -> Stop:
    return Stop(Scope.of(scope), bool(stopped), *values)  # type: ignore[arg-type]
