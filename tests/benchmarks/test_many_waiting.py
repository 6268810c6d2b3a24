"""Completing a task while others wait: 100, 10,000 and 100,000 instances, in turn within one run, on SQLite."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.audit import verify
from tests.benchmarks.contest import Contestant, contestants, playing
from tests.benchmarks.contestants.player import sqlite_bytes
from tests.benchmarks.filling import fill
from tests.benchmarks.office import APPROVER, Office
from tests.benchmarks.results import Results, latency, percentile
from tests.support import round_trips
from tests.support.postgres import Server

pytestmark = pytest.mark.benchmark

SECTION = "Completing a user task of B while others wait (SQLite)"
MOST_BYTES, MOST_STATE_BYTES, MOST_ROUND_TRIPS = 4096, 600, 6


@dataclass
class Crowd:
    """A database in which so many wait, and what completing tasks there took."""

    count: int
    office: Office
    tasks: list[int]
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def complete_one(self) -> None:
        key = self.tasks.pop()
        cpu, wall = time.process_time(), time.perf_counter()
        self.office.engine.complete_task(key, {"approved": True}, by=APPROVER)
        self.wall_ms.append((time.perf_counter() - wall) * 1000)
        self.cpu_ms.append((time.process_time() - cpu) * 1000)


def test_a_crowd_does_not_slow_one_down(tmp_path: Path, results: Results, is_short: bool) -> None:
    counts = (100, 10_000) if is_short else (100, 10_000, 100_000)
    with ExitStack() as stack:
        crowds = [_crowd(stack, tmp_path, count) for count in counts]
        _tell_bytes(results, crowds, tmp_path)
        floor = stack.enter_context(playing(_raw(f"sqlite:///{tmp_path}/raw.db")))
        synced, stored = [], []
        for _ in range(5 if is_short else 20):
            synced.append(floor.ask(case="commit", seconds=0.05)["wall_ms"])
            stored.append(floor.ask(case="row through Baton's store", seconds=0.05)["wall_ms"])
            for _ in range(4):
                for crowd in crowds:
                    crowd.complete_one()
        floors = percentile(synced, 50), percentile(stored, 50)
        for crowd in crowds:
            _tell_latency(results, crowd, crowds[0], floors)
        told = _statements(crowds[0])
        results.add(SECTION, "SQL statements inside the process, BEGIN and COMMIT beside them", str(told))
        assert verify(crowds[1].office.store).is_intact


def _crowd(stack: ExitStack, folder: Path, count: int) -> Crowd:
    office = stack.enter_context(closing(Office(f"sqlite:///{folder}/{count}.db")))
    office.deploy_cases()
    # A few more to warm up with: the first verbs compile and read what is then kept.
    tasks = fill(office, count)
    random.Random(count).shuffle(tasks)
    crowd = Crowd(count, office, tasks)
    for _ in range(10):
        crowd.complete_one()
        office.start_b()
    crowd.wall_ms.clear()
    crowd.cpu_ms.clear()
    return crowd


def _raw(url: str) -> Contestant:
    return next(one for one in contestants(url) if one.name == "raw")


def _tell_bytes(results: Results, crowds: list[Crowd], folder: Path) -> None:
    few, many = crowds[0], crowds[-1]
    sizes = [sqlite_bytes(f"{folder}/{crowd.count}.db") for crowd in (few, many)]
    stored = (sizes[1] - sizes[0]) / (many.count - few.count)
    results.add(
        SECTION, "bytes stored for each that waits", f"{stored:,.0f}", target="<= 4,096", is_met=stored <= MOST_BYTES
    )
    with few.office.store.reading() as tx:
        state = tx.connection.exec_driver_sql("SELECT max(length(frozen)) FROM instances").scalar()
    assert isinstance(state, int)
    results.add(SECTION, "bytes of its state", f"{state}", target="<= 600", is_met=state <= MOST_STATE_BYTES)


def _tell_latency(results: Results, crowd: Crowd, few: Crowd, floors: tuple[float, float]) -> None:
    fsync, stored = floors
    middle = percentile(crowd.wall_ms, 50)
    ratio = middle / percentile(few.wall_ms, 50)
    results.add(
        SECTION,
        f"{crowd.count:,} waiting: p50 / p95 / p99",
        latency(crowd.wall_ms),
        beside=f"{ratio:.2f}x of {few.count} waiting; CPU p50 {percentile(crowd.cpu_ms, 50):.2f} ms",
        target="<= 1.5x" if crowd is not few else "",
        is_met=ratio <= 1.5 if crowd is not few else None,
    )
    share = middle / fsync
    figure = f"{share:.1f}x"
    beside = (
        f"a commit of one row: {fsync:.2f} ms; of one row through Baton's store: {stored:.2f} ms, "
        f"of which this is {middle / stored:.1f}x"
    )
    results.add(SECTION, "... p50 beside the disk's", figure, beside=beside, target="<= 6x of p50", is_met=share <= 6)


def test_round_trips_to_a_server(durable_postgres: Server, results: Results) -> None:
    with closing(Office(durable_postgres.url(durable_postgres.create()))) as office:
        office.deploy_cases()
        for _ in range(12):  # every statement is prepared by then, every audit chain known
            key = office.task_of(office.start_b().key)
            with round_trips.counted(office.store.sql) as trips:
                office.engine.complete_task(key, {"approved": True}, by=APPROVER)
    section = "Completing a user task of B on PostgreSQL"
    is_met = trips.count <= MOST_ROUND_TRIPS
    results.add(section, "round trips, BEGIN and COMMIT among them", str(trips.count), target="<= 6", is_met=is_met)


def _statements(crowd: Crowd) -> int:
    told: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(crowd.office.store.sql, "before_cursor_execute", hear)
    crowd.complete_one()
    event.remove(crowd.office.store.sql, "before_cursor_execute", hear)
    return len(told)
