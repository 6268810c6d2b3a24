"""How wake-ups reach other processes: NOTIFY on PostgreSQL, a look at the file's commit counter on SQLite.

Both run in threads of their own, which end with the process, and both live without the database: a connection that
breaks is made anew, and meanwhile everybody polls.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection
from threading import Event, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from engine.store.wakeups import TOPICS

if TYPE_CHECKING:
    import psycopg

Ring = Callable[[Collection[str]], None]

CHANNEL = "baton"
#: Rings within this time make one NOTIFY: each takes a lock of the whole server for a moment.
GATHERED_SECONDS = 0.01
#: How often a waiting process looks whether another one has written to the SQLite file; and, each look a little later
#: than the one before, when nobody has done so for a while.
LOOK_SECONDS, MOST_LOOK_SECONDS = 0.04, 0.12
_LATER = 1.05
_TURN_SECONDS = 5.0
_TRY_AGAIN_SECONDS = 2.0
_CLOSING_SECONDS = 1.0


class Notices:
    """PostgreSQL: a thread that listens, and one that sends what has gathered, outside of any verb's transaction.

    A NOTIFY inside the verb would make all commits of the server queue behind one lock.
    """

    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring
        self._gathered: set[str] = set()
        self._lock = Lock()
        self._news, self._stop = Event(), Event()
        self._threads: dict[str, Thread] = {}

    def send(self, topics: Collection[str]) -> None:
        with self._lock:
            self._gathered.update(topics)
        self._news.set()
        self._begin("send", self._send_all)

    def listen(self) -> None:
        self._begin("listen", self._listen)

    def close(self) -> None:
        self._stop.set()
        self._news.set()
        if sender := self._threads.get("send"):
            sender.join(_CLOSING_SECONDS)  # a command that has started something must still tell of it

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        if name in self._threads:
            return
        with self._lock:
            if name not in self._threads:
                self._threads[name] = Thread(target=self._keep, args=(work,), name=f"baton {name}", daemon=True)
                self._threads[name].start()

    def _keep(self, work: Callable[[], None]) -> None:
        import psycopg  # noqa: PLC0415 - not needed with SQLite

        while not self._stop.is_set() or self._gathered:
            try:
                work()
            except psycopg.Error:
                if self._stop.wait(_TRY_AGAIN_SECONDS):
                    return

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg  # noqa: PLC0415 - not needed with SQLite

        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        return psycopg.connect(*arguments, **options, autocommit=True)

    def _listen(self) -> None:
        with self._connect() as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._ring(TOPICS)  # what was told before is lost
            while not self._stop.is_set():
                for notice in connection.notifies(timeout=_TURN_SECONDS):
                    self._ring(TOPICS.intersection(notice.payload.split()))

    def _send_all(self) -> None:
        with self._connect() as connection:
            while not self._stop.is_set() or self._gathered:
                self._news.wait()
                self._news.clear()
                self._send(connection)
                self._stop.wait(GATHERED_SECONDS)

    def _send(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            topics, self._gathered = self._gathered, set()
        if topics:
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, " ".join(sorted(topics))))


class CommitWatch:
    """SQLite: a thread that asks for the file's commit counter, which is read from memory shared by its users."""

    def __init__(self, path: str, ring: Ring) -> None:
        self._path = path
        self._ring = ring
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def send(self, topics: Collection[str]) -> None:
        """Nothing to do: the commit itself is what the others see."""

    def listen(self) -> None:
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="baton commit watch", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(sqlite3.Error):
                self._look_on()
            self._stop.wait(_TRY_AGAIN_SECONDS)

    def _look_on(self) -> None:
        with contextlib.closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            seen, pause = _commits(connection), LOOK_SECONDS
            while not self._stop.is_set():
                sleep(pause)  # waiting for an Event costs as much again as the look
                if (now := _commits(connection)) != seen:
                    seen, pause = now, LOOK_SECONDS
                    self._ring(TOPICS)
                else:
                    pause = min(pause * _LATER, MOST_LOOK_SECONDS)


def _commits(connection: sqlite3.Connection) -> int:
    [count] = connection.execute("PRAGMA data_version").fetchone()
    return int(count)
