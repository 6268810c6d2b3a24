"""How a database would run the statements that a block ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from engine.store import Store


@contextmanager
def plans(store: Store) -> Iterator[list[str]]:
    """Filled when the block ends: the plan of each statement that it ran, its text first.

    PostgreSQL is told to look for an index where there is one: it reads small tables as a whole.
    """
    heard: list[tuple[str, Any]] = []
    found: list[str] = []

    def hear(_: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        heard.append((statement, parameters[0] if is_many else parameters))

    event.listen(store.sql, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(store.sql, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN" if store.is_sqlite else "EXPLAIN"
    with store.sql.connect() as connection:
        if not store.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in heard:
            rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            found.append("\n".join([statement, *(" ".join(map(str, row)) for row in rows)]))
