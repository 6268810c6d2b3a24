"""Save points of Camunda 7: what fails behind one leaves no row behind, of whatever kind, in whichever instance."""

from __future__ import annotations

from typing import Any

import pytest

from engine.queries import IncidentFilter, JobFilter, TaskFilter
from engine.runtime import stepper
from engine.runtime.freeze import thaw
from engine.states import IncidentState
from tests.engine.support import ADMIN, ANALYST, OPERATOR, World, document, process, start

SPLIT = """<bpmn:parallelGateway id="split" camunda:asyncBefore="true">%s</bpmn:parallelGateway>"""
BESIDE = """
<bpmn:userTask id="ask"/><bpmn:serviceTask id="job" camunda:type="external" camunda:topic="work"/>
<bpmn:callActivity id="call" calledElement="child"/><bpmn:scriptTask id="wrong" scriptFormat="juel">
<bpmn:script>${missing}</bpmn:script></bpmn:scriptTask>
<bpmn:intermediateThrowEvent id="throw"><bpmn:signalEventDefinition signalRef="sig"/></bpmn:intermediateThrowEvent>
""" + "".join(
    f'<bpmn:sequenceFlow id="to_{name}" sourceRef="{source}" targetRef="{name}"/>'
    for source, name in (("split", "ask"), ("split", "job"), ("split", "call"), ("split", "throw"), ("throw", "wrong"))
)


def task(id: str, kind: str, attributes: str = "") -> tuple[str, str]:
    return id, f'<bpmn:{kind} id="{id}" {attributes}>%s</bpmn:{kind}>'


def deployed(world: World) -> None:
    heard = '<bpmn:startEvent id="heard"><bpmn:signalEventDefinition signalRef="sig"/></bpmn:startEvent>'
    text = document(
        process("p", start("s"), ("split", SPLIT), beside=BESIDE),
        process("child", start("d"), task("c", "userTask")),
        f'<bpmn:process id="listener" isExecutable="true">{heard}<bpmn:userTask id="l"/>'
        '<bpmn:sequenceFlow id="h" sourceRef="heard" targetRef="l"/></bpmn:process>',
        roots='<bpmn:signal id="sig" name="sig"/>',
        platform="Camunda Platform",
        version="7.23.0",
    )
    world.deploy(text)


def rows(world: World) -> dict[str, Any]:
    queries = world.engine.queries
    return {
        "processes": sorted(one.process_id for one in queries.instances().items),
        "tasks": sorted(one.element_id for one in queries.tasks(TaskFilter()).items),
        "jobs": [one.element_id for one in queries.jobs(JobFilter()).items],
        "incidents": [one.element_id for one in queries.incidents(IncidentFilter(state=IncidentState.ACTIVE)).items],
    }


def test_what_fails_behind_a_save_point_leaves_no_row_behind(world: World) -> None:
    deployed(world)
    instance = world.start("p")
    assert world.engine.fire_due_timers() == 1
    assert world.engine.deliver_signals() == 0
    assert rows(world) == {"processes": ["p"], "tasks": [], "jobs": [], "incidents": ["split"]}
    assert world.events(instance)[-2:] == ["work-taken-back", "incident-raised"]
    assert "At 'wrong': " in world.incident().message
    assert "missing" in world.incident().message


def test_repaired_and_resolved_it_all_happens_once(world: World) -> None:
    deployed(world)
    instance = world.start("p")
    world.engine.fire_due_timers()
    world.engine.set_variables(instance.key, {"missing": 1}, by=OPERATOR)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    assert world.engine.fire_due_timers() == 1
    assert world.engine.fire_due_timers() == 0
    assert rows(world) == {
        "processes": ["child", "listener", "p"],
        "tasks": ["ask", "c", "l"],
        "jobs": ["job"],
        "incidents": [],
    }
    assert world.events(instance).count("work-continued") == 1


def test_a_called_process_that_fails_takes_its_caller_back(world: World) -> None:
    call = task("call", "callActivity", 'calledElement="child" camunda:asyncBefore="true"')
    wrong = task("wrong", "serviceTask", 'camunda:expression="${missing}"')
    camunda7 = {"platform": "Camunda Platform", "version": "7.23.0"}
    world.deploy(document(process("p", start("s"), call), process("child", start("d"), wrong), **camunda7))
    world.start("p")
    world.engine.fire_due_timers()
    assert rows(world) == {"processes": ["p"], "tasks": [], "jobs": [], "incidents": ["call"]}


def test_a_suspended_instance_goes_on_behind_its_save_point_when_it_is_resumed(world: World) -> None:
    deployed(world)
    instance = world.engine.start(process_id="p", variables={"missing": 1}, by=ANALYST)
    world.engine.suspend(instance.key, by=ADMIN)
    world.engine.fire_due_timers()
    assert rows(world)["tasks"] == []
    world.engine.resume(instance.key, by=ADMIN)
    world.clock.advance(61)
    world.engine.fire_due_timers()
    assert rows(world)["tasks"] == ["ask", "c", "l"]


def many(world: World, condition: str = "${1}") -> None:
    """A process that works once for each of `n`, each behind a save point of its own."""
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics camunda:asyncBefore="true">'
        "<bpmn:loopCardinality>${n}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    each = "each", f'<bpmn:serviceTask id="each" camunda:expression="{condition}">%s{loop}</bpmn:serviceTask>'
    end = "end", '<bpmn:endEvent id="end">%s</bpmn:endEvent>'
    world.deploy(document(process("p", start("s"), each, end), platform="Camunda Platform", version="7.23.0"))


def test_what_stands_at_save_points_of_one_instance_goes_on_in_few_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(world)
    instance = world.start("p", n=200)
    thawed: list[int] = []

    def counting(process: Any, state: bytes) -> None:
        thawed.append(len(state))
        thaw(process, state)

    monkeypatch.setattr(stepper, "thaw", counting)
    while world.engine.fire_due_timers(limit=100):
        pass
    assert len(thawed) == 2
    assert world.state(instance) == "completed"
    assert world.events(instance).count("work-continued") == 200


def test_one_that_fails_among_many_keeps_what_the_others_did(world: World) -> None:
    many(world, "${loopCounter == 7 ? missing : 1}")
    instance = world.start("p", n=20)
    while world.engine.fire_due_timers():
        pass
    assert "missing" in world.incident().message
    done = [one for one in world.engine.queries.elements(instance.key).items if one.state == "completed"]
    assert [one.element_id for one in done].count("each") == 19
    world.engine.set_variables(instance.key, {"missing": 1}, by=OPERATOR)
    world.engine.resolve_incident(world.incident().key, by=OPERATOR)
    world.engine.fire_due_timers()
    assert world.state(instance) == "completed"


def test_one_that_ends_the_others_leaves_them_out(world: World) -> None:
    fork = ("fork", '<bpmn:parallelGateway id="fork">%s</bpmn:parallelGateway>')
    beside = (
        '<bpmn:endEvent id="stop" camunda:asyncBefore="true"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
        '<bpmn:userTask id="late" camunda:asyncBefore="true"/>'
        '<bpmn:sequenceFlow id="a" sourceRef="fork" targetRef="stop"/>'
        '<bpmn:sequenceFlow id="b" sourceRef="fork" targetRef="late"/>'
    )
    text = document(process("p", start("s"), fork, beside=beside), platform="Camunda Platform", version="7.23.0")
    world.deploy(text)
    instance = world.start("p")
    world.engine.fire_due_timers()
    assert world.state(instance) == "completed"
    assert world.engine.fire_due_timers() == 0
