"""Many callers on one SQLite file: verbs that overlap share a commit, so that the disk limits none of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.contest import contestants, playing
from tests.benchmarks.filling import fill
from tests.benchmarks.office import APPROVER, Office, commit_one_row
from tests.benchmarks.results import Results, latency, spread

pytestmark = pytest.mark.benchmark

SECTION = "Many callers completing tasks of B (SQLite, commits shared)"
TARGETS = {16: 0.4, 64: 0.7}


def test_callers_share_commits(tmp_path: Path, results: Results, is_short: bool) -> None:
    url = f"sqlite:///{tmp_path}/callers.db"
    with closing(Office(url)) as office:
        office.deploy_cases()
        rounds, each = (2, 300) if is_short else (5, 600)
        tasks = fill(office, rounds * 3 * each + 200)
        raw = next(one for one in contestants(f"sqlite:///{tmp_path}/raw.db") if one.name == "raw")
        rates: dict[int, list[float]] = {1: [], 16: [], 64: []}
        waits: dict[int, list[float]] = {1: [], 16: [], 64: []}
        floor = []
        rows: dict[int, list[float]] = {callers: [] for callers in rates}
        with playing(raw) as player:
            for _ in range(rounds):
                floor.append(1000 / player.ask(case="fdatasync", seconds=0.5)["wall_ms"])
                for callers, found in rates.items():
                    some = list(range(each // (3 if callers == 1 else 1)))
                    rows[callers].append(_rate(callers, some, lambda _: commit_one_row(office.store), []))
                    mine = [tasks.pop() for _ in range(each // (3 if callers == 1 else 1))]
                    found.append(_rate(callers, mine, lambda key: _complete(office, key), waits[callers]))
    results.add(SECTION, "raw: write 4 KB and fdatasync", spread(floor, "/s", 0))
    for callers, found in rates.items():
        ratios = [rate / least for rate, least in zip(found, floor, strict=True)]
        least = TARGETS.get(callers)
        middle = sorted(ratios)[len(ratios) // 2]
        rows_too = f"one row each through Baton's store: {spread(rows[callers], '/s', 0)}"
        results.add(
            SECTION,
            f"{callers} callers: tasks completed",
            spread(found, "/s", 0),
            beside=f"{middle:.2f}x raw; {rows_too}; p50 / p95 / p99 {latency(waits[callers])}",
            target=f">= {least}x raw" if least else "",
            is_met=middle >= least if least else None,
        )


def _complete(office: Office, key: int) -> None:
    office.engine.complete_task(key, {"approved": True}, by=APPROVER)


def _rate(callers: int, keys: list[int], call: Callable[[int], None], waits: list[float]) -> float:
    """How many a second so many threads get done; `waits` gets the milliseconds of each call."""
    ready = threading.Barrier(callers + 1)

    def work(mine: list[int]) -> None:
        ready.wait()
        for key in mine:
            began = time.perf_counter()
            call(key)
            waits.append((time.perf_counter() - began) * 1000)

    with ThreadPoolExecutor(callers) as pool:
        done = [pool.submit(work, keys[number::callers]) for number in range(callers)]
        ready.wait()
        began = time.perf_counter()
        for one in done:
            one.result()
        return len(keys) / (time.perf_counter() - began)
