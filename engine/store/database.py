"""Opening a database: which driver, which settings, and what its errors mean.

SQLite runs in WAL mode with synchronous=FULL: what was committed survives a power cut. SQLAlchemy is told to leave
BEGIN to us, because the driver's own habit of delaying it would turn "read, then write" into a failure under load.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from engine.errors import StoreUnavailable
from engine.store.link import CHECK, Link

BUSY_SECONDS = 30.0
# How long PostgreSQL lets a transaction stand in which nothing happens. No verb waits for anything but the database.
IDLE_SECONDS = 60.0
# libpq's own words, all in seconds but the last, which is in milliseconds. What a URL says itself comes first.
_WATCHFUL = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_LOCKED_PAUSE_SECONDS = 0.02
# A verb changes a row in each of some twenty-five pages, and each goes to the disk as a whole
# (`engine/decisions/hot_path.md`). Pages stay as large as they were when the file was made.
_PAGE_BYTES = 2048
_SETTINGS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
    "wal_autocheckpoint=4000",
)
_ASK_AGAIN_SECONDS = 0.0007
_MOST_PREPARED = 1000
# PostgreSQL: serialization failure, deadlock, unique and foreign key violation of two verbs that met.
_RETRYABLE = frozenset({"40001", "40P01", "23505", "23503", "55P03"})


class Stale(Exception):
    """Another transaction changed what this one had read: run the verb again."""


class Disconnected(StoreUnavailable):
    """The connection broke before the commit was asked for: nothing was done, and another connection may work."""


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`. Raises `StoreUnavailable` for any other URL."""
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise StoreUnavailable(_unknown(url)) from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    raise StoreUnavailable(_unknown(parsed.render_as_string()))


def _open_postgresql(url: URL) -> Engine:
    # A peer that is gone without a word must be noticed: by us through the connection's own checks, by the server
    # through its limit on transactions in which nothing happens. Its locks would hold instances for hours.
    query = {**{name: str(value) for name, value in _WATCHFUL.items()}, **url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        pool_size=20,
        max_overflow=40,
        pool_recycle=1800,
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.prepared_max = _MOST_PREPARED  # psycopg's own limit of a hundred is less than the verbs have
    connection.autocommit = True
    connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000:.0f}")
    connection.autocommit = False


def _unknown(url: str) -> str:
    return (
        f"'{url}' is no database that Baton knows. Set BATON_DATABASE_URL to sqlite:///path/to/baton.db or to "
        "postgresql+psycopg://user:password@host/database."
    )


def _open_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreUnavailable("SQLite in memory would forget everything. Name a file: sqlite:///baton.db.")
    folder = Path(url.database).expanduser().absolute().parent
    if not folder.is_dir():
        raise StoreUnavailable(f"The folder {folder} of the database does not exist. Create it, or name another file.")
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "cached_statements": 256},
    )
    same = _SameFile(Path(url.database).absolute())
    event.listen(engine, "do_connect", same.check)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", same.remember)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_heard(engine: Engine) -> bool:
    """Whether somebody listens to SQLAlchemy's events, and so must get its own, dearer ways."""
    heard = engine.dispatch
    return bool(heard.before_cursor_execute or heard.commit)


def begin(link: Link, *, writes: bool) -> None:
    """Begin a transaction of SQLite, on the driver because SQLAlchemy's way costs as much as two statements.

    When a statement goes through SQLAlchemy later, it begins one of its own, of which the database does not hear.
    """
    if is_heard(link.connection.engine):
        link.connection.begin()
    else:
        link.check()
        _begin(link.driver, writes=writes)


def roll_back(link: Link) -> None:
    """End a transaction that `begin` began, as if it had not been."""
    if link.connection.get_transaction() is not None:
        link.connection.rollback()
    else:
        link.driver.rollback()


class _SameFile:
    """Refuses to go on when the file was deleted or replaced: SQLite would write into a file that has no name any more.

    Whoever was told that it is stored would look for it in vain after the next start.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._known: tuple[int, int] | None = None

    def remember(self, _connection: object, record: Any) -> None:
        """The file that was opened first is the one; an empty one has been made by then."""
        record.info[CHECK] = self.check
        if self._known is None:
            self._known = self._now()

    def check(self, *_: object) -> None:
        if self._known is not None and self._known != self._now():
            raise StoreUnavailable(
                f"The database file {self._path} was removed or replaced while Baton ran. Nothing was changed. Put the "
                "right file there, then restart Baton."
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    _write_ahead(connection)
    for pragma in _SETTINGS:
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Turn the write-ahead log on. SQLite does not wait for the lock this takes in a new file, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_LOCKED_PAUSE_SECONDS)


def for_reading(engine: Engine) -> Engine:
    """The engine for transactions that only look. Each sees one moment of the database, as those of SQLite always do.

    PostgreSQL would give every statement a moment of its own (READ COMMITTED). The driver sends what is asked here
    with BEGIN, so that it costs no round trip.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once; a reader only looks at one moment of the database."""
    raw: Any = connection.connection.dbapi_connection
    if raw.in_transaction:
        return  # the other `begin` did it
    connection.info[CHECK]()
    _begin(raw, writes=connection.get_execution_options().get("baton_writer", False))


def _begin(raw: Any, *, writes: bool) -> None:
    if writes:
        _take_write_lock(raw)
    else:
        raw.execute("BEGIN")


def without_patience(link: Link) -> None:
    """Let SQLite not wait for locks on this connection: `_take_write_lock` does, and who has that needs no other."""
    link.driver.execute("PRAGMA busy_timeout=0")


def _take_write_lock(raw: Any) -> None:
    """Begin to write, in turn with other processes.

    SQLite would ask again after pauses that grow to a tenth of a second, so that whoever writes keeps the lock and the
    others sleep while it is free.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while not _has_begun(raw, deadline):
        time.sleep(_ASK_AGAIN_SECONDS)


def _has_begun(raw: Any, deadline: float) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) or time.monotonic() > deadline:
            raise
        return False
    return True


def translated(error: exc.DBAPIError) -> Exception:
    """What a driver's error means to a verb: `Stale` (run it again), `StoreUnavailable`, or the error itself."""
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error, exc.IntegrityError) or state in _RETRYABLE:
        return Stale(str(error.orig))
    if error.connection_invalidated:
        return Disconnected(_unanswered(error))
    # SQLite says plain DatabaseError of a file that is damaged, or none of its own.
    is_damaged = type(error.orig) is sqlite3.DatabaseError
    # An internal error is PostgreSQL's own trouble: its disk is full, its file system refuses, a page is damaged.
    if is_damaged or isinstance(error, exc.OperationalError | exc.InterfaceError | exc.InternalError):
        return StoreUnavailable(_unanswered(error))
    if state == "42P01":
        return StoreUnavailable("The database has no tables of Baton. Run `baton db upgrade`.")
    return error


def _unanswered(error: exc.DBAPIError) -> str:
    return (
        f"The database does not answer as it should: {str(error.orig).strip()[:300]}. Nothing was changed. Is it "
        "reachable, writable and upgraded (`baton db upgrade`)?"
    )
