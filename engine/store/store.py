"""The store as a whole: open it, upgrade it, begin transactions, read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from engine import audit
from engine.errors import Conflict
from engine.keys import KeyMaker
from engine.store import audit_records, migrate, sequences
from engine.store.carriers import CommitWatch, Notices
from engine.store.database import Disconnected, Stale, open_database
from engine.store.memory import Memory
from engine.store.unit_of_work import GroupedTransactions, Looks, OnCommit, Transactions, UnitOfWork, no_keys
from engine.store.wakeups import WakeUps

T = TypeVar("T")

# How often a verb is run again when another one changed what it had read.
TRIES = 5
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Health:
    """What `Store.check` found: the schema's revision and the one this version of Baton wants."""

    backend: str
    revision: str
    wanted: str

    @property
    def is_current(self) -> bool:
        return self.revision == self.wanted

    @property
    def is_usable(self) -> bool:
        """Whether this version can work on it: a later one may have upgraded the schema while this one still runs.

        Revisions only add to the schema what the version before can do without, so that both work side by side.
        """
        return self.is_current or self.revision > self.wanted > ""


def open_store(url: str, *, on_commit: OnCommit | None = None) -> Store:
    """The store behind a database URL; nothing is read or written yet. Raises `StoreUnavailable` for a bad URL.

    `on_commit` is called with "before" and "after" around every commit: tests stop the process there.
    """
    return Store(open_database(url), on_commit=on_commit)


class Store:
    """Rows, transactions and the schema. Thread-safe; a process that forks opens its own.

    `wakeups` tells those who wait for work that there may be some.
    """

    def __init__(self, engine: Engine, *, on_commit: OnCommit | None = None) -> None:
        self._engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        kind = GroupedTransactions if self.is_sqlite else Transactions
        self._memory = Memory()
        self._looks = Looks(engine, self._memory)
        self.wakeups = WakeUps()
        self._transactions: Transactions = kind(engine, on_commit, self._memory, self.wakeups)
        path = str(engine.url.database)
        ring = self.wakeups.ring_here
        self.wakeups.carrier = CommitWatch(path, ring) if self.is_sqlite else Notices(engine, ring)
        self._keys: KeyMaker | None = None
        self._keys_of_process = 0
        self._keys_lock = threading.Lock()
        self._shared = _Shared()

    @property
    def url(self) -> str:
        """The database's URL, without its password."""
        return make_url(self._engine.url).render_as_string(hide_password=True)

    @property
    def sql(self) -> Engine:
        """SQLAlchemy's engine, for measurements and tests."""
        return self._engine

    def transaction(self) -> AbstractContextManager[UnitOfWork]:
        """A block that commits at its end, or leaves no trace when it raises."""
        return self._transactions.begin(self.keys)

    def run(self, verb: Callable[[UnitOfWork], T]) -> T:
        """Run a verb in a transaction; again, a few times, when it met another one. Raises `Conflict` after that.

        Once more, too, when the connection had broken before: a database that was restarted is no failure.
        """
        if (shared := self._shared.tx) is not None:
            with shared.savepoint():
                return verb(shared)
        for left in reversed(range(TRIES)):
            try:
                with self.transaction() as tx:
                    return verb(tx)
            except Disconnected:
                if not left:
                    raise
            except Stale as stale:
                if not left:
                    raise Conflict(
                        "Others changed the same thing at the same time. Nothing was done: try again."
                    ) from stale
        raise AssertionError("unreachable")

    def together(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run verbs and questions of this thread in one transaction: all of it is done, or nothing.

        `work` may run again from its beginning, as a verb may. Raises `Conflict`, and whatever `work` raises.
        """

        def share(tx: UnitOfWork) -> T:
            self._shared.tx = tx
            try:
                return work(tx)
            finally:
                self._shared.tx = None

        return self.run(share)

    @property
    def is_shared(self) -> bool:
        """Whether this thread is inside of `together`."""
        return self._shared.tx is not None

    def look(self, question: Callable[[UnitOfWork], T]) -> T:
        """Ask at one moment of the database; once more when the connection had broken before."""
        try:
            with self.reading() as tx:
                return question(tx)
        except Disconnected:
            with self.reading() as tx:
                return question(tx)

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """A look at one moment of the database that changes nothing; inside of `together`, at what it has done."""
        return self._looks.begin() if self._shared.tx is None else nullcontext(self._shared.tx)

    @property
    def keys(self) -> Callable[[], int]:
        """Makes keys that no other process makes. The first use takes a node number from the database."""
        if self._keys is None or self._keys_of_process != os.getpid():
            with self._keys_lock:
                if self._keys is None or self._keys_of_process != os.getpid():
                    self._keys = self._new_keys()
                    self._keys_of_process = os.getpid()
        return self._keys

    def _new_keys(self) -> KeyMaker:
        with self._transactions.begin(no_keys) as tx:
            node = sequences.next_value(tx, "node")
        return KeyMaker(node)

    def upgrade(self) -> str:
        """Bring the schema to this version's; returns the revision. Safe when several processes do it at once."""
        with self._transactions.begin(no_keys) as tx:
            return migrate.upgrade(tx.connection)

    def check(self) -> Health:
        """Whether the database answers and has the schema that this version wants."""
        with self.reading() as tx:
            return Health(self._engine.dialect.name, migrate.revision(tx.connection), migrate.newest())

    def now(self) -> datetime:
        """What time the database has, for comparing clocks."""
        question = "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')" if self.is_sqlite else "SELECT clock_timestamp()"
        with self.reading() as tx:
            found = tx.execute(text(question)).scalar_one()
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if self.is_sqlite else found

    def close(self) -> None:
        """Close every connection."""
        self.wakeups.close()
        self._transactions.close()
        self._looks.close()
        self._engine.dispose()

    # What `engine.audit.verify` reads.

    def audit_heads(self) -> Mapping[int, audit.Head]:
        with self.reading() as tx:
            return audit_records.heads(tx, range(audit.CHAINS))

    def audit_records(self, chain: int) -> Iterator[audit.Record]:
        """A chain's records in order, read in portions so that memory does not grow with the trail."""
        after = 0
        while True:
            with self.reading() as tx:
                portion = audit_records.portion(tx, chain, after, _CHUNK)
            yield from portion
            if len(portion) < _CHUNK:
                return
            after = portion[-1].seq


class _Shared(threading.local):
    """The transaction that the verbs of a thread share, while they do."""

    tx: UnitOfWork | None = None
