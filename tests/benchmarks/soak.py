"""A soak: a server and a worker under steady load for a long time. Does memory grow, does anything fall behind or fail?

`make soak` finds out how many approvals a second they can do, then asks for 70 % of that, at fixed times whether or not
the ones before are done. Each is a start, a task found and completed, a timer of a second, and the end.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from engine.audit import verify
from engine.deployments import NamedFile
from tests.benchmarks.office import ANALYST, Office, soaked
from tests.benchmarks.results import Results, percentile
from tests.benchmarks.test_rest_speed import _memory
from tests.faults.processes import HOST, House
from tests.support import postgres
from tests.support.source import ROOT

CALLERS = 16
CALIBRATION_SECONDS = 20
#: How much more the last third may be than the one before it.
MOST_GROWTH = 1.05
MOST_LAG_GROWTH = 1.5


@dataclass
class Minute:
    """What happened in one interval."""

    late_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: int = 0
    active: int = 0


class Caller:
    """One connection to the server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)

    def approve_one(self) -> None:
        """Start an instance, find its task, complete it."""
        started = self._ask("POST", "/api/v1/instances", {"process_id": "soak", "variables": {"i": 0, "amount": 200}})
        [task] = self._ask("GET", f"/api/v1/tasks?instance_key={started['key']}")["items"]
        self._ask("POST", f"/api/v1/tasks/{task['key']}/complete", {"variables": {"approved": True}})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
        return json.loads(said)


def capacity(port: int, seconds: float) -> float:
    """Approvals a second, when every caller asks again as soon as it has its answer."""
    until = time.monotonic() + seconds

    def work(_: int) -> int:
        caller, done = Caller(port), 0
        while time.monotonic() < until:
            caller.approve_one()
            done += 1
        return done

    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(work, range(CALLERS))) / seconds


class Load:
    """Approvals at fixed times, by so many callers."""

    def __init__(self, port: int, rate: float, seconds: float) -> None:
        self._port, self._rate, self._count = port, rate, int(rate * seconds)
        self._began = time.monotonic()
        self._next = 0
        self._lock = threading.Lock()
        self.minute = Minute()

    def turn(self, new: Minute) -> Minute:
        """Put a new interval in place of the one that is over."""
        with self._lock:
            over, self.minute = self.minute, new
        return over

    def run(self, _: int) -> None:
        caller = Caller(self._port)
        while (due := self._take()) is not None:
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                caller.approve_one()
            except Exception as error:
                self.minute.errors.append(str(error))
                caller = Caller(self._port)
            self.minute.late_ms.append((time.monotonic() - due) * 1000)

    def _take(self) -> float | None:
        with self._lock:
            if self._next >= self._count:
                return None
            self._next += 1
            return self._began + self._next / self._rate


@click.command()
@click.option("--minutes", default=20.0, show_default=True, help="How long.")
@click.option("--share", default=0.7, show_default=True, help="How much of what they can do.")
@click.option("--database", default="sqlite", show_default=True, help="sqlite, postgresql (one of its own), or a URL.")
def main(minutes: float, share: float, database: str) -> None:
    """Run a soak, print a line for each minute, and fail when something grew or failed."""
    with tempfile.TemporaryDirectory() as folder, place(database, folder) as url:
        results = Results()
        house = House(Path(folder), url, BATON_AUTH="none")
        with closing(Office(url)) as office:
            office.engine.deploy([NamedFile("soak.bpmn", soaked())], by=ANALYST)
            try:
                server, worker = house.start_server(), house.start_worker("worker")
                pids = [p for one in (server, worker) for p in (one.process.pid, *one.children())]
                rate = capacity(house.port, CALIBRATION_SECONDS) * share
                found = soak(office, Load(house.port, rate, minutes * 60), pids, minutes)
                judge(results, office, found, (kind_of(url), rate, share))
            finally:
                house.close()
    page = ROOT / ("tests/benchmarks/SOAK.md" if minutes >= 20 else "build/soak.md")
    page.parent.mkdir(exist_ok=True)
    before = page.read_text() if page.exists() else ""
    page.write_text(results.markdown(before).replace("# Results", "# Soak").replace("make bench", "make soak"))
    sys.exit(any(line.is_met is False for lines in results.sections.values() for line in lines))


@contextmanager
def place(database: str, folder: str) -> Iterator[str]:
    """The URL of an empty database: a file, one on a PostgreSQL that waits for its disk, or that which was named."""
    if database == "sqlite":
        yield f"sqlite:///{folder}/soak.db"
    elif database == "postgresql":
        with postgres.running(fsync="on", synchronous_commit="on", full_page_writes="on") as server:
            yield server.url(server.create())
    else:
        yield database


def kind_of(url: str) -> str:
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


def soak(office: Office, load: Load, pids: list[int], minutes: float) -> list[Minute]:
    """Keep the load up, and look once a minute (at least nine times)."""
    interval = min(60.0, minutes * 60 / 9)
    found: list[Minute] = []
    with ThreadPoolExecutor(CALLERS) as pool:
        runs = [pool.submit(load.run, number) for number in range(CALLERS)]
        while not all(run.done() for run in runs):
            time.sleep(interval)
            minute = load.turn(Minute())
            minute.memory, minute.active = sum(map(_memory, pids)), active(office)
            found.append(minute)
            print(
                f"{len(found) * interval / 60:5.1f} min   {len(minute.late_ms):6} done   p50 / p99 after its time "
                f"{percentile(minute.late_ms or [0], 50):7.1f} / {percentile(minute.late_ms or [0], 99):7.1f} ms   "
                f"{minute.memory / 2**20:6.1f} MiB   {minute.active:5} active   {len(minute.errors)} errors",
                flush=True,
            )
    return [minute for minute in found if minute.late_ms]


def active(office: Office) -> int:
    """How many instances have not ended."""
    return office.engine.queries.counts().active_instances


def judge(results: Results, office: Office, found: list[Minute], load: tuple[str, float, float]) -> None:
    """What grew between the second third and the last, once all timers have fired."""
    third, (section, rate, share) = len(found) // 3, load
    middle, last = found[third : 2 * third], found[-third:]
    done = sum(len(one.late_ms) for one in found)
    asked = f"{share:.0%} of what they could do when it began"
    results.add(section, "approvals: a second, in all", f"{rate:.0f} and {done:,}", beside=asked)
    memory = [sum(one.memory for one in part) / len(part) for part in (middle, last)]
    lag = [percentile([late for one in part for late in one.late_ms], 50) for part in (middle, last)]
    under_way = [sum(one.active for one in part) / len(part) for part in (middle, last)]
    errors = [error for one in found for error in one.errors]
    until = time.monotonic() + 60
    while active(office) and time.monotonic() < until:
        time.sleep(0.5)
    for what, values, unit, most in (
        ("memory of server and worker", [one / 2**20 for one in memory], "MiB", MOST_GROWTH),
        ("answer p50 after its time", lag, "ms", MOST_LAG_GROWTH),
        ("instances under way", under_way, "at the end of a minute", MOST_LAG_GROWTH),
    ):
        results.add(
            section,
            f"{what}: second third, last third",
            f"{values[0]:,.1f} and {values[1]:,.1f} {unit}",
            target=f"<= {most}x",
            is_met=values[1] <= values[0] * most,
        )
    results.add(section, "errors", str(len(errors)), beside=" ".join(errors[:1]), target="0", is_met=not errors)
    left = active(office)
    results.add(section, "instances that have not ended a minute later", str(left), target="0", is_met=not left)
    intact = verify(office.store).is_intact
    results.add(section, "audit trail", "intact" if intact else "broken", target="intact", is_met=intact)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
