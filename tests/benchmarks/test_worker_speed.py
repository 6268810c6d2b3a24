"""What workers get done: jobs that are no work by 1, 2 and 4 of them, and a thousand calls of a slow model by one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import AI_TASK
from engine.clock import FakeClock, SystemClock
from engine.engine import Engine, NamedFile
from engine.queries import InstanceFilter
from engine.scheduler import Scheduler
from engine.states import InstanceState
from engine.store import open_store
from tests.benchmarks.busy_worker import SCHEMA
from tests.benchmarks.quick_worker import TYPE
from tests.benchmarks.results import Results, spread
from tests.engine.support import ADMIN, catch_timer, end, line, service, start
from tests.support import postgres
from tests.support.source import ROOT

pytestmark = pytest.mark.benchmark

LEAST_JOBS = {"SQLite": 1500, "PostgreSQL": 1000}  # a second, by one worker
WAITS_SECONDS = 2.0
MOST_MEGABYTES = 600
MOST_OVERHEAD_MS = 5.0


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_jobs_of_no_work(
    kind: str, tmp_path: Path, durable_postgres: postgres.Server, results: Results, is_short: bool
) -> None:
    jobs = 1000 if is_short else 4000
    for workers in (1, 2, 4):
        rates, cpu = [], []
        for turn in range(1 if is_short else 3):
            sqlite = f"sqlite:///{tmp_path / f'{workers}-{turn}.db'}"
            url = sqlite if kind == "SQLite" else durable_postgres.url(durable_postgres.create())
            _offer(url, jobs)
            seconds, counts, used = _work(url, workers)
            assert sum(counts) == jobs
            rates.append(jobs / seconds)
            cpu.append(used * 1000 / jobs)
        least = LEAST_JOBS[kind] if workers == 1 else 0
        results.add(
            "Jobs of no work, claimed, done and their instances ended",
            f"{kind}, {workers} worker{'s' * (workers > 1)}",
            spread(rates, "/s", 0),
            beside=f"CPU per job {spread(cpu)}",
            target=f">= {least:,}/s" if least else "",
            is_met=sorted(rates)[len(rates) // 2] >= least if least else None,
        )


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_timers_that_are_due_together(
    kind: str, tmp_path: Path, durable_postgres: postgres.Server, results: Results, is_short: bool
) -> None:
    timers = 200 if is_short else 2000
    url = f"sqlite:///{tmp_path}/timers.db" if kind == "SQLite" else durable_postgres.url(durable_postgres.create())
    with closing(open_store(url)) as store:
        store.upgrade()
        clock = FakeClock()
        engine = Engine(store, clock)
        process = line("p", start(), catch_timer("wait", "PT1H"), end())
        engine.deploy([NamedFile("p.bpmn", process.encode())], by=ADMIN)
        for _ in range(timers):
            engine.start(process_id="p", by=ADMIN)
        clock.advance(3600)
        began, used = time.perf_counter(), time.process_time()
        assert Scheduler(engine).run_until_idle() == timers
        used, seconds = (time.process_time() - used) * 1000 / timers, time.perf_counter() - began
    beside = f"CPU of the scheduler {used:.2f} ms each"
    results.add(
        "Timers that are due, fired and their instances ended", kind, f"{timers / seconds:,.0f} /s", beside=beside
    )


def _offer(url: str, jobs: int) -> None:
    with closing(open_store(url)) as store:
        store.upgrade()
        engine = Engine(store, SystemClock())
        engine.deploy([NamedFile("p.bpmn", line("p", start(), service("a", TYPE), end()).encode())], by=ADMIN)
        for _ in range(jobs):
            engine.start(process_id="p", by=ADMIN)


def _work(url: str, workers: int) -> tuple[float, list[int], float]:
    """How many seconds so many workers took, how many jobs each did, and how much CPU they used."""
    command = [sys.executable, "-m", "tests.benchmarks.quick_worker", url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    started = [subprocess.Popen(command, **pipes) for _ in range(workers)]
    with closing(open_store(url)) as store:
        for one in started:
            assert one.stdout.readline() == "ready\n"
        began = time.perf_counter()
        for one in started:
            one.stdin.write("go\n")
            one.stdin.flush()
        engine = Engine(store, SystemClock())
        while engine.queries.instances(InstanceFilter(state=InstanceState.ACTIVE)).items:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    told = [one.communicate("stop\n")[0].split() for one in started]
    return seconds, [int(count) for count, _ in told], sum(float(cpu) for _, cpu in told)


@contextmanager
def _slow_model() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.slow_model", str(WAITS_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


def test_very_many_calls_of_a_slow_model(tmp_path: Path, results: Results, is_short: bool) -> None:
    calls = 200 if is_short else 1000
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with _slow_model() as address, closing(open_store(url)) as store:
        store.upgrade()
        engine = Engine(store, SystemClock())
        engine.deploy([NamedFile("p.bpmn", line("p", start(), _ask(), end()).encode())], by=ADMIN)
        for _ in range(calls):
            engine.start(process_id="p", by=ADMIN)
        command = [sys.executable, "-m", "tests.benchmarks.busy_worker", url, address, str(calls)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        completed = InstanceFilter(state=InstanceState.COMPLETED)
        assert len(engine.queries.instances(completed).items) > 0
        assert not engine.queries.instances(InstanceFilter(state=InstanceState.ACTIVE)).items
    _judge(results, calls, json.loads(done.stdout.splitlines()[-1]))


def _ask() -> tuple[str, str]:
    schema = json.dumps(SCHEMA).replace('"', "&quot;")
    inputs = {"prompt": '="Well?"', "input": '="It is fine."', "models": '="slow"', "onExhausted": "people"}
    mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items())
    mapped += f'<zeebe:input source="{schema}" target="schema"/>'
    return service("ask", AI_TASK, inner=f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>")


def _judge(results: Results, calls: int, found: dict[str, float]) -> None:
    seconds, alone, memory = found["seconds"], found["alone"], found["memory"]
    section = f"{calls:,} calls of a model that waits {WAITS_SECONDS:g} s, in flight on one worker (SQLite)"
    bound = 1.2 * (WAITS_SECONDS + calls * alone / 1000)
    beside = f"litellm alone {alone:.2f} ms CPU per call"
    target, is_met = f"<= {bound:.1f} s", seconds <= bound
    results.add(section, "all done", f"{seconds:.1f} s", beside=beside, target=target, is_met=is_met)
    added = found["used"] - alone
    is_met = added <= MOST_OVERHEAD_MS
    results.add(section, "what Baton adds to a call, CPU", f"{added:.2f} ms", target="<= 5 ms", is_met=is_met)
    target, is_met = f"<= {MOST_MEGABYTES} MB", memory <= MOST_MEGABYTES
    results.add(section, "memory of the worker, at most", f"{memory:.0f} MB", target=target, is_met=is_met)
