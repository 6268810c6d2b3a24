"""Copies of an SQLite database, taken while others write, and put back in its place.

PostgreSQL has tools of its own for that; `libpq_uri` says what they need to know.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from engine.errors import StoreUnavailable

# So many pages at a time: writers wait for no longer than one portion takes.
_PAGES = 1_000


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database, None for other databases."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def libpq_uri(url: str) -> tuple[str, str]:
    """A PostgreSQL database as PostgreSQL's own tools take it, without its password; and the password."""
    parsed = make_url(url)
    bare = parsed.set(drivername="postgresql", password=None)
    return bare.render_as_string(hide_password=False), str(parsed.password or "")


def copy_to(database: Path, copy: Path) -> None:
    """Copy a database, as it is at one moment, into a file that does not exist yet.

    Raises `StoreUnavailable` when one cannot be read or the other not written; no half copy is left behind.
    """
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        _copy(database, partial)
        os.replace(partial, copy)
    finally:
        partial.unlink(missing_ok=True)


def put_back(copy: Path, database: Path) -> None:
    """Put a copy in the place of a database that nobody uses. Raises `StoreUnavailable`; the database stays then."""
    partial = database.with_name(f"{database.name}.partial")
    try:
        _copy(copy, partial)
        if database.exists():
            _end_log(database)
        os.replace(partial, database)
    finally:
        partial.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise StoreUnavailable(f"There is no file {source}.")
    target.unlink(missing_ok=True)
    try:
        with closing(_reading(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new, pages=_PAGES)
            [(found,)] = new.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{source} cannot be copied to {target}: {error}.") from error
    if found != "ok":
        raise StoreUnavailable(f"The copy of {source} is damaged: {found}. Was the original so, too?")


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _end_log(database: Path) -> None:
    """Take the write-ahead log into the file. What was left of it would be read as if it were the new file's."""
    try:
        with closing(sqlite3.connect(database, timeout=1.0)) as connection:
            [(mode,)] = connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise StoreUnavailable(f"{database} is in use. Stop all servers and workers first.") from error
        mode = "delete"  # damaged: what it holds is lost anyway
        for leftover in ("-wal", "-shm"):
            database.with_name(database.name + leftover).unlink(missing_ok=True)
    if mode != "delete":
        raise StoreUnavailable(f"{database} is in use. Stop all servers and workers first.")
