"""Kill the process right before and right after each of its commits, start again, and nothing is lost or done twice.

The process drives one instance through a model call with its books, a person's approval and a payment. Its work is
written as a real worker's would be: look what is to be done, do it, look again. A child process is forked for each run,
so that the death is a real one.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.base import CallEnd, NewCall
from engine import audit
from engine.actors import Actor, Role
from engine.clock import FakeClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.queries import AuditFilter, Page, TaskFilter
from engine.states import InstanceState, TaskState
from engine.store import open_store
from tests.engine.support import end, line, service, start, user
from tests.faults.ledger import Ledger
from tests.support import postgres

KILLED = 9
ANNA = Actor("anna", roles=frozenset({Role.ANALYST, Role.APPROVER}))
DIAGRAM = line("payment", start(), service("extract"), user("approve"), service("pay"), end()).encode()
EVENTS = {
    "instance-started": 1,
    "job-created": 2,
    "job-completed": 2,
    "task-created": 1,
    "task-completed": 1,
    "instance-completed": 1,
}


def drive(url: str, run: int, on_commit: Callable[[str], None] | None = None) -> None:
    """Do whatever is still to be done, from wherever an earlier run was stopped."""
    store = open_store(url, on_commit=on_commit)
    # Each run comes an hour later, when the leases of the one before have lapsed.
    engine = Engine(store, FakeClock(datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=run)))
    engine.deploy([NamedFile("payment.bpmn", DIAGRAM)], by=ANNA)
    instance = engine.start(process_id="payment", variables={"amount": 5}, idempotency_key="one", by=ANNA)
    while engine.queries.instance(instance.key).state is InstanceState.ACTIVE:
        for job in engine.claim_jobs(worker=f"worker-{run}", limit=5):
            result = extract(engine, job.key, run) if job.type == "extract" else {"paid": True}
            engine.complete_job(job.key, result, worker=f"worker-{run}")
        for task in engine.queries.tasks(TaskFilter(state=TaskState.CREATED)):
            engine.complete_task(task.key, {"approved": True}, by=ANNA)
    store.close()


def extract(engine: Engine, job_key: int, run: int) -> dict[str, object]:
    journal = engine.journal(job_key, worker=f"worker-{run}")
    number = journal.begin(NewCall(model="small", prompt="read", reserved=Decimal("0.01"), ai_kind="scripted"))
    journal.settle(number, CallEnd(answer="{}", output={"total": 5}, cost=Decimal("0.002")))
    return {"total": 5}


def in_child(url: str, run: int, kill_at: int = 0, moment: str = "") -> int:
    """Run `drive` in a process of its own; returns its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        seen: Counter[str] = Counter()

        def kill(now: str) -> None:
            seen[now] += 1
            if now == moment and seen[now] == kill_at:
                os._exit(KILLED)

        drive(url, run, kill)
        code = 0
    finally:
        os._exit(code)


def check(url: str) -> None:
    """Everything is as one undisturbed run would have left it, but for calls that were lost and are in the books."""
    store = open_store(url)
    queries = Engine(store, FakeClock()).queries
    [instance] = queries.instances()
    assert instance.state is InstanceState.COMPLETED
    assert queries.variables(instance.key) == {"amount": 5, "total": 5, "approved": True, "paid": True}
    assert sorted((job.type, job.state.value) for job in queries.jobs()) == [
        ("extract", "completed"),
        ("pay", "completed"),
    ]
    calls = Counter(attempt.state.value for attempt in queries.attempts(instance.key))
    assert set(calls) <= {"answered", "lost"}
    assert calls["answered"] >= 1
    assert calls.total() <= 2
    records = queries.audit(AuditFilter(instance_key=instance.key), Page(limit=1000))
    told = Counter(fact["type"] for record in records for fact in json.loads(record.payload or "")["events"])
    assert {name: told[name] for name in EVENTS} == EVENTS
    assert told["attempt-started"] == calls.total()
    assert told["attempt-settled"] + told["attempt-lost"] == calls.total()
    assert audit.verify(store).is_intact
    store.close()


def kill_at_each_commit(fresh: Callable[[int], str], moment: str, ledger: Ledger) -> None:
    for kill_at in range(1, 100):
        url = fresh(kill_at)
        code = in_child(url, 0, kill_at, moment)
        if code == 0:
            assert kill_at > 8, "the process made fewer commits than it has verbs"
            check(url)
            return
        ledger.inject(f"process ended {moment} its nth commit", url)
        assert code == KILLED, f"the process failed by itself before commit {kill_at}"
        assert in_child(url, 1) == 0, f"the process could not go on after a death {moment} commit {kill_at}"
        check(url)
    raise AssertionError("the process never came to its end")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_death_at_any_commit_loses_nothing_on_sqlite(
    upgraded_sqlite_url: str, tmp_path: Path, moment: str, ledger: Ledger
) -> None:
    template = Path(upgraded_sqlite_url.removeprefix("sqlite:///")).read_bytes()

    def fresh(number: int) -> str:
        file = tmp_path / f"{moment}-{number}.db"
        file.write_bytes(template)
        return f"sqlite:///{file}"

    kill_at_each_commit(fresh, moment, ledger)


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["before", "after"])
def test_death_at_any_commit_loses_nothing_on_postgresql(
    postgres_server: postgres.Server, moment: str, ledger: Ledger
) -> None:
    def fresh(number: int) -> str:
        url = postgres_server.url(postgres_server.create())
        store = open_store(url)
        store.upgrade()
        store.close()
        return url

    kill_at_each_commit(fresh, moment, ledger)
