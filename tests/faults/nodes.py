"""Nodes to be killed by the hundred: forked processes that start cases, do jobs and fire timers over one database.

A fork takes milliseconds where starting a server takes seconds, so a run can kill many more of them. What a node does
outside (its effect) is a line in a file, written before the job is completed, under the job's idempotency key.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engine.actors import Actor, Role
from engine.clock import SystemClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.errors import Conflict, LeaseLost, StoreUnavailable
from engine.queries import InstanceFilter, JobFilter, Page
from engine.states import InstanceState, JobState
from engine.store import open_store
from tests.faults.ledger import Ledger
from tests.faults.progress import Progress
from tests.faults.wholeness import assert_whole, every
from tests.support.diagrams import chain, diagram, service

CLERK = Actor("clerk", roles=frozenset({Role.OPERATOR}))
ENDING_SECONDS = 90.0
# Nodes extend no lease: it must last longer than a job on a machine that is busy with other things.
LEASE_SECONDS = 3.0
JOBS = ("notify", "pay", "reserve")
#: Two branches, so that two nodes want the same instance; a timer, which every node may fire.
DIAGRAM = diagram(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
    + service("reserve", "reserve")
    + service("notify", "notify")
    + '<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition id="pause_d">'
    "<bpmn:timeDuration>PT0.1S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    + service("pay", "pay")
    + '<bpmn:endEvent id="end"/>',
    [*chain("start", "fork", "reserve", "join", "pause", "pay", "end"), *chain("fork", "notify", "join")],
    process_id="case",
)


class Notes:
    """Lines in a file that outlive whoever writes them, each written in one go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def add(self, line: str) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)

    def read(self) -> list[str]:
        return self.path.read_text().splitlines()


@dataclass
class Cluster:
    """Some nodes over one database, where `cases` cases are to be brought to their end."""

    url: str
    folder: Path
    ledger: Ledger
    seed: int
    cases: int = 120
    size: int = 3
    deadly: float = 0.0  # how likely a node is to die at each point where it may

    def __post_init__(self) -> None:
        self.effects, self.deaths = Notes(self.folder / "effects"), Notes(self.folder / "deaths")
        self.defects = Notes(self.folder / "defects")
        self.chance = random.Random(self.seed)
        self.nodes: dict[int, int] = {}
        self._born = 0
        store = open_store(self.url)
        Engine(store, SystemClock()).deploy([NamedFile("case.bpmn", DIAGRAM)], by=CLERK)
        store.close()

    # -- the torment

    def torment(
        self, seconds: float, harm: Callable[[], str | None], wanted: int, also: Callable[[], int] = lambda: 0
    ) -> None:
        """Call `harm` again and again, which says what it did, until so many faults were injected or time is up.

        `also` counts those of others.
        """
        until = time.monotonic() + seconds
        injected = 0
        while injected + also() + len(self.deaths.read()) < wanted and time.monotonic() < until:
            self._keep_alive()
            time.sleep(self.chance.uniform(0, 0.05))
            if (done := harm()) is not None:
                self.ledger.inject(done, self.url)
                injected += 1
        self.kill_all()

    def kill_one(self) -> str | None:
        """Kill -9 any node, whatever it is at."""
        if not self.nodes:
            return None
        self._kill(self.chance.choice(list(self.nodes)))
        return "kill -9 of a node at any moment"

    def kill_all(self) -> None:
        for pid in list(self.nodes):
            self._kill(pid)

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        del self.nodes[pid]

    def _keep_alive(self) -> None:
        for pid in list(self.nodes):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self.nodes[pid]
        while len(self.nodes) < self.size:
            self._born += 1
            self.nodes[self._fork(self._born, self.deadly)] = self._born

    def _fork(self, number: int, deadly: float) -> int:
        pid = os.fork()
        if not pid:
            Node(self, number, deadly).live()
        return pid

    # -- the end

    def finish(self) -> None:
        """Undisturbed nodes bring every case to its end; then everything must be whole."""
        self.deadly = 0.0
        progress = Progress(ENDING_SECONDS)
        try:
            while (standing := self._standing()) != self._OVER:
                assert progress.goes_on(standing), f"cases are stuck: {standing}"
                self._keep_alive()
                time.sleep(0.2)
        finally:
            self.kill_all()
        self._check()

    _OVER = "over"

    def _standing(self) -> object:
        """How far all cases are, in figures that change when one goes on."""
        store = open_store(self.url)
        try:
            # In one look: a case may begin between two.
            seen = Engine(store, SystemClock()).queries.instances(InstanceFilter(), Page(limit=1000)).items
            if [one.state for one in seen] == [InstanceState.COMPLETED] * self.cases:
                return self._OVER
            return len(seen), sum(head.seq for head in store.audit_heads().values())
        except StoreUnavailable:
            return "the database is away"
        finally:
            store.close()

    def _check(self) -> None:
        assert self.defects.read() == []
        for death in self.deaths.read():
            self.ledger.inject(death, self.url)
        store = open_store(self.url)
        assert_whole(store)
        queries = Engine(store, SystemClock()).queries
        instances = list(every(lambda page: queries.instances(InstanceFilter(), page)))
        assert sorted(one.business_key or "" for one in instances) == sorted(map(str, range(self.cases)))
        jobs = list(every(lambda page: queries.jobs(JobFilter(), page)))
        assert [job for job in jobs if job.state is not JobState.COMPLETED] == []
        per_case = Counter((job.instance_key, job.type) for job in jobs)
        assert per_case == Counter((one.key, type_) for one in instances for type_ in JOBS)
        # Done at least once each, and all the times under one key, so that whoever takes it can tell.
        assert set(self.effects.read()) == {f"{job.idempotency_key} {job.type}" for job in jobs}
        store.close()


class Node:
    """One process: it looks for work, does it, and looks again, until it dies."""

    def __init__(self, cluster: Cluster, number: int, deadly: float) -> None:
        self.cluster, self.deadly = cluster, deadly
        self.chance = random.Random(f"{cluster.seed} {number}")
        self.name = f"node-{number}"
        self.parent = os.getppid()

    def live(self) -> NoReturn:
        try:
            store = open_store(self.cluster.url, on_commit=lambda moment: self.die(f"kill -9 {moment} a commit"))
            engine = Engine(store, SystemClock())
            while os.getppid() == self.parent:
                try:
                    self.work(engine)
                except (Conflict, LeaseLost, StoreUnavailable):
                    time.sleep(self.chance.uniform(0.01, 0.1))
        except BaseException as problem:
            self.cluster.defects.add(f"{type(problem).__name__}: {problem}")
        finally:
            os._exit(1)

    def work(self, engine: Engine) -> None:
        number = str(self.chance.randrange(self.cluster.cases))
        engine.start(process_id="case", business_key=number, idempotency_key=f"case-{number}", by=CLERK)
        engine.fire_due_timers(limit=10)
        for job in engine.claim_jobs(worker=self.name, limit=3, lease_seconds=LEASE_SECONDS):
            self.die("kill -9 between claim and call")
            self.cluster.effects.add(f"{job.idempotency_key} {job.type}")
            self.die("kill -9 between call and complete")
            engine.complete_job(job.key, {job.type: self.name}, worker=self.name)

    def die(self, where: str) -> None:
        if self.chance.random() < self.deadly:
            self.cluster.deaths.add(where)
            os.kill(os.getpid(), signal.SIGKILL)
