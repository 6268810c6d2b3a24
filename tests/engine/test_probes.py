"""Outcome probes: a task is done when its outcome was seen, whoever claims it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.base import Request, Result
from connectors.registry import Registry
from engine.engine import Engine
from engine.errors import IllegalMove, InvalidInput, LeaseLost, ModelRejected, NotFound
from engine.queries import AuditFilter, Page
from engine.worker import Worker, from_environment
from tests.engine.support import ANALYST, OPERATOR, World, end, line, service, start
from tests.support.diagrams import chain, diagram


def nothing(request: Request) -> Result:
    return Result()


LEDGER = {
    "baton:probe": "ledger",
    "baton:probeInput": "={number: claim.invoice}",
    "baton:probeExpect": "=observed.booked = claim.amount",
    "baton:probeRetries": "1",
}
CLAIM = {"invoice": "A-1", "amount": 90}


def deploy(world: World, headers: dict[str, str], inner: str = "") -> None:
    escaped = {key: text.replace('"', "&quot;").replace(">", "&gt;") for key, text in headers.items()}
    world.deploy(line("p", start(), service("book", headers=escaped, inner=inner), end()))


def looks(world: World, instance: Any) -> list[dict[str, Any]]:
    """What the trail says was claimed, observed and found, oldest first."""
    records = world.engine.queries.audit(AuditFilter(instance_key=instance.key), Page(limit=200)).items
    facts = [fact for record in reversed(records) for fact in json.loads(record.payload)["events"]]
    return [fact["data"] for fact in facts if fact["type"] == "outcome-probed"]


def verdicts(world: World, instance: Any) -> list[str]:
    return [look["outcome_probe"]["verdict"] for look in looks(world, instance)]


def contradicted(world: World) -> Any:
    """An instance whose claim was looked at twice and never seen."""
    deploy(world, LEDGER)
    one = world.start("p")
    world.work("book", **CLAIM)
    world.work("ledger", booked=0)
    world.clock.advance(10)
    world.work("ledger", booked=0)
    return one


def test_a_claim_that_is_seen_to_hold_completes_its_task(world: World) -> None:
    deploy(world, LEDGER)
    one = world.start("p")
    world.work("book", **CLAIM)
    assert world.state(one) == "active"
    assert "amount" not in world.engine.queries.variables(one.key)
    [job] = world.claim("ledger")
    assert job.variables == {"number": "A-1"}
    world.engine.complete_job(job.key, {"booked": 90}, worker="w1")
    assert world.state(one) == "completed"
    assert world.engine.queries.variables(one.key) == CLAIM
    [look] = looks(world, one)
    assert look["outcome_probe"] == {"claim": CLAIM, "observed": {"booked": 90}, "verdict": "confirmed"}


def test_a_claim_that_is_not_seen_is_looked_at_again_and_then_an_incident_with_both_sides(world: World) -> None:
    one = contradicted(world)
    incident = world.incident()
    assert world.state(one) == "active"
    assert incident.type == "OUTCOME_CONTRADICTED"
    claimed, observed = 'Claimed: {"invoice": "A-1", "amount": 90}', 'Observed: {"booked": 0}'
    for side in (claimed, observed, "observed.booked = claim.amount"):
        assert side in incident.message
    assert verdicts(world, one) == ["contradicted", "contradicted"]
    [first, second] = looks(world, one)
    assert first["job_key"] != second["job_key"]  # an answer to the first is not the answer to the second


def test_an_operator_lets_it_look_once_more(world: World) -> None:
    one = contradicted(world)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    world.work("ledger", booked=90)
    assert world.state(one) == "completed"
    assert verdicts(world, one)[-1] == "confirmed"


def test_an_operator_takes_the_claim_with_a_reason_that_is_kept(world: World) -> None:
    one = contradicted(world)
    with pytest.raises(InvalidInput, match="Say why"):
        world.engine.accept_outcome(world.incident().key, by=OPERATOR, reason=" ")
    world.engine.accept_outcome(world.incident().key, by=OPERATOR, reason="booked by hand")
    assert world.state(one) == "completed"
    assert world.engine.queries.variables(one.key) == CLAIM
    last = looks(world, one)[-1]
    assert (last["outcome_probe"]["verdict"], last["reason"]) == ("accepted", "booked by hand")
    assert [deed.what for deed in world.engine.queries.case(one.key).outcomes] == ["outcome-probed"] * 3


def test_an_operator_sends_the_work_back_and_it_is_claimed_anew(world: World) -> None:
    one = contradicted(world)
    incident = world.incident()
    world.engine.send_back(incident.key, by=OPERATOR, reason="nothing was booked")
    with pytest.raises(IllegalMove):
        world.engine.accept_outcome(incident.key, by=OPERATOR, reason="again")
    world.work("book", invoice="A-1", amount=91)
    world.work("ledger", booked=91)
    assert world.state(one) == "completed"
    assert world.engine.queries.variables(one.key)["amount"] == 91


def test_a_look_that_cannot_be_made_is_an_incident_of_its_own_and_the_claim_waits(world: World) -> None:
    deploy(world, LEDGER)
    one = world.start("p")
    world.work("book", **CLAIM)
    [job] = world.claim("ledger")
    world.engine.fail_job(job.key, worker="w1", message="the ledger is down", retries=0)
    assert (world.incident().type, world.state(one)) == ("PROBE_NO_RETRIES", "active")
    world.engine.accept_outcome(world.incident().key, by=OPERATOR, reason="seen on paper")
    assert world.state(one) == "completed"


def test_a_worker_that_dies_while_it_looks_is_followed_by_another_under_the_same_key(world: World) -> None:
    deploy(world, LEDGER)
    one = world.start("p")
    world.work("book", **CLAIM)
    [dead] = world.claim("ledger", worker="dead", lease_seconds=30)
    world.clock.advance(31)
    [alive] = world.claim("ledger", worker="alive")
    assert (alive.idempotency_key, alive.variables) == (dead.idempotency_key, {"number": "A-1"})
    with pytest.raises(LeaseLost):
        world.engine.complete_job(dead.key, {"booked": 0}, worker="dead")
    world.engine.complete_job(alive.key, {"booked": 90}, worker="alive")
    assert world.state(one) == "completed"


def test_looks_wait_as_long_as_the_diagram_says(world: World) -> None:
    deploy(world, {**LEDGER, "baton:probeAfter": "PT5M"})
    world.start("p")
    world.work("book", **CLAIM)
    for _ in range(2):
        world.clock.advance(299)
        assert world.claim("ledger") == []
        world.clock.advance(1)
        world.work("ledger", booked=0)
    assert world.incident().type == "OUTCOME_CONTRADICTED"


def test_an_expression_over_the_answer_of_the_system_needs_no_job(world: World) -> None:
    deploy(world, {"baton:probe": '=claim.status = "booked"'})
    one = world.start("p")
    world.work("book", status="booked")
    assert world.state(one) == "completed"
    assert verdicts(world, one) == ["confirmed"]


def test_an_expression_that_does_not_hold_is_looked_at_by_batons_own_worker(world: World) -> None:
    engine = Engine(world.store, world.clock, Registry(use_entry_points=False))
    asked = {"baton:probe": "=ledgerSays", "baton:probeExpect": "=observed = claim.amount", "baton:probeRetries": "1"}
    deploy(world, asked)
    one = engine.start(process_id="p", variables={"ledgerSays": 0}, by=ANALYST)
    world.work("book", amount=5)
    worker = Worker(engine, name="own", secrets=from_environment({}))
    worker.run_until_idle()
    engine.set_variables(one.key, {"ledgerSays": 5}, by=OPERATOR)
    world.clock.advance(60)
    worker.run_until_idle()
    assert world.state(one) == "completed"
    assert verdicts(world, one) == ["contradicted", "confirmed"]


def test_a_fault_of_the_expression_is_an_incident_that_quotes_it(world: World) -> None:
    deploy(world, {**LEDGER, "baton:probeInput": "=1 + 1"})
    world.start("p")
    world.work("book", **CLAIM)
    assert "baton:probeInput must give an object" in world.incident().message


def test_an_interrupted_task_takes_its_look_with_it(world: World) -> None:
    deploy(world, LEDGER)
    one = world.start("p")
    world.work("book", **CLAIM)
    world.engine.cancel(one.key, by=OPERATOR)
    assert world.claim("ledger") == []
    assert world.state(one) == "terminated"


def test_only_the_incidents_of_looks_can_be_accepted_or_sent_back(world: World) -> None:
    deploy(world, {})
    world.start("p")
    [job] = world.claim("book")
    world.engine.fail_job(job.key, worker="w1", message="no", retries=0)
    for verb in (world.engine.accept_outcome, world.engine.send_back):
        with pytest.raises(IllegalMove, match="not of an outcome"):
            verb(world.incident().key, by=OPERATOR, reason="because")
        with pytest.raises(NotFound):
            verb(1, by=OPERATOR, reason="because")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"baton:probeExpect": "=observed. ="}, "baton:probeExpect cannot be read"),
        ({"baton:probeExpect": ""}, "baton:probeExpect is missing"),
        ({"baton:probeInput": "={"}, "baton:probeInput cannot be read"),
        ({"baton:probeAfter": "soon"}, "must be a duration"),
        ({"baton:probeRetries": "-1"}, "must be a whole number"),
        ({"baton:probe": ""}, "says nothing of what looks"),
        ({"baton:probe": "=1 +"}, "baton:probe cannot be read"),
    ],
)
def test_a_probe_that_cannot_work_refuses_the_deployment(quick: World, changes: dict[str, str], says: str) -> None:
    with pytest.raises(ModelRejected, match=says):
        deploy(quick, {**LEDGER, **changes})


def test_a_connector_that_nobody_serves_is_told_at_deployment(world: World) -> None:
    engine = Engine(world.store, world.clock, Registry({"book": nothing}, use_entry_points=False))
    world.engine = engine
    with pytest.raises(ModelRejected, match="asks for job type 'baton:ledgr:1'"):
        deploy(world, {**LEDGER, "baton:probe": "baton:ledgr:1"})


CAMUNDA7 = """<bpmn:startEvent id="s"/><bpmn:serviceTask id="book" camunda:type="external" camunda:topic="book">
<bpmn:extensionElements><camunda:properties>
  <camunda:property name="baton:probe" value="ledger"/>
  <camunda:property name="baton:probeExpect" value="=observed.booked = claim.amount"/>
</camunda:properties></bpmn:extensionElements></bpmn:serviceTask><bpmn:endEvent id="e"/>"""


def test_an_external_task_of_camunda_7_has_its_probe_in_its_properties(world: World) -> None:
    world.deploy(p_bpmn=diagram(CAMUNDA7, chain("s", "book", "e"), dialect="camunda7"))
    one = world.start("p")
    world.work("book", amount=7)
    [job] = world.claim("ledger")
    assert job.variables["claim"] == {"amount": 7}
    world.engine.complete_job(job.key, {"booked": 7}, worker="w1")
    assert world.state(one) == "completed"
