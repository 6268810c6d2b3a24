"""The floor: what the database itself takes for a durable commit, of one row and of a verb's three statements.

Beside it the same one row through Baton's own way to a database: what is above the floor there is code, not disk.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

from engine.store import open_store
from tests.benchmarks.contestants.player import path_of, play
from tests.benchmarks.office import commit_one_row

PAGE = bytes(4096)
CREATE = "CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, state {blob})"


def _sqlite(path: str) -> Callable[[str, tuple[Any, ...]], Any]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection.execute


def _postgres(url: str) -> Callable[[str, tuple[Any, ...]], Any]:
    import psycopg

    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, prepare_threshold=1)
    return lambda statement, values=(): connection.execute(statement.replace("?", "%s"), values or None)  # type: ignore[arg-type]


def main() -> None:
    url = sys.argv[1]
    path = path_of(url)
    run = _sqlite(path) if path else _postgres(url)
    run(CREATE.format(blob="BLOB" if path else "BYTEA"), ())
    run("DELETE FROM raw", ())
    run("INSERT INTO raw VALUES (1, ?)", (PAGE[:500],))
    keys = iter(range(2, 1 << 40))

    def insert() -> None:
        run("INSERT INTO raw VALUES (?, ?)", (next(keys), PAGE[:500]))

    def verb() -> None:
        run("BEGIN", ())
        run("SELECT state FROM raw WHERE id = 1", ()).fetchone()
        run("UPDATE raw SET state = ? WHERE id = 1", (PAGE[:500],))
        insert()
        run("COMMIT", ())

    store = open_store(f"sqlite:///{path}.store" if path else url)
    store.upgrade()
    cases = {"commit": insert, "verb": verb, "row through Baton's store": lambda: commit_one_row(store)}
    play(cases | ({"fdatasync": _written(path)} if path else {}))


def _written(path: str) -> Callable[[], None]:
    file = os.open(path + ".raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def write() -> None:
        os.write(file, PAGE)
        os.fdatasync(file)

    return write


main()
