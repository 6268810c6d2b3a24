"""Conditional events cost nothing where there are none, and little where there are: asked for what they read alone."""

from __future__ import annotations

import bpmn
from engine import commands
from engine.runtime import compile as compile_process
from engine.runtime.conditions import Conditions
from tests.engine.runtime.driver import ENDS, ROOT, USER, Run
from tests.support.diagrams import chain, diagram

CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>{}</bpmn:condition></bpmn:conditionalEventDefinition>"


def waiting(condition: str, dialect: str = "camunda8") -> bytes:
    event = f'<bpmn:intermediateCatchEvent id="wait">{CONDITION.format(condition)}</bpmn:intermediateCatchEvent>'
    return diagram(ENDS + event, chain("s", "wait", "e"), dialect=dialect)


def test_a_process_without_conditions_watches_nothing() -> None:
    definition = compile_process(bpmn.read(diagram(ENDS + USER.format("t"), chain("s", "t", "e"))), "p")
    assert definition.watched == frozenset()


def test_what_waits_is_found_again_in_a_stored_instance() -> None:
    run = Run(waiting("=a and b"), {"a": False})
    for name in ("a", "b"):
        assert run.at() == ["wait"]
        run.send(commands.SetVariables(ROOT, {name: True}))
    assert run.step.outcome == "completed"


def test_only_a_change_of_what_it_reads_is_looked_at(monkeypatch: object) -> None:
    run = Run(waiting("=a.b &gt; 1"), {"a": {"b": 0}, "c": 1})
    asked: list[int] = []
    judge = Conditions._judge

    def counted(self: Conditions) -> None:
        asked.append(len(self._writes))
        judge(self)

    monkeypatch.setattr(Conditions, "_judge", counted)  # type: ignore[attr-defined]
    run.send(commands.SetVariables(ROOT, {"a": {"b": 0}}))
    assert asked == [], "the same value is no change"
    run.send(commands.SetVariables(ROOT, {"c": 2}))
    assert run.at() == ["wait"]
    run.send(commands.SetVariables(ROOT, {"a": {"b": 2}}))
    assert run.step.outcome == "completed"


def test_a_local_variable_elsewhere_is_not_seen() -> None:
    fork = '<bpmn:parallelGateway id="fork"/>'
    inner = (
        '<bpmn:subProcess id="inner"><bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=1" target="x"/>'
        '</zeebe:ioMapping></bpmn:extensionElements><bpmn:startEvent id="is"/>'
        + USER.format("t")
        + '<bpmn:sequenceFlow id="if" sourceRef="is" targetRef="t"/></bpmn:subProcess>'
    )
    event = f'<bpmn:intermediateCatchEvent id="wait">{CONDITION.format("=x = 1")}</bpmn:intermediateCatchEvent>'
    flows = [("s", "fork"), ("fork", "inner"), ("fork", "wait"), ("wait", "e"), ("inner", "e")]
    run = Run(diagram(ENDS + fork + inner + event, flows))
    assert run.at() == ["t", "wait"]
    run.send(commands.SetVariables(ROOT, {"x": 1}, local=True))
    assert run.at() == ["t"]


def test_a_ring_of_conditions_ends_in_an_incident() -> None:
    event = (
        '<bpmn:boundaryEvent id="b" attachedToRef="t" cancelActivity="false">'
        f"{CONDITION.format('=x &gt; 0')}</bpmn:boundaryEvent>"
        '<bpmn:scriptTask id="more"><bpmn:extensionElements><zeebe:script expression="=x + 1" resultVariable="x"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    flows = [("s", "t"), ("t", "e"), ("b", "more")]
    run = Run(diagram(ENDS + USER.format("t") + event, flows), {"x": 0})
    run.send(commands.SetVariables(ROOT, {"x": 1}))
    assert "UNKNOWN" in run.incidents.values()
