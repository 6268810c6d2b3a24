"""The sample with a scripted model on SQLite: CPU per instance, statements and commits per verb, beside the floors.

The floors are what the same database needs for a bare durable commit, and for select, update and insert behind one.
"""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from engine.states import TaskState
from tests.benchmarks.measure import cpu, say
from tests.support.source import ROOT

pytestmark = pytest.mark.benchmark

INSTANCES = 60
MOST_STATEMENTS = 15  # five of them for the idempotency key of a start
VERBS = ("start", "claim_jobs", "complete_job", "ask_review", "decide", "complete_task")


def _sample() -> Any:
    """The sample's own run script, as a module."""
    spec = importlib.util.spec_from_file_location("sample_run", ROOT / "samples/invoice-approval/run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Counter:
    """CPU seconds and statements by verb, taken around the engine's own methods."""

    def __init__(self, engine: Any) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, list[int]] = defaultdict(list)
        self._now: list[int] = [0]
        for verb in VERBS:
            setattr(engine, verb, self._counted(verb, getattr(engine, verb)))

    def heard(self, *_: Any) -> None:
        self._now[-1] += 1

    def _counted(self, verb: str, method: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            self._now.append(0)
            before = time.thread_time()
            try:
                return method(*args, **options)
            finally:
                self.seconds[verb].append(time.thread_time() - before)
                self.statements[verb].append(self._now.pop())

        return call


@contextmanager
def _listening(engine: Any, counter: Counter) -> Iterator[None]:
    database = engine.store.sql
    event.listen(database, "before_cursor_execute", counter.heard)
    yield
    event.remove(database, "before_cursor_execute", counter.heard)


def test_start_and_approve_of_the_sample_on_sqlite(tmp_path: Path) -> None:
    sample = _sample()
    office = sample.office(tmp_path)
    [case] = [case for case in sample.cases() if case["file"] == "02.txt"]
    keys = itertools.count()

    def play() -> None:
        invoice = sample.read(case["file"])
        key = f"bench-{next(keys)}"
        instance = office.engine.start(
            process_id=sample.PROCESS, variables={"invoice": invoice}, by=sample.STARTER, idempotency_key=key
        )
        for task in office._tasks(instance.key):
            office._review(task, case) if task.kind == "review" else office._approve(task, case)

    play()
    counter = Counter(office.engine)
    # Listening to statements makes them slower, so they are counted in rounds of their own.
    with _listening(office.engine, counter):
        for _ in range(10):
            play()
    counter.seconds.clear()
    taken = []
    for _ in range(INSTANCES):
        before = time.process_time()
        play()
        taken.append((time.process_time() - before) * 1000)
    print(
        f"\nthe sample on SQLite, model scripted: {statistics.median(taken):.2f} ms CPU per instance, worker included"
    )
    for verb, seconds in counter.seconds.items():
        statements = [count for count in counter.statements[verb] if count]
        each = statistics.median(seconds) * 1000
        print(
            f"  {verb:<14} {each:6.2f} ms CPU   statements: median {statistics.median(statements):.0f}, "
            f"most {max(statements)}"
        )
    assert office.engine.queries.tasks(sample.TaskFilter(state=TaskState.CREATED)).items == ()
    assert max(max(counts) for counts in counter.statements.values()) <= MOST_STATEMENTS


def test_the_floors_of_the_same_database(tmp_path: Path) -> None:
    database = create_engine(f"sqlite:///{tmp_path / 'floor.db'}")
    with database.connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("PRAGMA synchronous=FULL"))
        connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, state BLOB)"))
        connection.execute(text("INSERT INTO t VALUES (1, zeroblob(500))"))
        connection.commit()
        insert = text("INSERT INTO t (state) VALUES (zeroblob(500))")
        select, update = (
            text("SELECT state FROM t WHERE id = 1"),
            text("UPDATE t SET state = zeroblob(500) WHERE id = 1"),
        )

        def one() -> None:
            connection.execute(insert)
            connection.commit()

        def three() -> None:
            connection.execute(select).all()
            connection.execute(update)
            connection.execute(insert)
            connection.commit()

        bare = cpu(one, calls=50)
        say("one insert, committed (SQLAlchemy Core)", bare)
        say("select, update, insert, committed", cpu(three, calls=50), beside=bare, floor="one insert")
