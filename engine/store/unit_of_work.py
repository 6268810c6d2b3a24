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
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Executable, exc

from engine.errors import StoreUnavailable
from engine.store.database import Stale, begin, for_reading, is_heard, roll_back, translated, without_patience
from engine.store.link import Link
from engine.store.memory import Memory
from engine.store.prepared import Parameters, Prepared, Waiting, Write, run_together
from engine.store.wakeups import WakeUps
from engine.tenants import Sight, sees

Statement = Executable | Prepared
Moment = Literal["before", "after"]
OnCommit = Callable[[Moment], None]

# A group ends after this many verbs, so that the first of them does not wait for ever.
MOST_IN_GROUP = 64
# Looks at SQLite at once: fewer than the pool has connections, so that nobody waits there for one that lies here idle.
MOST_LOOKS = 50
LOOK_WAITS_SECONDS = 30.0
_ALL_IN_USE = "All connections to the database are in use. Try again in a moment."
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
        "has_deployed",
        "is_sqlite",
        "memory",
        "next_key",
        "sight",
    )

    def __init__(self, link: Link, next_key: Callable[[], int], memory: Memory) -> None:
        self._link = link
        self._waiting = Waiting()
        self.next_key = next_key
        self.memory = memory
        self.deployments: int | None = None
        self.has_deployed = False
        self.announced: set[str] = set()
        self.sight: Sight = None
        self.is_sqlite = link.is_sqlite
        self._is_heard = is_heard(link.connection.engine)

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
            self._waiting.add_last(Write(statement, [parameters]))
            return self.flush()
        return int(self.execute(statement, parameters).rowcount)

    def write(self, statement: Prepared, parameters: Parameters | Sequence[Parameters], *, unless: str = "") -> None:
        """Change rows without an answer, some time before the next answer or the commit.

        When each parameter set is to change one row, `unless` says why it might not: `Stale` is raised with that then.
        """
        if self._is_heard:
            found = self.execute(statement, parameters)
        elif self.is_sqlite:
            found = statement.run(self._link, parameters)
        else:
            many = [*parameters] if isinstance(parameters, list) else [parameters]
            self._waiting.add(Write(statement, many, unless))  # type: ignore[arg-type]
            return
        if unless and found.rowcount != (len(parameters) if isinstance(parameters, list) else 1):
            raise Stale(unless)

    def flush(self) -> int:
        """Run what waits; returns how many rows the last of it changed. Raises `Stale`."""
        waiting = self._waiting.take()
        counts = run_together(self._link, waiting) if waiting else [0]
        for one, count in zip(waiting, counts, strict=False):
            if one.unless and count != len(one.parameters):
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
                self._waiting.take()


class Looks:
    """Opens transactions that only look, each at one moment of the database, and leave nothing behind.

    Several statements make up an answer, so what commits between two of them must not be seen by the second alone.
    Connections to SQLite stay open for the next look: taking one from the pool costs more than most looks do.
    """

    def __init__(self, engine: Engine, memory: Memory) -> None:
        self._engine = for_reading(engine)
        self._memory = memory
        self._places = threading.Semaphore(MOST_LOOKS)
        self._idle: list[Link] = []

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A look, until the end of the block."""
        return _Look(self, self._memory) if self._engine.dialect.name == "sqlite" else self._beside()

    def close(self) -> None:
        """Close what nobody uses just now."""
        while self._idle:
            self._idle.pop().connection.close()

    @contextmanager
    def _beside(self) -> Iterator[UnitOfWork]:
        """On PostgreSQL."""
        with _errors_translated, self._engine.connect() as connection:
            connection.begin()
            yield UnitOfWork(Link(connection), no_keys, self._memory)
            # It is read-only, so that nothing can be committed; a rollback would cost the connection all its
            # prepared statements (psycopg drops them), and the next verb had to send and plan each anew.
            connection.commit()

    def lend(self) -> Link:
        """A connection to SQLite for one look, as soon as another look ends when there are too many.

        Raises StoreUnavailable after LOOK_WAITS_SECONDS.
        """
        if not self._places.acquire(timeout=LOOK_WAITS_SECONDS):
            raise StoreUnavailable(_ALL_IN_USE)
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return Link(self._engine.connect())
        except BaseException:
            self._places.release()
            raise

    def take_back(self, link: Link) -> None:
        """The look is over, and left its connection as it was."""
        self._idle.append(link)
        self._places.release()

    def drop(self, link: Link) -> None:
        """The look failed, and nobody knows what it left in its connection."""
        try:
            link.connection.close()
        finally:
            self._places.release()


class _Look:
    """One look at SQLite: a block. A class, because it costs half of what a generator does."""

    __slots__ = ("_link", "_looks", "_memory")

    def __init__(self, looks: Looks, memory: Memory) -> None:
        self._looks = looks
        self._memory = memory

    def __enter__(self) -> UnitOfWork:
        with _errors_translated:
            self._link = self._looks.lend()
            try:
                begin(self._link, writes=False)
            except BaseException:
                self._looks.drop(self._link)
                raise
        return UnitOfWork(self._link, no_keys, self._memory)

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _errors_translated:
            if error is not None:
                self._looks.drop(self._link)
                _errors_translated.__exit__(type_, error, trace)
                return
            try:
                roll_back(self._link)
            except BaseException:
                self._looks.drop(self._link)
                raise
            self._looks.take_back(self._link)


def no_keys() -> int:
    """For transactions that make nothing new."""
    raise AssertionError("a reader makes no keys")


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
            tx = UnitOfWork(Link(connection), next_key, self._memory)
            yield tx
            tx.flush()
            self.commit(connection.commit)
        self._tell(tx)

    def _tell(self, tx: UnitOfWork) -> None:
        if tx.announced:
            self._wakeups.ring(tx.announced)

    def commit(self, commit: Callable[[], None]) -> None:
        """Make it durable. Raises `StoreUnavailable`, which says whether anything can have been."""
        self._on_commit("before")
        try:
            commit()
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
        self._link: Link | None = None
        self._group: _Group | None = None

    @contextmanager
    def begin(self, next_key: Callable[[], int]) -> Iterator[UnitOfWork]:
        with _errors_translated:
            self._take_turn()
            group: _Group | None = None
            try:
                link = self._open()
                group = self._join(link)
                tx = UnitOfWork(link, next_key, self._memory)
                try:
                    yield tx
                except BaseException:
                    self._leave(link, group)
                    raise
                self._finish(link, group)
            finally:
                self._owner = 0
                self._turn.release()
            group.wait()
        self._tell(tx)

    def close(self) -> None:
        with self._turn:
            if self._link is not None:
                self._link.connection.close()
                self._link = None

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

    def _open(self) -> Link:
        if self._link is None:
            self._link = Link(self._engine.connect())
            without_patience(self._link)
        return self._link

    def _join(self, link: Link) -> _Group:
        if self._group is None:
            begin(link, writes=True)
            self._group = _Group()
        elif self._group.size:
            self._save(link, self._group)
        return self._group

    def _save(self, link: Link, group: _Group) -> None:
        try:
            link.driver.execute("SAVEPOINT verb")
        except Exception as error:
            self._end(group, error)
            roll_back(link)
            raise

    def _leave(self, link: Link, group: _Group) -> None:
        """Undo one verb; the others of its group keep theirs."""
        if not group.size:
            self._group = None
            roll_back(link)
            return
        try:
            link.driver.execute("ROLLBACK TO verb")
            link.driver.execute("RELEASE verb")
        except Exception as error:
            self._end(group, error)
            roll_back(link)
            raise
        if not self._waiting:
            self._settle(link, group)

    def _finish(self, link: Link, group: _Group) -> None:
        if group.size:
            link.driver.execute("RELEASE verb")
        group.size += 1
        # Whoever waits for the turn will do the commit, and cover this verb with it.
        if not self._waiting or group.size >= MOST_IN_GROUP:
            self._settle(link, group)

    def _settle(self, link: Link, group: _Group) -> None:
        try:
            begun = link.connection.get_transaction()  # None: `begin` did it on the driver, and there it ends
            self.commit(link.driver.commit if begun is None else begun.commit)
        except Exception as error:  # every verb of the group must hear of it, each in its own thread
            roll_back(link)
            self._end(group, error)
        else:
            self._end(group, None)

    def _end(self, group: _Group, error: Exception | None) -> None:
        self._group = None
        group.end(error)


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
            raise StoreUnavailable(_ALL_IN_USE) from error


_errors_translated = _ErrorsTranslated()
