"""What Camunda 7 diagrams do differently: one test for each rule of the dialect that the runtime knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn import languages
from bpmn.model import Expression, Language
from engine import commands
from engine.errors import IllegalMove
from engine.step import JobWait, Outcome, UserTaskWait
from tests.engine.runtime.driver import ENDS, NOW, Run
from tests.support.diagrams import Flow, chain, diagram


def _c7(body: str, flows: list[Flow] | None = None, roots: str = "") -> bytes:
    return diagram(ENDS + body, flows or chain("s", "t", "e"), dialect="camunda7", roots=roots)


def _extended(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def test_an_expression_is_evaluated_on_the_spot_into_its_result_variable() -> None:
    run = Run(_c7('<bpmn:serviceTask id="t" camunda:expression="${a * 2}" camunda:resultVariable="r"/>'), {"a": 21})
    assert run.step.outcome is Outcome.COMPLETED
    assert run.variables == {"a": 21, "r": 42}


def test_an_unknown_name_is_an_incident_of_the_vendors_type() -> None:
    run = Run(_c7('<bpmn:serviceTask id="t" camunda:expression="${nobody}" camunda:resultVariable="r"/>'))
    assert list(run.incidents.values()) == ["failedJob"]


def test_an_external_task_is_a_job_of_its_topic_and_its_result_goes_upward() -> None:
    inner = _extended(
        '<camunda:inputOutput><camunda:inputParameter name="x">${a}</camunda:inputParameter>'
        '<camunda:outputParameter name="y">${x + b}</camunda:outputParameter></camunda:inputOutput>'
    )
    run = Run(
        _c7(f'<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="crm">{inner}</bpmn:serviceTask>'),
        {"a": 1},
    )
    wait = run.waits[run.key("t")]
    assert isinstance(wait, JobWait)
    assert wait.type == "crm"
    run.complete("t", b=5)
    assert run.variables == {"a": 1, "b": 5, "y": 6}


@pytest.mark.parametrize(
    ("cycle", "retries", "intervals"), [("R5/PT10M", 5, (600,)), ("PT10M,PT17M", 3, (600, 1020)), ("R5/10s", 3, ())]
)
def test_a_retry_time_cycle_gives_attempts_and_intervals(cycle: str, retries: int, intervals: tuple[int, ...]) -> None:
    inner = _extended(f"<camunda:failedJobRetryTimeCycle>{cycle}</camunda:failedJobRetryTimeCycle>")
    run = Run(_c7(f'<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="x">{inner}</bpmn:serviceTask>'))
    wait = run.waits[run.key("t")]
    assert (wait.retries, wait.retry_intervals) == (retries, intervals)


def test_lists_and_maps_are_built_from_their_parts() -> None:
    inner = _extended(
        '<camunda:inputOutput><camunda:inputParameter name="x"><camunda:map><camunda:entry key="a">${a}</camunda:entry>'
        '<camunda:entry key="b"><camunda:list><camunda:value>1</camunda:value><camunda:value>${a}</camunda:value>'
        "</camunda:list></camunda:entry></camunda:map></camunda:inputParameter></camunda:inputOutput>"
    )
    run = Run(
        _c7(f'<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="x">{inner}</bpmn:serviceTask>'), {"a": 7}
    )
    assert run.stored[run.key("t")] == {"x": {"a": 7, "b": ["1", 7]}}


def test_conditional_flows_leave_any_activity_and_the_default_is_for_when_none_is_true() -> None:
    body = '<bpmn:task id="t" default="f3"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c"/>'
    flows = [("s", "t"), ("t", "a", "${n > 1}"), ("t", "b", "${n > 2}"), ("t", "c"), ("a", "e"), ("b", "e"), ("c", "e")]
    assert Run(_c7(body, flows), {"n": 3}).at() == ["a", "b"]
    assert Run(_c7(body, flows), {"n": 0}).at() == ["c"]


LOOP = (
    '<bpmn:userTask id="t" camunda:assignee="${who}"><bpmn:multiInstanceLoopCharacteristics '
    'camunda:collection="people" camunda:elementVariable="who"><bpmn:completionCondition '
    'xsi:type="bpmn:tFormalExpression">${nrOfCompletedInstances == 2}</bpmn:completionCondition>'
    "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
)


def test_a_multi_instance_counts_from_zero_and_shows_its_counters() -> None:
    run = Run(_c7(LOOP), {"people": ["ann", "bob", "cy"]})
    first = next(iter(run.waits))
    assert run.stored[first] == {"loopCounter": 0, "who": "ann"}
    [body] = [scope for scope in run.stored.values() if "nrOfInstances" in scope]
    assert body == {"nrOfInstances": 3, "nrOfActiveInstances": 3, "nrOfCompletedInstances": 0}
    run.complete("t")
    assert body == {"nrOfInstances": 3, "nrOfActiveInstances": 2, "nrOfCompletedInstances": 1}
    assert run.complete("t").step.outcome is Outcome.COMPLETED


def test_an_uncaught_error_of_an_external_task_ends_its_path_quietly() -> None:
    run = Run(_c7('<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="x"/>'))
    run.send(commands.ThrowError(run.key("t"), "GONE"))
    assert run.step.outcome is Outcome.COMPLETED
    assert "e" not in run.entered


def test_a_caught_error_fills_the_variables_that_the_event_names() -> None:
    body = (
        '<bpmn:serviceTask id="t" camunda:type="external" camunda:topic="x"/>'
        '<bpmn:boundaryEvent id="b" attachedToRef="t"><bpmn:errorEventDefinition camunda:errorCodeVariable="code" '
        'camunda:errorMessageVariable="text"/></bpmn:boundaryEvent><bpmn:userTask id="u"/>'
    )
    run = Run(_c7(body, [*chain("s", "t", "e"), ("b", "u"), ("u", "e")]))
    run.send(commands.ThrowError(run.key("t"), "GONE", "it is gone", {"v": 1}))
    assert run.at() == ["u"]
    assert run.variables == {"code": "GONE", "text": "it is gone", "v": 1}


CONNECTOR = _extended(
    "<camunda:connector><camunda:inputOutput>"
    '<camunda:inputParameter name="url">http://localhost/${id}</camunda:inputParameter>'
    '<camunda:outputParameter name="city">${S(response).prop("city").stringValue()}</camunda:outputParameter>'
    "</camunda:inputOutput><camunda:connectorId>http-connector</camunda:connectorId></camunda:connector>"
)


def test_a_connector_is_a_job_whose_answer_only_its_output_parameters_see() -> None:
    run = Run(_c7(f'<bpmn:serviceTask id="t">{CONNECTOR}</bpmn:serviceTask>'), {"id": 5})
    key = run.key("t")
    assert run.stored[key] == {"url": "http://localhost/5"}
    assert run.waits[key].type == "http-connector"
    run.complete("t", statusCode=200, response='{"city": "Bonn"}')
    assert run.variables == {"id": 5, "city": "Bonn"}


def test_a_due_date_is_reckoned_from_now() -> None:
    run = Run(_c7('<bpmn:userTask id="t" camunda:dueDate="${dateTime().plusDays(2).toDate()}"/>'))
    wait = run.waits[run.key("t")]
    assert isinstance(wait, UserTaskWait)
    assert wait.due_at == NOW + timedelta(days=2)


def _listening(event: str, body: str) -> bytes:
    listener = f'<camunda:taskListener event="{event}" {body}'
    return _c7(f'<bpmn:userTask id="t" camunda:assignee="ann">{_extended(listener)}</bpmn:userTask>')


def test_a_create_listener_may_change_the_task() -> None:
    run = Run(_listening("create", 'expression="${task.setAssignee(approver)}"/>'), {"approver": "bob"})
    assert run.waits[run.key("t")].assignee == "bob"


def test_an_assignee_that_is_no_text_is_an_incident() -> None:
    run = Run(_listening("create", 'expression="${task.setAssignee(approver)}"/>'), {"approver": ["bob", "ann"]})
    [incident] = run.step.incidents
    assert "The assignee of a task is a text" in incident.message


@pytest.mark.skipif(
    bool(languages.supported(Expression("1", Language.JAVASCRIPT))), reason="needs the extra [javascript]"
)
def test_a_script_hears_of_every_assignment() -> None:
    text = "task.setVariable('approver', task.getAssignee());"
    script = f'><camunda:script scriptFormat="javascript">{text}</camunda:script>'
    run = Run(_listening("assignment", script + "</camunda:taskListener>"))
    assert run.variables == {"approver": "ann"}
    run.send(commands.ChangeTask(run.key("t"), "assigning", {"assignee": "cy"}))
    assert run.variables == {"approver": "cy"}


def test_a_failing_complete_listener_refuses_the_completion() -> None:
    run = Run(_listening("complete", 'expression="${task.nothing()}"/>'))
    with pytest.raises(IllegalMove, match="complete"):
        run.complete("t")
    assert run.at() == ["t"]


@pytest.mark.skipif(
    bool(languages.supported(Expression("1", Language.JAVASCRIPT))), reason="needs the extra [javascript]"
)
def test_an_error_thrown_in_a_script_is_caught_by_the_diagram() -> None:
    body = (
        '<bpmn:scriptTask id="t" scriptFormat="javascript"><bpmn:script>'
        "throw new org.camunda.bpm.engine.delegate.BpmnError('LOW', 'too low');</bpmn:script></bpmn:scriptTask>"
        '<bpmn:boundaryEvent id="b" attachedToRef="t"><bpmn:errorEventDefinition camunda:errorMessageVariable="why"/>'
        '</bpmn:boundaryEvent><bpmn:userTask id="u"/>'
    )
    run = Run(_c7(body, [*chain("s", "t", "e"), ("b", "u"), ("u", "e")]))
    assert run.at() == ["u"]
    assert run.variables == {"why": "too low"}
