"""What has been is kept as rows, for as long as somebody says, and goes without breaking the audit trail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine import audit
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.queries import AuditFilter, EvaluationFilter, InstanceFilter
from engine.scheduler import Scheduler
from engine.store.tables import audit_records, metadata
from tests.engine.support import (
    ADMIN,
    APPROVER,
    OPERATOR,
    World,
    call,
    end,
    line,
    service,
    start,
    user,
)

DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="discount" name="Discount"><variable name="discount"/>
<literalExpression><text>amount * 2</text></literalExpression></decision></definitions>"""
# Of an instance that is gone, these may still speak.
TRAIL = {"audit_records", "legal_holds"}


def finished(world: World, process_id: str = "p", **variables: object) -> int:
    instance = world.start(process_id, **variables)
    world.work("work", done=True)
    assert world.state(instance) == "completed"
    return instance.key


@pytest.fixture
def house(world: World) -> World:
    world.deploy(line("p", start(), service("work"), end()))
    return world


def left_of(world: World, keys: set[int]) -> dict[str, int]:
    """How many rows speak of these instances, by table."""
    found = {}
    with world.store.reading() as tx:
        for table in metadata.sorted_tables:
            column = table.c.key if table.name == "instances" else table.c.get("instance_key")
            if column is not None:
                found[table.name] = tx.execute(select(func.count()).where(column.in_(keys))).scalar()
    return {name: count for name, count in found.items() if count}


def test_values_that_were_replaced_or_ended_with_their_scope_can_be_asked_for(world: World) -> None:
    inner = '<zeebe:ioMapping><zeebe:input source="=a + 1" target="own"/></zeebe:ioMapping>'
    world.deploy(line("p", start(), service("work", inner=inner), user("check"), end()))
    instance = world.start("p", a=1)
    [work] = [one for one in world.instance(instance).active if one.element_id == "work"]
    world.clock.advance(10)
    first_change = world.clock.now()
    world.engine.set_variables(instance.key, {"a": 5}, by=OPERATOR)
    world.clock.advance(10)
    world.work("work", b=1)
    past = world.engine.queries.past_values(instance.key)
    assert [(one.name, one.value, one.scope_key) for one in past] == [("own", 2, work.key), ("a", 1, instance.key)]
    assert [one.until for one in past] == [world.clock.now(), first_change]
    world.engine.complete_task(world.task(instance).key, {}, by=APPROVER)
    assert len(world.engine.queries.past_values(instance.key)) == 2


def test_a_first_value_leaves_nothing_behind(house: World) -> None:
    key = finished(house, a=1)
    assert len(house.engine.queries.past_values(key)) == 0


def test_decisions_are_rows_that_outlive_their_instance(world: World) -> None:
    task = (
        '<bpmn:businessRuleTask id="rate"><bpmn:extensionElements><zeebe:calledDecision decisionId="discount"'
        ' resultVariable="discount"/></bpmn:extensionElements>%s</bpmn:businessRuleTask>'
    )
    world.deploy(line("p", start(), ("rate", task), end()), discount_dmn=DECISION)
    keys = [world.start("p", amount=number, other="not read").key for number in (3, 4)]
    found = world.engine.queries.evaluations(EvaluationFilter(decision_id="discount"))
    assert [(one.instance_key, one.element_id, one.output) for one in found] == [
        (keys[1], "rate", 8),
        (keys[0], "rate", 6),
    ]
    [one] = world.engine.queries.evaluations(EvaluationFilter(instance_key=keys[0]))
    assert (one.process_id, one.evaluated_at) == ("p", world.clock.now())
    assert (one.version, one.inputs) == (1, {"amount": 3})
    assert len(world.engine.queries.evaluations(EvaluationFilter(decision_id="other"))) == 0


def test_a_row_says_which_version_decided_by_which_inputs_and_rules(world: World) -> None:
    table = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f"
 namespace="here"><decision id="rate" name="Rate"><decisionTable id="t" hitPolicy="FIRST">
<input id="i" label="how much"><inputExpression><text>`order amount`</text></inputExpression></input>
<output name="rate"/>
<rule id="small"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>FACTOR</text></outputEntry></rule>
<rule id="large"><inputEntry><text>-</text></inputEntry><outputEntry><text>9</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
    task = (
        '<bpmn:businessRuleTask id="ask"><bpmn:extensionElements><zeebe:calledDecision decisionId="rate"'
        ' resultVariable="rate"/></bpmn:extensionElements>%s</bpmn:businessRuleTask>'
    )
    for factor in ("1", "2"):
        world.deploy(line("p", start(), ("ask", task), end()), rate_dmn=table.replace("FACTOR", factor).encode())
        world.start("p", **{"order amount": 5, "orders": 1, "amounts": 2})
    newest, oldest = world.engine.queries.evaluations(EvaluationFilter(decision_id="rate"))
    assert [(one.version, one.output) for one in (oldest, newest)] == [(1, 1), (2, 2)]
    assert newest.inputs == {"order amount": 5}
    [decided] = newest.matched
    assert [(one["name"], one["value"]) for one in decided["inputs"]] == [("how much", 5)]
    assert [(one["id"], one["outputs"]) for one in decided["rules"]] == [("small", {"rate": 2})]
    [only] = world.engine.queries.evaluations(EvaluationFilter(decision_id="rate", version=1))
    assert only == oldest


def test_an_ended_instance_keeps_its_elements_jobs_tasks_and_incidents(world: World) -> None:
    world.deploy(line("p", start(), service("work", retries=1), user("check"), end()))
    instance = world.start("p")
    [job] = world.claim("work")
    world.engine.fail_job(job.key, worker="w1", message="no")
    world.engine.resolve_incident(world.incident().key, by=OPERATOR, retries=1)
    world.work("work")
    world.engine.complete_task(world.task(instance).key, {}, by=APPROVER)
    left = left_of(world, {instance.key})
    assert {"elements", "jobs", "user_tasks", "incidents", "instances", "audit_records"} <= set(left)


def test_deleting_leaves_no_row_but_the_trail_and_the_trail_verifies(house: World) -> None:
    kept, gone = finished(house, a=1), finished(house, a=2)
    house.engine.delete_history(gone, reason="asked by the customer", by=ADMIN)
    assert set(left_of(house, {gone})) == {"audit_records"}
    assert set(left_of(house, {kept})) > TRAIL - {"legal_holds"}
    with pytest.raises(NotFound):
        house.instance(gone)
    records = house.engine.queries.audit(AuditFilter(instance_key=gone)).items
    assert [one.payload is None for one in records] == [False, True, True]
    assert (records[0].actor_id, records[0].verb) == ("root", "history-deleted")
    assert "asked by the customer" in (records[0].payload or "")
    assert house.engine.queries.verify_audit().is_intact


def test_a_payload_that_nobody_says_was_deleted_is_still_found(house: World) -> None:
    gone, other = finished(house), finished(house)
    house.engine.delete_history(gone, by=ADMIN)
    with house.store.sql.connect() as connection:
        connection.execute(update(audit_records).where(audit_records.c.instance_key == other).values(payload=None))
        connection.commit()
    [fault] = audit.verify(house.store).faults
    assert (fault.what, fault.chain) == ("changed-payload", other % 8)


def test_the_record_of_a_deletion_cannot_be_erased(house: World) -> None:
    gone = finished(house)
    house.engine.delete_history(gone, by=ADMIN)
    [record, *_] = house.engine.queries.audit(AuditFilter(instance_key=gone)).items
    with pytest.raises(IllegalMove, match="cannot be erased"):
        house.engine.erase_audit_payload(record.chain, record.seq, reason="x", by=ADMIN)


def test_what_runs_or_is_held_or_was_called_is_not_deleted(world: World) -> None:
    world.deploy(line("p", start(), call("ask", "child"), end()), line("child", start(), service("work"), end()))
    instance = world.start("p")
    with pytest.raises(IllegalMove, match="active"):
        world.engine.delete_history(instance.key, by=ADMIN)
    [child] = world.engine.queries.instances(InstanceFilter(parent_key=instance.key))
    world.work("work")
    with pytest.raises(IllegalMove, match=f"began with: {instance.key}"):
        world.engine.delete_history(child.key, by=ADMIN)
    world.engine.hold(instance.key, reason="trial", by=ADMIN)
    with pytest.raises(IllegalMove, match="trial"):
        world.engine.delete_history(instance.key, by=ADMIN)
    world.engine.release_hold(instance.key, by=ADMIN)
    assert world.engine.delete_history(instance.key, by=ADMIN) == 2
    assert set(left_of(world, {instance.key, child.key})) == {"audit_records"}
    assert world.engine.queries.verify_audit().is_intact


def test_the_purge_takes_what_is_over_its_time_and_nothing_else(house: World) -> None:
    house.deploy(line("q", start(), service("work"), end()))
    old, of_other = finished(house), finished(house, "q")
    running = house.start("p")
    house.engine.set_retention("p", 30, by=ADMIN)
    house.clock.advance(timedelta(days=29))
    young = house.start("p")
    house.engine.cancel(young.key, by=OPERATOR)
    assert house.engine.purge() == 0
    house.clock.advance(timedelta(days=1))
    assert house.engine.purge() == 1
    left = {one.key for one in house.engine.queries.instances()}
    assert left == {of_other, running.key, young.key}
    assert old not in left
    assert house.engine.queries.verify_audit().is_intact


def test_an_administrator_goes_before_the_diagram_and_that_before_the_default(world: World) -> None:
    diagram = line("p", start(), service("work"), end())
    of_camunda7 = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="f" targetNamespace="n">'
        '<bpmn:process id="seven" isExecutable="true" camunda:historyTimeToLive="P10D"><bpmn:startEvent id="s"/>'
        "</bpmn:process></bpmn:definitions>"
    )
    world.deploy(diagram, of_camunda7)
    finished(world)
    seven = world.start("seven").key
    world.clock.advance(timedelta(days=9))
    assert world.engine.purge(default_days=9) == 1
    assert [one.key for one in world.engine.queries.instances()] == [seven]
    world.engine.set_retention("seven", None, by=ADMIN)
    world.clock.advance(timedelta(days=1000))
    assert world.engine.purge(default_days=1) == 0
    world.engine.forget_retention("seven", by=ADMIN)
    assert world.engine.purge() == 1


def test_a_hold_outlasts_every_retention(house: World) -> None:
    key = finished(house)
    house.engine.hold(key, reason="case 12/26", by=ADMIN)
    house.clock.advance(timedelta(days=400))
    assert house.engine.purge(default_days=1) == 0
    [hold] = house.engine.queries.holds()
    assert (hold.instance_key, hold.reason, hold.held_by) == (key, "case 12/26", "root")
    assert [one.key for one in house.engine.queries.instances(InstanceFilter(held=True))] == [key]
    house.engine.release_hold(key, by=ADMIN)
    assert house.engine.purge(default_days=1) == 1
    with pytest.raises(NotFound):
        house.engine.release_hold(key, by=ADMIN)


def test_the_scheduler_purges_in_portions(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.engine.history._PORTION", 2)
    for _ in range(5):
        finished(house)
    house.clock.advance(timedelta(days=2))
    assert Scheduler(house.engine, history_days=1).sweep_when_due() == 5
    assert len(house.engine.queries.instances()) == 0
    assert house.engine.queries.verify_audit().is_intact


@pytest.mark.parametrize("days", [-1, True, 10**9])
def test_a_retention_that_makes_no_sense_is_refused(house: World, days: int) -> None:
    with pytest.raises(InvalidInput):
        house.engine.set_retention("p", days, by=ADMIN)


def test_a_retention_of_a_process_that_is_not_there_is_refused(house: World) -> None:
    with pytest.raises(NotFound):
        house.engine.set_retention("none", 3, by=ADMIN)


def test_what_is_to_be_purged_is_found_by_index(house: World) -> None:
    from engine.store.purge import _DUE

    parameters = {"definition_key": 1, "before": house.clock.now(), "most": 10}
    assert "ix_instances_ended_at" in house.plan(_DUE.statement, parameters)


def test_nothing_scans_all_instances_to_find_a_family(house: World) -> None:
    from engine.store.suspensions import _FAMILY

    assert "ix_instances_root_key" in house.plan(_FAMILY.statement, {"root_key": 5})


def test_rows_are_deleted_by_index(house: World) -> None:
    from engine.store.purge import _DELETE, _DELETE_INSTANCES

    for statement in (*_DELETE, _DELETE_INSTANCES):
        told = house.plan(statement.statement, {"keys": [1]}).replace("SCAN json_each", "")
        assert "SCAN " not in told
        assert "Seq Scan" not in told


def test_every_table_of_instances_is_known_to_the_deletion() -> None:
    from engine.store.purge import _OWNED

    owning = {table.name for table in metadata.sorted_tables if "instance_key" in table.c}
    # Waits are gone when an instance ends; messages, keys and what batches did have an end of their own. Judgements
    # stay: they tell of a model, and hold no data of a case.
    others = {
        "judgements",
        "batch_items",
        "timers",
        "subscriptions",
        "message_deliveries",
        "signal_deliveries",
        "idempotency_keys",
        *TRAIL,
    }
    assert owning - others == {table.name for table in _OWNED}
