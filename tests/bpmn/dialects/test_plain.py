"""Standard BPMN without a vendor: expressions by their marks, people by the standard's own elements."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import FlowNode, Language
from tests.support.diagrams import chain, diagram

_BODY = "<bpmn:startEvent id='s'/>{}<bpmn:endEvent id='e'/>"


def _node(middle: str, roots: str = "") -> FlowNode:
    return (
        bpmn.read(diagram(_BODY.format(middle), chain("s", "x", "e"), dialect="plain", roots=roots))
        .processes[0]
        .by_id["x"]
    )


@pytest.mark.parametrize(
    ("text", "language", "means"),
    [
        ("=a > 1", Language.FEEL, "a > 1"),
        ("a > 1", Language.FEEL, "a > 1"),
        ("${a}", Language.JUEL, "${a}"),
        ("#{a}", Language.JUEL, "#{a}"),
        ("a == 1", Language.JUEL, "${a == 1}"),
        ("list.contains('a')", Language.JUEL, "${list.contains('a')}"),
        ('a = "x == y"', Language.FEEL, 'a = "x == y"'),
        ("bpmn:getDataObject('a') = 'yes'", Language.FEEL, 'a = "yes"'),
    ],
)
def test_a_condition_is_feel_unless_it_is_marked_or_written_as_juel(text: str, language: Language, means: str) -> None:
    model = bpmn.read(diagram("<bpmn:task id='a'/><bpmn:task id='b'/>", [("a", "b", text)], dialect="plain"))
    condition = model.processes[0].flows[0].condition
    assert condition is not None
    assert (condition.language, condition.text) == (language, means)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("JavaScript", Language.JAVASCRIPT),
        ("groovy", Language.UNKNOWN),
        ("http://www.w3.org/1999/XPath", Language.FEEL),
        ("https://www.omg.org/spec/DMN/20191111/FEEL/", Language.FEEL),
    ],
)
def test_a_condition_may_name_its_language(language: str, expected: Language) -> None:
    flow = (
        f"<bpmn:task id='a'/><bpmn:sequenceFlow id='f' sourceRef='a' targetRef='a'>"
        f"<bpmn:conditionExpression language='{language}'>a</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    condition = bpmn.read(diagram(flow, dialect="plain")).processes[0].flows[0].condition
    assert condition is not None
    assert condition.language is expected


@pytest.mark.parametrize(
    ("format_", "text", "language"),
    [
        ("", "1 + 1", Language.FEEL),
        ("", "=1 + 1", Language.FEEL),
        ("", "${a}", Language.JUEL),
        ("text/javascript", "1", Language.JAVASCRIPT),
        ("python", "1", Language.UNKNOWN),
    ],
)
def test_scripts_by_their_format(format_: str, text: str, language: Language) -> None:
    attribute = f"scriptFormat='{format_}'" if format_ else ""
    script = _node(f"<bpmn:scriptTask id='x' {attribute}><bpmn:script>{text}</bpmn:script></bpmn:scriptTask>").script
    assert script is not None
    assert script.language is language
    assert not script.text.startswith("=")


def test_an_implementation_that_is_no_marker_names_the_job() -> None:
    job = _node("<bpmn:serviceTask id='x' implementation='crm:update'/>").job
    assert job is not None
    assert (job.type.text, job.origin) == ("crm:update", "implementation")
    assert _node("<bpmn:serviceTask id='x' implementation='##WebService'/>").job is None


def test_owners_and_performers_become_assignment() -> None:
    owner = (
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>user(ann), group(sales)"
        "</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>"
    )
    performer = "<bpmn:humanPerformer><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:humanPerformer>"
    task = _node(
        f"<bpmn:userTask id='x'>{owner}{performer}</bpmn:userTask>", roots="<bpmn:resource id='r' name='boss'/>"
    ).user_task
    assert task is not None
    assert task.candidate_users is not None
    assert task.candidate_users.text == "ann"
    assert task.candidate_groups is not None
    assert task.candidate_groups.text == "sales"
    assert task.assignee is not None
    assert task.assignee.text == "boss"


def test_a_call_activity_names_its_process() -> None:
    called = _node("<bpmn:callActivity id='x' calledElement='tns:q'/>").called
    assert called is not None
    assert called.process_id.text == "q"
    assert called.propagate_all_parent_variables
    assert called.propagate_all_child_variables


def test_a_time_in_quotes_is_what_stands_in_them() -> None:
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>'PT5M'</bpmn:timeDuration></bpmn:timerEventDefinition>"
    event = _node(f"<bpmn:intermediateCatchEvent id='x'>{timer}</bpmn:intermediateCatchEvent>").event
    assert event.timer is not None
    assert event.timer.value.text == "PT5M"


def test_no_number_of_tokens_is_no_number_and_any_other_is_noted() -> None:
    assert _node("<bpmn:task id='x' startQuantity='0' completionQuantity='0'/>").unsupported == ()
    assert [what for what, _ in _node("<bpmn:task id='x' startQuantity='2'/>").unsupported] == ['startQuantity="2"']


def test_an_empty_condition_of_a_flow_is_none() -> None:
    flow = """<bpmn:task id='a'/><bpmn:sequenceFlow id='f' sourceRef='a' targetRef='a'>
<bpmn:conditionExpression> </bpmn:conditionExpression></bpmn:sequenceFlow>"""
    assert bpmn.read(diagram(flow, dialect="plain")).processes[0].flows[0].condition is None
    seven = bpmn.read(diagram(flow, dialect="camunda7")).processes[0].flows[0].condition
    assert seven is not None
