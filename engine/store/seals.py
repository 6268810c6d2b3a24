"""Seals of the audit trail as rows, each with the trees that the next one goes on from."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.merkle import Tree
from engine.seals import Grown, Seal
from engine.store.audit_tables import audit_seals as table
from engine.store.prepared import Prepared
from engine.store.rows import columns
from engine.store.unit_of_work import UnitOfWork

_ALL = columns(table, Seal)
_LATEST = Prepared(select(*_ALL, table.c.trees, table.c.heads).order_by(table.c.number.desc()).limit(1))
_AFTER = Prepared(
    select(*_ALL).where(table.c.number > bindparam("after")).order_by(table.c.number).limit(bindparam("most"))
)
_ADD_SQLITE, _ADD_POSTGRESQL = (
    Prepared(dialect.insert(table).on_conflict_do_nothing(index_elements=["number"]))
    for dialect in (sqlite, postgresql)
)


def latest(tx: UnitOfWork) -> tuple[Seal | None, Grown]:
    """The last seal, None before the first, and the trees that it holds."""
    row = tx.execute(_LATEST).first()
    if row is None:
        return None, Grown()
    *fields, trees, heads = row
    grown = [Tree(size, tuple(bytes.fromhex(peak) for peak in peaks)) for size, peaks in trees]
    return Seal(*fields), Grown(tuple(grown), tuple(heads))


def after(tx: UnitOfWork, number: int, most: int) -> list[Seal]:
    """The seals behind this number, in order."""
    return [Seal(*row) for row in tx.execute(_AFTER, {"after": number, "most": most})]


def add(tx: UnitOfWork, seal: Seal, grown: Grown) -> bool:
    """Keep a seal; False when another node was first with this number."""
    trees = [[tree.size, [peak.hex() for peak in tree.peaks]] for tree in grown.trees]
    row = {column.name: getattr(seal, column.name) for column in _ALL}
    statement = _ADD_SQLITE if tx.is_sqlite else _ADD_POSTGRESQL
    return bool(tx.execute(statement, {**row, "trees": trees, "heads": list(grown.heads)}).rowcount)
