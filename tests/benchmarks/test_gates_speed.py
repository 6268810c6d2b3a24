"""What the gates cost a call: processor time with a registered agent, two budgets and a level, and without."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from bpmn.agents import AgentCard, RiskClass
from engine.clock import SystemClock
from engine.engine import AutonomyWish, Engine, NamedFile
from engine.scopes import ScopeKind
from engine.store import open_store
from tests.benchmarks.results import Results
from tests.engine.support import ADMIN, end, line, service, start
from tests.support import postgres

pytestmark = pytest.mark.benchmark

MOST_MS = 5.0
CARD = AgentCard("reader", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("small",), residency=("eu",))


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_the_gates_add_little_to_a_call(
    kind: str, tmp_path: Path, durable_postgres: postgres.Server, results: Results, is_short: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'gates.db'}"
    store = open_store(url if kind == "SQLite" else durable_postgres.url(durable_postgres.create()))
    store.upgrade()
    engine = Engine(store, SystemClock())
    engine.deploy([NamedFile("p.bpmn", line("p", start(), service("extract"), end()).encode())], by=ADMIN)
    engine.register_agent(CARD, by=ADMIN)
    engine.set_budget(ScopeKind.ALL, amount=1000, by=ADMIN)
    engine.set_budget(ScopeKind.AGENT, "reader", amount=1000, by=ADMIN)
    engine.set_autonomy(AutonomyWish("reader", "p", "extract", "suggest"), by=ADMIN)
    count = 100 if is_short else 400
    _milliseconds(engine, count // 4, "rules")
    _milliseconds(engine, count // 4, "llm")
    without, with_gates = _milliseconds(engine, count, "rules"), _milliseconds(engine, count, "llm")
    store.close()
    added = with_gates - without
    beside, target = f"{without:.2f} ms without them", f"< {MOST_MS:g} ms"
    results.add(
        "Gates of a model call",
        f"CPU added, {kind}",
        f"{added:.2f} ms",
        beside=beside,
        target=target,
        is_met=added < MOST_MS,
    )
    assert added < MOST_MS


def _milliseconds(engine: Engine, count: int, ai_kind: str) -> float:
    """Processor time of this process for a call's begin and settle, in which no model is called."""
    keys = [engine.start(process_id="p", by=ADMIN).key for _ in range(count)]
    jobs = [job for _ in keys for job in engine.claim_jobs(worker="w1", types=["extract"], limit=1, lease_seconds=600)]
    began = time.process_time()
    for job in jobs:
        books = engine.journal(job.key, worker="w1")
        number = books.begin(
            model="small", prompt=None, reserved=Decimal("0.01"), ai_kind=ai_kind, agent="reader", residency="eu"
        )
        books.settle(number, answer="x", output={}, cost=Decimal("0.005"))
    return (time.process_time() - began) * 1000 / len(jobs)
