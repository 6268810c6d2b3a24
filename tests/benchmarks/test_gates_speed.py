"""What the chain costs a call: processor time with an agent, budgets, a level and ten policies, and without them."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import CallEnd, ModelCall, NewCall
from engine.clock import SystemClock
from engine.engine import AutonomyWish, Engine, NamedFile
from engine.policies import Allow, Facts, Policies
from engine.scopes import ScopeKind
from engine.store import open_store
from engine.worker.model_gate import PolicyGate
from tests.benchmarks.results import Results
from tests.engine.policy_tables import document, table
from tests.engine.support import ADMIN, end, line, service, start
from tests.support import postgres

pytestmark = pytest.mark.benchmark

MOST_MS = 5.0
PROMPT = [{"role": "system", "content": "Read the total. " * 100}, {"role": "user", "content": "Total: 12 EUR. " * 300}]
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
    _govern(engine)
    governed = _milliseconds(engine, count, "llm")
    store.close()
    results.add(
        "Gates of a model call",
        f"CPU added with ten policies, two of them tables, {kind}",
        f"{governed - without:.2f} ms",
        beside=f"{with_gates - without:.2f} ms with the gates alone",
        target=f"< {MOST_MS:g} ms",
        is_met=governed - without < MOST_MS,
    )
    assert governed - without < MOST_MS
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


class Look:
    """A policy of a package: it looks through all that is sent and said."""

    def __init__(self, name: str) -> None:
        self.name, self.version = name, "1"

    def input(self, facts: Facts, messages: Any) -> Allow:
        return Allow("found" if any("IBAN" in one["content"] for one in messages) else "")

    def output(self, facts: Facts, output: Any) -> Allow:
        return Allow(str(output["total"]))


def _govern(engine: Engine) -> None:
    """Eight policies in Python, and two tables that are asked before and after."""
    engine.policies = Policies([Look(f"look-{at}") for at in range(8)])
    rows = [[f"> {at * 1000}", '"deny"', '"too much"'] for at in range(1, 21)]
    columns = ["verdict", "reason"]
    files = [
        NamedFile("a.dmn", table("totals", ["output.total"], columns, *rows)),
        NamedFile("b.dmn", table("costs", ["cost"], columns, *rows)),
    ]
    engine.deploy(files, by=ADMIN)
    for id in ("totals", "costs"):
        at = "output" if id == "totals" else "[input, output]"
        engine.register_policy(document(f"policy: {id}\nat: {at}\ndecision: {id}"), by=ADMIN)


def _milliseconds(engine: Engine, count: int, ai_kind: str) -> float:
    """Processor time of this process for a call's begin and settle, in which no model is called."""
    keys = [engine.start(process_id="p", by=ADMIN).key for _ in range(count)]
    jobs = [job for _ in keys for job in engine.claim_jobs(worker="w1", types=["extract"], limit=1, lease_seconds=600)]
    began = time.process_time()
    for job in jobs:
        books, is_ai = engine.journal(job.key, worker="w1"), ai_kind == "llm"
        gate = PolicyGate(job.element_id, lambda call, job=job: engine.governed(job, call), lambda told: None)
        asked = ModelCall("small", "reader", "eu")
        said_in = gate.input(asked, PROMPT) if is_ai else None
        number = books.begin(
            NewCall(
                model="small",
                prompt=PROMPT if said_in is None else said_in.value,
                reserved=Decimal("0.01"),
                ai_kind=ai_kind,
                agent="reader",
                residency="eu",
                ruled=said_in,
            )
        )
        said_out = gate.output(asked, {"total": 12}) if is_ai else None
        books.settle(number, CallEnd(answer="x", output={"total": 12}, cost=Decimal("0.005"), ruled=said_out))
    return (time.process_time() - began) * 1000 / len(jobs)
