"""Completing tasks over REST beside Flask's hello on the same server, and what processes use that do nothing."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from api.cli.ports import is_free
from tests.benchmarks.filling import fill
from tests.benchmarks.office import Office
from tests.benchmarks.results import Results, latency, percentile, spread
from tests.benchmarks.test_many_callers import _rate
from tests.faults.processes import HOST, House, free_port, kill_group
from tests.support.source import ROOT

pytestmark = pytest.mark.benchmark

CALLERS = 16
SECTION = f"Over REST, {CALLERS} callers (SQLite, one server process)"
IDLE = "Processes with nothing to do, 10,000 instances waiting (SQLite)"


def test_completing_tasks_over_rest(tmp_path: Path, results: Results, is_short: bool) -> None:
    rounds, each = (2, 200) if is_short else (5, 400)
    house = House(tmp_path, f"sqlite:///{tmp_path}/rest.db", BATON_AUTH="none")
    with closing(Office(f"sqlite:///{tmp_path}/rest.db")) as office:
        office.deploy_cases()
        tasks = fill(office, 100 * (1 + (rounds + 1) * each // 100))
    try:
        house.start_server()
        with _hello(tmp_path) as port:
            rates: tuple[list[float], list[float]] = ([], [])
            waits: tuple[list[float], list[float]] = ([], [])
            for number in range(rounds + 1):
                mine = [tasks.pop() for _ in range(each)]
                ours = _rate(CALLERS, mine, Client(house.port, "/api/v1/tasks/{}/complete"), waits[0])
                hello = _rate(CALLERS, mine, Client(port, "/hello/{}"), waits[1])
                if number:  # the first round warms up
                    rates[0].append(ours)
                    rates[1].append(hello)
    finally:
        house.close()
    ratios = [ours / hello for ours, hello in zip(*rates, strict=True)]
    middle = sorted(ratios)[len(ratios) // 2]
    results.add(SECTION, "Flask's hello", spread(rates[1], "/s", 0), beside=f"p50 / p95 / p99 {latency(waits[1])}")
    beside = f"{middle:.2f}x of hello"
    results.add(
        SECTION, "complete a task", spread(rates[0], "/s", 0), beside=beside, target=">= 0.2x", is_met=middle >= 0.2
    )
    worst = percentile(waits[0], 99)
    results.add(SECTION, "... p50 / p95 / p99", latency(waits[0]), target="p99 <= 30 ms", is_met=worst <= 30)


def test_idle_processes(tmp_path: Path, results: Results, is_short: bool) -> None:
    seconds = 5 if is_short else 20
    with closing(Office(f"sqlite:///{tmp_path}/idle.db")) as office:
        office.deploy_cases()
        fill(office, 10_000)
    house = House(tmp_path, f"sqlite:///{tmp_path}/idle.db", BATON_AUTH="none", BATON_POLL_INTERVAL_SECONDS="1")
    try:
        pids = {}
        for name, running in (("baton serve", house.start_server()), ("baton worker", house.start_worker("worker"))):
            pids[name] = [running.process.pid, *running.children()]
        time.sleep(2)
        before = {name: sum(map(_used_seconds, of)) for name, of in pids.items()}
        time.sleep(seconds)
        for name, of in pids.items():
            share = (sum(map(_used_seconds, of)) - before[name]) / seconds * 100
            memory = sum(map(_memory, of)) / 2**20
            results.add(
                IDLE,
                name,
                f"{share:.2f} % of a core",
                beside=f"{memory:,.0f} MiB in memory",
                target="< 1 %",
                is_met=share < 1,
            )
    finally:
        house.close()


class Client:
    """Posts to one path of a server; each thread keeps a connection of its own."""

    def __init__(self, port: int, path: str) -> None:
        import threading

        self._port, self._path = port, path
        self._mine = threading.local()

    def __call__(self, key: int) -> None:
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = http.client.HTTPConnection(HOST, self._port, timeout=60)
        body = json.dumps({"variables": {"approved": True}})
        connection.request("POST", self._path.format(key), body, {"content-type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said


@contextmanager
def _hello(folder: Path) -> Iterator[int]:
    port = free_port()
    with (folder / "hello.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.hello", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 30
        while is_free(HOST, port):
            assert time.monotonic() < until, "Flask's hello does not start"
            time.sleep(0.05)
        yield port
    finally:
        kill_group(process)


def _used_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
