"""One verb, one transaction: the only place in Baton that commits.

PostgreSQL gives every verb a connection and a transaction of its own. SQLite has one writer at a time, and a commit
costs a write to the disk; so verbs that come while another one is at work share its commit: each runs behind a
savepoint of the same transaction, and each returns only when the commit that holds it is on the disk.

What a verb writes, and asks no answer for, waits for the next statement that it needs an answer of: PostgreSQL gets all
of it in one round trip.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Executable, exc

from engine.errors import StoreUnavailable
from engine.store.database import Stale, begin, for_reading, roll_back, translated, without_patience
from engine.store.memory import Memory
from engine.store.prepared import Link, Parameters, Prepared, Write, run_together
from engine.store.wakeups import WakeUps
from engine.tenants import Sight, sees

Statement = Executable | Prepared
Moment = Literal["before", "after"]
OnCommit = Callable[[Moment], None]

# A group ends after this many verbs, so that the first of them does not wait for ever.
MOST_IN_GROUP = 64
_NOT_COMMITTED = "The database could not commit: {}. Nothing was changed. Try again."


class UnitOfWork:
    """What a verb does inside its transaction. `next_key` makes keys; `execute` runs a prepared statement.

    `memory` is what the process knows from before; `deployments` the count of deployments, once a statement told it.
    `announced` are the topics (`engine.store.wakeups`) that are rung when this has committed. `sight` are the tenants
    of whoever asks: what is found for them is of these alone.
    """

    __slots__ = (
        "_is_heard",
        "_link",
        "_waiting",
        "announced",
        "deployments",
        "is_sqlite",
        "memory",
        "next_key",
        "sight",
    )

    def __init__(self, connection: Connection, next_key: Callable[[], int], memory: Memory) -> None:
        self._link = Link(connection)
        self._waiting: list[Write] = []
        self.next_key = next_key
        self.memory = memory
        self.deployments: int | None = None
        self.announced: set[str] = set()
        self.sight: Sight = None
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._is_heard = bool(connection.engine.dispatch.before_cursor_execute)

    def execute(self, statement: Statement, parameters: Parameters | Sequence[Parameters] | None = None) -> Any:
        """Run one statement, once or for a list of parameter sets; returns its rows.

        A `Prepared` one gives `Rows` of plain tuples. Any other gives SQLAlchemy's result, whose type is not written
        down because versions 2.0 and 2.1 disagree on its parameters.
        """
        if not isinstance(statement, Prepared):
            return self.connection.execute(statement, parameters)  # type: ignore[arg-type]
        if self._is_heard:
            return self.connection.execute(statement.statement, statement.named(parameters))
        if self._waiting:
            self.flush()
        return statement.run(self._link, parameters)

    def sees(self, tenant_id: str) -> bool:
        """Whether whoever asks may see what belongs to this tenant."""
        return sees(self.sight, tenant_id)

    @contextmanager
    def seeing(self, sight: Sight) -> Iterator[None]:
        """A block that works for somebody who sees these tenants."""
        before, self.sight = self.sight, sight
        try:
            yield
        finally:
            self.sight = before

    def announce(self, topic: str) -> None:
        """Wake those who wait for this topic as soon as this has committed."""
        self.announced.add(topic)

    def change(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Run one statement that changes rows; returns how many."""
        if self._waiting and isinstance(statement, Prepared):
            self._waiting.append(Write(statement, [parameters]))
            return self.flush()
        return int(self.execute(statement, parameters).rowcount)

    def write(self, statement: Prepared, parameters: Parameters | Sequence[Parameters], *, unless: str = "") -> None:
        """Change rows without an answer, some time before the next answer or the commit.

        When it is to change one row, `unless` says why it might not: `Stale` is raised with that then.
        """
        if not (self.is_sqlite or self._is_heard):
            many = parameters if isinstance(parameters, list) else [parameters]
            self._waiting.append(Write(statement, many, unless))  # type: ignore[arg-type]
        elif self.execute(statement, parameters).rowcount != 1 and unless:
            raise Stale(unless)

    def flush(self) -> int:
        """Run what waits; returns how many rows the last of it changed. Raises `Stale`."""
        waiting, self._waiting = self._waiting, []
        counts = run_together(self._link, waiting) if waiting else [0]
        for one, count in zip(waiting, counts, strict=False):
            if one.unless and count != 1:
                raise Stale(one.unless)
        return counts[-1]

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection; everything written so far has reached the database."""
        self.flush()
        return self._link.connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A block that leaves no trace when it raises, inside of a transaction that goes on."""
        with self.connection.begin_nested():
            try:
                yield
                self.flush()
            finally:
                self._waiting.clear()


class Looks:
    """Opens transactions that only look, each at one moment of the database, and leave nothing behind.

    Several statements make up an answer, so what commits between two of them must not be seen by the second alone.
    Connections to SQLite stay open for the next look: taking one from the pool costs more than most looks do.
    """

    def __init__(self, engine: Engine, memory: Memory) -> None:
        self._engine = for_reading(engine)
        self._memory = memory
        self._idle: list[Connection] = []

    @contextmanager
    def begin(self, next_key: Callable[[], int]) -> Iterator[UnitOfWork]:
        """A look, until the end of the block."""
        with _errors_translated:
            if self._engine.dialect.name == "sqlite":
                with self._lent() as connection:
                    yield UnitOfWork(connection, next_key, self._memory)
            else:
                with self._engine.connect() as connection:
                    connection.begin()
                    yield UnitOfWork(connection, next_key, self._memory)
                    # It is read-only, so that nothing can be committed; a rollback would cost the connection all its
                    # prepared statements (psycopg drops them), and the next verb had to send and plan each anew.
                    connection.commit()

    def close(self) -> None:
        """Close what nobody uses just now."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            begin(connection)
            yield connection
            roll_back(connection)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)


class Transactions:
    """Opens transactions that write. `on_commit` is called right before and right after each commit."""

    def __init__(self, engine: Engine, on_commit: OnCommit | None, memory: Memory, wakeups: WakeUps) -> None:
        self._memory = memory
        self._wakeups = wakeups
        self._engine = engine.execution_options(baton_writer=True)
        self._on_commit = on_commit or (lambda moment: None)

    @contextmanager
    def begin(self, next_key: Callable[[], int]) -> Iterator[UnitOfWork]:
        """A transaction that commits at the end of the block and rolls back when the block raises."""
        with _errors_translated, self._engine.connect() as connection:
            # Prepared statements go past SQLAlchemy, which would begin at the first of its own.
            connection.begin()
            tx = UnitOfWork(connection, next_key, self._memory)
            yield tx
            tx.flush()
            self.commit(connection)
        self._tell(tx)

    def _tell(self, tx: UnitOfWork) -> None:
        if tx.announced:
            self._wakeups.ring(tx.announced)

    def commit(self, connection: Connection) -> None:
        """Make it durable. Raises `StoreUnavailable`, which says whether anything can have been."""
        self._on_commit("before")
        try:
            if connection.get_transaction() is None:  # `begin` began it on the driver, and there it ends
                driver: Any = connection.connection.dbapi_connection
                driver.commit()
            else:
                connection.commit()
        except sqlite3.Error as error:
            raise StoreUnavailable(_NOT_COMMITTED.format(error)) from error
        except exc.DBAPIError as error:
            raise _not_committed(error) from error
        self._on_commit("after")

    def close(self) -> None:
        """Let go of what is held between transactions."""


class _Group:
    """The verbs that one commit will cover."""

    __slots__ = ("_end", "error", "is_over", "size")

    def __init__(self) -> None:
        self.size = 0
        self.error: Exception | None = None
        self.is_over = False
        self._end = threading.Lock()  # held until it is over; an Event costs five times as much to make
        self._end.acquire()

    def end(self, error: Exception | None) -> None:
        """Let all go on that wait; `error` says why nothing was committed."""
        self.error = error
        self.is_over = True
        self._end.release()

    def wait(self) -> None:
        """Until it has ended. Raises `StoreUnavailable` when nothing was committed."""
        if not self.is_over:
            with self._end:  # one after the other
                pass
        if self.error is not None:
            raise _as_unavailable(self.error)


class GroupedTransactions(Transactions):
    """SQLite: one connection writes, and verbs that overlap share a commit."""

    def __init__(self, engine: Engine, on_commit: OnCommit | None, memory: Memory, wakeups: WakeUps) -> None:
        super().__init__(engine, on_commit, memory, wakeups)
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._owner = 0
        self._connection: Connection | None = None
        self._group: _Group | None = None

    @contextmanager
    def begin(self, next_key: Callable[[], int]) -> Iterator[UnitOfWork]:
        with _errors_translated:
            self._take_turn()
            group: _Group | None = None
            try:
                connection = self._open()
                group = self._join(connection)
                tx = UnitOfWork(connection, next_key, self._memory)
                try:
                    yield tx
                except BaseException:
                    self._leave(connection, group)
                    raise
                self._finish(connection, group)
            finally:
                self._owner = 0
                self._turn.release()
            group.wait()
        self._tell(tx)

    def close(self) -> None:
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take_turn(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a verb began a second transaction inside its own")
        if not self._turn.acquire(blocking=False):
            with self._count:
                self._waiting += 1
            self._turn.acquire()
            with self._count:
                self._waiting -= 1
        self._owner = threading.get_ident()

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            without_patience(self._connection)
        return self._connection

    def _join(self, connection: Connection) -> _Group:
        if self._group is None:
            begin(connection)
            self._group = _Group()
        elif self._group.size:
            self._save(connection, self._group)
        return self._group

    def _save(self, connection: Connection, group: _Group) -> None:
        try:
            _raw(connection, "SAVEPOINT verb")
        except Exception as error:
            self._end(group, error)
            roll_back(connection)
            raise

    def _leave(self, connection: Connection, group: _Group) -> None:
        """Undo one verb; the others of its group keep theirs."""
        if not group.size:
            self._group = None
            roll_back(connection)
            return
        try:
            _raw(connection, "ROLLBACK TO verb")
            _raw(connection, "RELEASE verb")
        except Exception as error:
            self._end(group, error)
            roll_back(connection)
            raise
        if not self._waiting:
            self._settle(connection, group)

    def _finish(self, connection: Connection, group: _Group) -> None:
        if group.size:
            _raw(connection, "RELEASE verb")
        group.size += 1
        # Whoever waits for the turn will do the commit, and cover this verb with it.
        if not self._waiting or group.size >= MOST_IN_GROUP:
            self._settle(connection, group)

    def _settle(self, connection: Connection, group: _Group) -> None:
        try:
            self.commit(connection)
        except Exception as error:  # every verb of the group must hear of it, each in its own thread
            roll_back(connection)
            self._end(group, error)
        else:
            self._end(group, None)

    def _end(self, group: _Group, error: Exception | None) -> None:
        self._group = None
        group.end(error)


def _raw(connection: Connection, text: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(text)


def _not_committed(error: exc.DBAPIError) -> StoreUnavailable:
    if error.connection_invalidated:
        # The answer was lost, not necessarily the commit.
        return StoreUnavailable(
            "The connection to the database broke while it committed. The change may have been made or not: look "
            "before you try again."
        )
    return StoreUnavailable(_NOT_COMMITTED.format(error.orig))


def _as_unavailable(error: Exception) -> StoreUnavailable:
    """The group's error, for each of its verbs an exception of its own."""
    text = str(error) if isinstance(error, StoreUnavailable) else f"The database could not commit: {error}."
    return StoreUnavailable(text)


class _ErrorsTranslated:
    """A block in which the driver's errors become those of `engine.errors` and `Stale`."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, exc.DBAPIError):
            if (meaning := translated(error)) is not error:
                raise meaning from error
        elif isinstance(error, sqlite3.Error):  # from BEGIN and SAVEPOINT, which go past SQLAlchemy
            text = f"The database is not available: {error}. Nothing was changed. Try again."
            raise StoreUnavailable(text) from error
        elif isinstance(error, exc.TimeoutError):
            raise StoreUnavailable("All connections to the database are in use. Try again in a moment.") from error


_errors_translated = _ErrorsTranslated()
