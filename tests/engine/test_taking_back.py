"""Camunda 7: who asked for what fails hears of it, and nothing of it is stored but that it was tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import commands, operations
from engine.actors import Actor
from engine.correlation import Correlation
from engine.errors import StepFailed
from engine.queries import AuditFilter, IncidentFilter, InstanceFilter
from engine.store import Store
from engine.store.batches import Item, ItemFilter
from tests.engine.support import ADMIN, APPROVER, OPERATOR, PROGRAM, World, call, document, line, process, start

WRONG = ("wrong", '<bpmn:serviceTask id="wrong" camunda:expression="${missing}">%s</bpmn:serviceTask>')
ASK = ("ask", '<bpmn:userTask id="ask" camunda:candidateUsers="anna">%s</bpmn:userTask>')
WORK = ("work", '<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work">%s</bpmn:serviceTask>')
END = ("end", '<bpmn:endEvent id="end">%s</bpmn:endEvent>')
THROW = (
    "tell",
    '<bpmn:intermediateThrowEvent id="tell">%s<bpmn:signalEventDefinition signalRef="sig"/>'
    "</bpmn:intermediateThrowEvent>",
)
CATCH = (
    "heard",
    '<bpmn:startEvent id="heard">%s<bpmn:signalEventDefinition signalRef="sig"/></bpmn:startEvent>',
)
ROOTS = '<bpmn:signal id="sig" name="sig"/>'


def camunda7(world: World, *processes: str, roots: str = "") -> World:
    """The world with these processes, each in a file of its own."""
    world.deploy(*(document(one, roots=roots, platform="Camunda Platform", version="7.23.0") for one in processes))
    return world


@pytest.fixture
def asked(world: World) -> World:
    return camunda7(world, process("p", start("s"), ASK, WRONG, END), process("q", start("t"), WRONG, END))


def trace(world: World, verb: str) -> list[tuple[int, str, list[dict[str, Any]]]]:
    """What the trail holds of a verb: instance, actor, facts; the latest first."""
    records = world.engine.queries.audit(AuditFilter(verb=verb)).items
    return [(one.instance_key, one.actor_id, json.loads(one.payload or "{}")["events"]) for one in records]


def test_a_start_that_fails_starts_nothing_and_says_what_failed(asked: World) -> None:
    with pytest.raises(StepFailed, match=r"'wrong' of process 'q' failed: .*'missing'.*Nothing was done") as failed:
        asked.start("q")
    assert (failed.value.element_id, failed.value.process_id, failed.value.instance_key) == ("wrong", "q", 0)
    assert not asked.engine.queries.instances().items
    assert not asked.engine.queries.incidents(IncidentFilter()).items
    [(key, actor, [fact])] = trace(asked, "start")
    assert (key, actor, fact["type"], fact["element_id"]) == (0, "ada", "request-taken-back", "wrong")
    assert fact["data"]["process_id"] == "q"
    assert "missing" in fact["data"]["reason"]


def test_a_task_whose_completion_fails_is_still_open_and_completes_later(asked: World) -> None:
    instance = asked.start("p")
    task = asked.task(instance)
    with pytest.raises(StepFailed):
        asked.engine.complete_task(task.key, {"answer": 1}, by=APPROVER)
    assert asked.task(instance).key == task.key
    assert "answer" not in asked.engine.queries.variables(instance.key)
    assert asked.events(instance)[-1] == "request-taken-back"
    assert trace(asked, "complete_task")[0][:2] == (instance.key, "anna")
    asked.engine.complete_task(task.key, {"missing": 1}, by=APPROVER)
    assert asked.state(instance) == "completed"
    assert asked.engine.queries.verify_audit().is_intact


def test_a_decision_that_leads_to_a_failure_is_not_taken(asked: World) -> None:
    instance = asked.start("p")
    with pytest.raises(StepFailed):
        asked.engine.decide(asked.task(instance).key, "approve", by=APPROVER)
    assert asked.task(instance).decision is None


def test_what_a_worker_has_done_is_kept_and_the_incident_stands_behind_it(world: World) -> None:
    camunda7(world, process("p", start("s"), WORK, WRONG, END))
    instance = world.start("p")
    world.work("work", done=1)
    assert world.incident().element_id == "wrong"
    assert world.engine.queries.variables(instance.key)["done"] == 1


def test_a_failure_in_a_diagram_of_camunda_8_is_an_incident_as_there(world: World) -> None:
    world.deploy(line("p", start(), call("work", "nobody")))
    assert world.state(world.start("p")) == "active"
    assert world.incident().element_id == "work"


def test_under_an_idempotency_key_the_attempt_is_told_once_and_the_key_stays_free(asked: World) -> None:
    for _ in range(2):
        with pytest.raises(StepFailed):
            asked.engine.start(process_id="q", by=PROGRAM, idempotency_key="one")
    assert len(trace(asked, "start")) == 2
    found = asked.engine.start(process_id="q", variables={"missing": 1}, by=PROGRAM, idempotency_key="one")
    assert asked.state(found) == "completed"


def test_a_dry_run_fails_as_the_change_would_and_leaves_no_trace(asked: World) -> None:
    instance = asked.start("p")
    change = [commands.Move("wrong", element_id="ask")]
    for is_dry in (True, False):
        with pytest.raises(StepFailed):
            asked.engine.modify(instance.key, change, by=OPERATOR, dry_run=is_dry)
        assert [asked.task(instance).element_id] == ["ask"]
        assert len(trace(asked, "modify")) == (0 if is_dry else 1)


def test_an_item_of_a_batch_fails_alone(asked: World) -> None:
    ends, stays = asked.start("p", missing=1), asked.start("p")
    move = operations.ModifyInstances([{"do": "move", "element_id": "ask", "target_id": "wrong"}])
    batch = asked.engine.create_batch(move, InstanceFilter(keys=(ends.key, stays.key)), by=ADMIN)
    while asked.engine.run_batches():
        pass
    assert (asked.state(ends), asked.state(stays)) == ("completed", "active")
    items: list[Item] = list(asked.engine.queries.batch_items(ItemFilter(batch.key)).items)
    assert {one.instance_key: one.error is None for one in items} == {ends.key: True, stays.key: False}
    assert asked.events(stays)[-1] == "request-taken-back"


def test_a_signal_reaches_all_of_camunda_7_or_none(world: World) -> None:
    camunda7(world, process("fails", CATCH, WRONG, END), process("good", CATCH, ASK, END), roots=ROOTS)
    with pytest.raises(StepFailed):
        world.engine.broadcast_signal("sig", by=PROGRAM)
    assert not world.engine.queries.instances().items
    assert world.engine.deliver_signals() == 0
    assert world.engine.broadcast_signal("sig", variables={"missing": 1}, by=PROGRAM).receivers == 2
    assert sorted(one.process_id for one in world.engine.queries.instances().items) == ["fails", "good"]


def test_a_signal_that_a_diagram_throws_is_on_its_way_whatever_its_receivers_do(world: World) -> None:
    thrower, listener = process("p", start("s"), THROW, END), process("l", CATCH, WRONG, END)
    camunda7(world, thrower, listener, roots=ROOTS)
    assert world.state(world.start("p")) == "completed"
    assert world.incident().element_id == "wrong"


def test_a_message_for_several_is_for_none_when_one_fails(world: World) -> None:
    wait = ("wait", '<bpmn:receiveTask id="wait" messageRef="m">%s</bpmn:receiveTask>')
    camunda7(world, process("p", start("s"), wait, WRONG, END), roots='<bpmn:message id="m" name="m"/>')
    good, bad = world.start("p", missing=1), world.start("p")
    with pytest.raises(StepFailed):
        world.engine.correlate_message(Correlation("m", every=True), by=PROGRAM)
    assert [world.state(one) for one in (good, bad)] == ["active", "active"]
    assert trace(world, "correlate_message")[0][0] == bad.key


def test_the_error_survives_a_trail_that_cannot_be_written(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import taking_back
    from engine.errors import StoreUnavailable

    def away(*_: Any) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(taking_back, "tell", away)
    with pytest.raises(StepFailed):
        asked.start("q")
    assert trace(asked, "start") == []


def test_two_engines_agree_on_what_was_not_done(store: Store, clock: Any) -> None:
    one, two = World(store, clock), World(store, clock)
    camunda7(one, process("p", start("s"), ASK, WRONG, END))
    instance = one.start("p")
    with pytest.raises(StepFailed):
        two.engine.complete_task(one.task(instance).key, by=Actor("anna", roles=APPROVER.roles))
    one.engine.complete_task(two.task(instance).key, {"missing": 0}, by=APPROVER)
    assert two.state(instance) == "completed"
