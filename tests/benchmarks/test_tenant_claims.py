"""What a claim costs when very many tenants have work: each has its turn, so each is asked for its most urgent jobs."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.deployments import NamedFile
from engine.engine import Engine
from engine.store import open_store
from engine.tenants import DEFAULT
from tests.benchmarks.results import Results, percentile
from tests.engine.support import ADMIN, end, line, service, start

pytestmark = pytest.mark.benchmark

SECTION = "Claims of ten jobs when many tenants have some (SQLite), CPU"
PROCESS = line("p", start(), service("a", "work"), end()).encode()
JOBS = 1200


@pytest.mark.parametrize("tenants", [1, 20, 100, 300])
def test_a_claim_among_many_tenants(tenants: int, tmp_path: Path, results: Results, is_short: bool) -> None:
    claims = 10 if is_short else 40
    with closing(open_store(f"sqlite:///{tmp_path}/tenants.db")) as store:
        store.upgrade()
        engine = Engine(store, SystemClock())
        for tenant in _tenants(engine, tenants):
            engine.deploy([NamedFile("p.bpmn", PROCESS)], by=ADMIN, tenant_id=tenant)
            for _ in range(JOBS // tenants):
                engine.start(process_id="p", by=ADMIN, tenant_id=tenant)
        found = [_claim(engine, "work") for _ in range(claims)]
        nothing = [_claim(engine, "other") for _ in range(claims)]
    assert [count for count, _ in found] == [10] * claims
    beside = f"of a type that has none: {percentile([took for _, took in nothing], 50):.2f} ms"
    took = [took for _, took in found]
    figure = f"p50 {percentile(took, 50):.2f} ms, p95 {percentile(took, 95):.2f} ms"
    results.add(SECTION, f"{tenants} tenants", figure, beside=beside)


def _tenants(engine: Engine, count: int) -> list[str]:
    if count == 1:
        return [DEFAULT]
    return [engine.add_tenant(f"t{number}", by=ADMIN).id for number in range(count)]


def _claim(engine: Engine, job_type: str) -> tuple[int, float]:
    """How many jobs were claimed, and the milliseconds of processor time."""
    began = time.process_time()
    jobs = engine.claim_jobs(worker="w", types=[job_type], limit=10)
    return len(jobs), (time.process_time() - began) * 1000
