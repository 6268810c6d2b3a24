"""Many new rows as one parameter of one statement, for PostgreSQL.

There each statement has its price, at the driver and at the server, however little it writes: eight rows in one
statement take a third of what they take in eight. Their number is no part of the statement's text, so it is prepared
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Boolean, Dialect, Integer, LargeBinary, Text, bindparam, cast, column, func, select

from engine.store.columns import to_json

#: A text of rows is sent when it has so many characters; PostgreSQL takes a gigabyte.
MOST_CHARACTERS = 8_000_000
_ROWS = "new_rows"


class ManyRows:
    """An INSERT whose rows come as JSON."""

    __slots__ = ("_binary", "_identity", "text")

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        types = {name: statement.table.c[name].type for name in names}
        rows = func.json_to_recordset(cast(bindparam(_ROWS, type_=Text), JSON))
        found = rows.table_valued(*(column(name, type_) for name, type_ in types.items()))
        chosen = select(*found.render_derived(with_types=True).c)
        self.text = str(statement.from_select(list(names), chosen).compile(dialect=dialect))
        self._binary = [name for name, type_ in types.items() if isinstance(type_.dialect_impl(dialect), LargeBinary)]
        unique = getattr(statement._post_values_clause, "inferred_target_elements", None)
        self._identity = itemgetter(*unique) if unique else None

    def parameters(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, str]]:
        """The statement's parameters, from rows of converted values; one set, seldom more.

        A row that stands for the same thing as one before goes with the next set: an INSERT that may update refuses to
        touch a row twice.
        """
        texts: list[str] = []
        known: set[Any] = set()
        size = 0
        for row in rows:
            identity = self._identity(row) if self._identity else None
            if size > MOST_CHARACTERS or identity in known:
                yield {_ROWS: f"[{','.join(texts)}]"}
                texts, known, size = [], set(), 0
            if identity is not None:
                known.add(identity)
            texts.append(to_json(self._written(row)))
            size += len(texts[-1])
        yield {_ROWS: f"[{','.join(texts)}]"}

    def _written(self, row: dict[str, Any]) -> dict[str, Any]:
        for name in self._binary:
            if row[name] is not None:
                row[name] = rf"\x{bytes(row[name]).hex()}"
        return row


def many_rows(statement: Any, dialect: Dialect, names: Sequence[str]) -> ManyRows | None:
    """The statement for many rows at once; None where there is none.

    It has to be an INSERT of nothing but parameters, into columns that JSON carries without loss.
    """
    if dialect.name != "postgresql" or not statement.is_insert:
        return None
    columns = statement.table.c
    if not all(name in columns and _is_carried(columns[name].type, dialect) for name in names):
        return None
    return ManyRows(statement, dialect, names)


def _is_carried(type_: Any, dialect: Dialect) -> bool:
    return isinstance(type_.dialect_impl(dialect), Integer | Text | LargeBinary | Boolean)
