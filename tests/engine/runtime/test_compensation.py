"""What compensation remembers: only what handlers need, in as few bytes as it takes, and no longer than its scope."""

from __future__ import annotations

from engine import commands
from engine.step import Outcome
from tests.engine.runtime.driver import ENDS, ROOT, Run
from tests.support.diagrams import chain, diagram

_UNDO = (
    '<bpmn:boundaryEvent id="c_{0}" attachedToRef="{0}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
    '<bpmn:userTask id="undo_{0}" isForCompensation="true"/>'
    '<bpmn:association id="as_{0}" sourceRef="c_{0}" targetRef="undo_{0}"/>'
)
_THROW = '<bpmn:intermediateThrowEvent id="t"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'
_LOOP = [("s", "g"), ("g", "a"), ("a", "u"), ("u", "d"), ("d", "g", "${more}"), ("d", "t"), ("t", "e")]


def _loop(undo: str, throw: str) -> Run:
    body = (
        '<bpmn:exclusiveGateway id="g"/><bpmn:task id="a"/><bpmn:userTask id="u"/>'
        f'<bpmn:exclusiveGateway id="d" default="f5"/>{throw}{undo}'
    )
    return Run(diagram(ENDS + body, _LOOP, dialect="camunda7"))


def _size_after(run: Run, rounds: int) -> int:
    for _ in range(rounds):
        run.complete("u", more=True)
    assert run.step.state is not None
    return len(run.step.state)


def test_a_loop_with_a_handler_keeps_a_number() -> None:
    run = _loop(_UNDO.format("a"), _THROW)
    once = _size_after(run, 1)
    assert _size_after(run, 200) - once < 10
    run.complete("u", more=False)
    assert run.at() == ["undo_a"] * 202


def test_without_a_throw_event_nothing_is_remembered() -> None:
    plain, idle = _loop("", '<bpmn:task id="t"/>'), _loop(_UNDO.format("a"), '<bpmn:task id="t"/>')
    assert _size_after(plain, 5) == _size_after(idle, 5)


_SUB = (
    '<bpmn:subProcess id="sub"><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="x">1'
    "</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"
    '<bpmn:startEvent id="i"/><bpmn:task id="a"/><bpmn:endEvent id="o"/>'
    '<bpmn:sequenceFlow id="i1" sourceRef="i" targetRef="a"/><bpmn:sequenceFlow id="i2" sourceRef="a" targetRef="o"/>'
    f'{_UNDO.format("a")}</bpmn:subProcess><bpmn:userTask id="u"/>{_THROW}'
)


def _with_sub() -> Run:
    return Run(diagram(ENDS + _SUB, chain("s", "sub", "u", "t", "e"), dialect="camunda7"))


def test_the_variables_of_a_sub_process_are_kept_until_it_is_undone() -> None:
    run = _with_sub()
    [kept] = [key for key in run.stored if key != ROOT]
    assert run.stored[kept] == {"x": "1"}
    run.complete("u")
    assert run.at() == ["undo_a"]
    run.complete("undo_a")
    assert run.step.outcome is Outcome.COMPLETED
    assert set(run.stored) <= {ROOT}


def test_they_go_with_the_instance_when_nobody_undoes_it() -> None:
    run = _with_sub()
    run.send(commands.Cancel())
    assert set(run.stored) <= {ROOT}
