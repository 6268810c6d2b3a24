"""Variables of the cluster: read by expressions of all processes, set by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, delete, func, insert, select, true, type_coerce, update

from engine.store.findable import Findable
from engine.store.rows import columns
from engine.store.tables import cluster_variables as table
from engine.store.unit_of_work import UnitOfWork

Json = Any


@dataclass(frozen=True, slots=True)
class ClusterVariable:
    """A value under a name that is the same for all processes."""

    name: str
    value: Json
    set_at: datetime
    set_by: str


_text = type_coerce(table.c.value, Text)
_ALL = select(*columns(table, ClusterVariable))
CLUSTER_VARIABLES: Findable[ClusterVariable] = Findable(
    _ALL,
    {"name": table.c.name, "value": _text, "length": func.length(_text), "is_there": true()},
    (table.c.name,),
    ClusterVariable,
    None,
)


def values(tx: UnitOfWork) -> Mapping[str, Json]:
    """The value of each, by name."""
    return {one.name: one.value for one in tx.execute(select(table.c.name, table.c.value))}


def find(tx: UnitOfWork, name: str) -> ClusterVariable | None:
    """One of them; None when there is none of this name."""
    row = tx.execute(_ALL.where(table.c.name == name)).first()
    return None if row is None else ClusterVariable(*row)


def put(tx: UnitOfWork, variable: ClusterVariable, *, is_new: bool) -> None:
    """Keep it, in the place of the one of its name unless it is new."""
    row = {"value": variable.value, "set_at": variable.set_at, "set_by": variable.set_by}
    if is_new:
        tx.execute(insert(table).values(name=variable.name, **row))
    else:
        tx.execute(update(table).where(table.c.name == variable.name).values(**row))


def remove(tx: UnitOfWork, name: str) -> None:
    """Forget it."""
    tx.execute(delete(table).where(table.c.name == name))
