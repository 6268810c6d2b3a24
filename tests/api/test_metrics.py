"""What Prometheus is told: what is open in the database, and what the engine did."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.metrics import Metrics, registry_over
from api.settings import Settings
from connectors.base import CallEnd, NewCall
from connectors.registry import Registry
from engine.actors import Actor, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.errors import LeaseLost
from engine.store import open_store
from tests.engine.support import boundary_timer, end, line, service, start, user
from tests.support.plans import plans

ADMIN = Actor("root", roles=frozenset({Role.ADMIN}))
OLGA = Actor("olga", roles=frozenset({Role.OPERATOR, Role.ANALYST}))
DIAGRAM = line("p", start(), service("work"), user("decide"), end(), beside=boundary_timer("late", "work", "PT1H"))


@pytest.fixture
def engine(upgraded_database_url: str, clock: FakeClock) -> Any:
    store = open_store(upgraded_database_url)
    made = Engine(store, clock, Registry({}, use_entry_points=False))
    made.observer = Metrics()
    made.deploy([NamedFile("p.bpmn", DIAGRAM.encode())], by=OLGA)
    yield made
    store.close()


def value(engine: Engine, name: str, **labels: str) -> float | None:
    return registry_over(engine).get_sample_value(name, labels)


def test_gauges_tell_what_is_open_and_how_late_it_is(engine: Engine, clock: FakeClock) -> None:
    for _ in range(3):
        engine.start(process_id="p", by=OLGA)
    clock.advance(timedelta(hours=1, minutes=1))
    assert value(engine, "baton_instances", state="active") == 3
    assert value(engine, "baton_jobs", type="work", state="created") == 3
    assert value(engine, "baton_job_lag_seconds", type="work") == 3660
    assert value(engine, "baton_timers") == 3
    assert value(engine, "baton_timer_lag_seconds") == 60
    [job] = engine.claim_jobs(worker="w", limit=1)
    engine.complete_job(job.key, worker="w")
    [job] = engine.claim_jobs(worker="w", limit=1)
    engine.fail_job(job.key, worker="w", message="no", retries=0)
    assert value(engine, "baton_tasks") == 1
    assert value(engine, "baton_incidents", type="JOB_NO_RETRIES") == 1


def test_where_several_share_a_house_it_is_told_whose_work_waits(engine: Engine, clock: FakeClock) -> None:
    assert value(engine, "baton_tenant_open", tenant="<default>", what="instances") is None
    engine.add_tenant("acme", by=ADMIN)
    engine.deploy([NamedFile("p.bpmn", DIAGRAM.encode())], by=ADMIN, tenant_id="acme")
    for tenant in ("acme", "acme", "<default>"):
        engine.start(process_id="p", by=ADMIN, tenant_id=tenant)
    clock.advance(60)
    [job] = engine.claim_jobs(worker="w", limit=1, tenant_ids=["acme"])
    engine.fail_job(job.key, worker="w", message="no", retries=0)
    told = {
        tenant: {
            what: value(engine, "baton_tenant_open", tenant=tenant, what=what)
            for what in ("instances", "jobs", "tasks", "incidents")
        }
        for tenant in ("acme", "<default>")
    }
    assert told == {
        "acme": {"instances": 2, "jobs": 2, "tasks": 0, "incidents": 1},
        "<default>": {"instances": 1, "jobs": 1, "tasks": 0, "incidents": 0},
    }
    assert value(engine, "baton_tenant_job_lag_seconds", tenant="acme") == 60


def test_gauges_look_at_no_row_of_what_is_over(engine: Engine) -> None:
    engine.add_tenant("acme", by=ADMIN)
    with plans(engine.store) as seen:
        engine.queries.figures()
    assert not [step for step in seen if "SCAN instances" in step or "SCAN incidents" in step]


def test_the_depth_and_age_of_the_outbox_are_told(engine: Engine, clock: FakeClock) -> None:
    made = engine.subscribe("webhook", "https://hook.example/x", ["instance-started"], by=OLGA)
    engine.collect_notifications()
    engine.start(process_id="p", by=OLGA)
    clock.advance(30)
    assert value(engine, "baton_outbox", state="unread") == 1
    assert value(engine, "baton_outbox_age_seconds") == 30
    engine.collect_notifications()
    clock.advance(30)
    for one in engine.claim_notifications():
        engine.deliver_notification(one)  # no connector is there to bring it
    told = {state: value(engine, "baton_outbox", state=state) for state in ("unread", "waiting", "failing", "dead")}
    assert told == {"unread": 0, "waiting": 1, "failing": 1, "dead": 0}
    assert value(engine, "baton_outbox_age_seconds") == 30
    engine.unsubscribe(made.key, by=OLGA)
    assert value(engine, "baton_outbox", state="waiting") == 0
    assert value(engine, "baton_outbox_age_seconds") == 0


def test_living_processes_are_counted_by_what_they_do(engine: Engine, clock: FakeClock) -> None:
    clock.advance(engine.store.now() - clock.now())
    engine.beat("n1", ["worker", "scheduler"])
    engine.beat("n2", ["worker"])
    assert value(engine, "baton_nodes", role="worker") == 2
    clock.advance(120)
    assert value(engine, "baton_nodes", role="worker") is None


def test_counters_tell_what_was_done_and_refused(engine: Engine) -> None:
    def counted(outcome: str) -> float:
        return value(engine, "baton_verb_seconds_count", verb="complete_job", outcome=outcome) or 0

    done, refused, lost = counted("ok"), counted("lease-lost"), value(engine, "baton_lease_losses_total") or 0
    engine.start(process_id="p", by=OLGA)
    [job] = engine.claim_jobs(worker="w", limit=1)
    engine.complete_job(job.key, worker="w")
    with pytest.raises(LeaseLost):
        engine.complete_job(job.key, worker="w")
    assert (counted("ok"), counted("lease-lost")) == (done + 1, refused + 1)
    assert value(engine, "baton_lease_losses_total") == lost + 1


def test_models_are_counted_when_the_books_have_them(engine: Engine) -> None:
    model = f"counted on {'sqlite' if engine.store.is_sqlite else 'postgresql'}"
    engine.start(process_id="p", by=OLGA)
    [job] = engine.claim_jobs(worker="w", limit=1)
    journal = engine.journal(job.key, worker="w")
    of_agent = value(engine, "baton_agent_calls_total", agent="p", outcome="answered") or 0
    number = journal.begin(NewCall(model=model, prompt="p", reserved=None, ai_kind="scripted"))
    journal.settle(number, CallEnd(answer="a", tokens_in=7, tokens_out=3, cost=Decimal("0.25")))
    assert value(engine, "baton_model_tokens_total", model=model, direction="in") == 7
    assert value(engine, "baton_model_tokens_total", model=model, direction="out") == 3
    assert value(engine, "baton_model_cost_dollars_total", model=model) == 0.25
    assert value(engine, "baton_model_seconds_count", model=model, outcome="answered") == 1
    assert value(engine, "baton_agent_calls_total", agent="p", outcome="answered") == of_agent + 1
    assert value(engine, "baton_agent_cost_dollars_total", agent="p") == 0.25 * (of_agent + 1)


def test_only_who_may_read_instances_may_read_them(engine: Engine) -> None:
    app = create_app(Settings(auth="basic"), engine)
    assert app.test_client().get("/metrics").status_code == 401
    for role, status in ((Role.APPROVER, 403), (Role.OPERATOR, 200)):
        client = create_app(Settings(), engine, actor=Actor("x", roles=frozenset({role}))).test_client()
        answer = client.get("/metrics")
        assert answer.status_code == status
    assert "baton_database_up 1.0" in answer.text


def test_a_database_that_is_away_is_told_and_not_a_failure(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.errors import StoreUnavailable

    def away() -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(engine.queries, "figures", away)
    assert value(engine, "baton_database_up") == 0


COUNT = """
import sys
from api.metrics import Metrics
with Metrics().verb("shared"):
    pass
"""


def test_several_processes_are_told_of_as_one(tmp_path: Path) -> None:
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], check=True, env=environ, cwd=Path(__file__).parents[2])
    read = (
        "from prometheus_client import CollectorRegistry, multiprocess\n"
        "registry = CollectorRegistry(); multiprocess.MultiProcessCollector(registry)\n"
        "print(registry.get_sample_value('baton_verb_seconds_count', {'verb': 'shared', 'outcome': 'ok'}))"
    )
    said = subprocess.run([sys.executable, "-c", read], check=True, env=environ, capture_output=True, text=True)
    assert said.stdout.strip() == "2.0"
