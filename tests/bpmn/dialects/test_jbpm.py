"""What jBPM and Kogito write: data associations, work items, short periods, expressions and scripts in Java's words."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import EventKind, Expression, FlowNode, Kind, Language, MultiInstance, Process
from tests.support.diagrams import Flow, chain, diagram

_DATA = """<bpmn:ioSpecification><bpmn:dataInput id='i1' name='Amount'/><bpmn:dataInput id='i2' name='GroupId'/>
<bpmn:dataOutput id='o1' name='Answer'/></bpmn:ioSpecification>
<bpmn:dataInputAssociation><bpmn:sourceRef>v1</bpmn:sourceRef><bpmn:targetRef>i1</bpmn:targetRef></bpmn:dataInputAssociation>
<bpmn:dataInputAssociation><bpmn:targetRef>i2</bpmn:targetRef><bpmn:assignment><bpmn:from>sales</bpmn:from>
<bpmn:to>i2</bpmn:to></bpmn:assignment></bpmn:dataInputAssociation>
<bpmn:dataOutputAssociation><bpmn:sourceRef>o1</bpmn:sourceRef><bpmn:targetRef>v2</bpmn:targetRef></bpmn:dataOutputAssociation>"""


def _process(inside: str, *rows: Flow, roots: str = "") -> Process:
    text = diagram(
        f"<bpmn:property id='v1' name='total'/><bpmn:property id='v2'/>{inside}", rows, dialect="plain", roots=roots
    )
    return bpmn.read(
        text.replace(b"xmlns:bpmn=", b"xmlns:drools='http://www.jboss.org/drools' xmlns:bpmn=", 1)
    ).processes[0]


def _node(node: str, roots: str = "") -> FlowNode:
    return _process(f"<bpmn:startEvent id='s'/>{node}", *chain("s", "x"), roots=roots).by_id["x"]


def test_data_associations_are_mappings_between_names() -> None:
    node = _node(f"<bpmn:userTask id='x'>{_DATA}</bpmn:userTask>")
    assert node.unsupported == ()
    given = [(one.target, one.source.text) for one in node.inputs if isinstance(one.source, Expression)]
    taken = [(one.target, one.source.text) for one in node.outputs if isinstance(one.source, Expression)]
    assert (given, taken) == ([("Amount", "total"), ("GroupId", "sales")], [("v2", "Answer")])
    assert node.user_task is not None
    assert node.user_task.candidate_groups is not None
    assert node.user_task.candidate_groups.text == "sales"


def test_a_work_item_is_a_job_of_its_name_and_a_task_without_one_is_none() -> None:
    node = _node("<bpmn:task id='x' drools:taskName='Log'/>")
    assert node.kind is Kind.SERVICE_TASK
    assert node.job is not None
    assert node.job.type.text == "Log"
    assert _node("<bpmn:task id='x'/>").kind is Kind.TASK


def test_a_service_is_a_job_of_its_interface_and_operation() -> None:
    roots = "<bpmn:interface id='i' name='Cards'><bpmn:operation id='o' name='block'/></bpmn:interface>"
    for words in ("operationRef='o'", "drools:serviceinterface='Cards' drools:serviceoperation='block'"):
        node = _node(f"<bpmn:serviceTask id='x' implementation='Java' {words}/>", roots)
        assert node.unsupported == ()
        assert node.job is not None
        assert node.job.type.text == "Cards.block"


def test_rules_are_a_job_with_the_name_of_their_group() -> None:
    node = _node("<bpmn:businessRuleTask id='x' drools:ruleFlowGroup='prices'/>")
    assert node.job is not None
    assert (node.job.type.text, dict(node.job.headers)) == ("rules", {"ruleFlowGroup": "prices"})


def test_the_collection_of_a_repetition_is_the_variable_behind_its_data_input() -> None:
    loop = """<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>i1</bpmn:loopDataInputRef>
<bpmn:loopDataOutputRef>o1</bpmn:loopDataOutputRef><bpmn:inputDataItem id='n' name='one'/>
<bpmn:outputDataItem id='m' name='result'/></bpmn:multiInstanceLoopCharacteristics>"""
    marker = _node(f"<bpmn:userTask id='x'>{_DATA}{loop}</bpmn:userTask>").loop
    assert isinstance(marker, MultiInstance)
    assert marker.collection is not None
    assert (marker.collection.text, marker.element_variable, marker.output_collection) == ("total", "one", "v2")


@pytest.mark.parametrize(
    ("written", "language", "means"),
    [
        ("return total &gt; 5;", Language.JUEL, "${total > 5}"),
        ('name.equals("a") &amp;&amp; ok', Language.JUEL, '${name.equals("a") && ok}'),
        ('return kcontext.getVariable("a") != null;', Language.UNKNOWN, 'return kcontext.getVariable("a") != null;'),
        ("x = 5", Language.UNKNOWN, "x = 5"),
    ],
)
def test_a_condition_in_java_is_juel_where_it_has_the_same_words(written: str, language: Language, means: str) -> None:
    flow = f"""<bpmn:startEvent id='s'/><bpmn:task id='x'/><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='x'>
<bpmn:conditionExpression language='http://www.java.com/java'>{written}</bpmn:conditionExpression></bpmn:sequenceFlow>"""
    condition = _process(flow).flows[0].condition
    assert condition is not None
    assert (condition.language, condition.text) == (language, means)


@pytest.mark.parametrize(
    ("kind", "written", "means"),
    [
        ("timeDuration", "1h30m", "P0DT1H30M0.000S"),
        ("timeDuration", "500ms", "P0DT0H0M0.500S"),
        ("timeCycle", "1s###1s", "R/P0DT0H0M1.000S"),
        ("timeCycle", "2m", "R1/P0DT0H2M0.000S"),
        ("timeCycle", "1s###2s", "1s###2s"),
        ("timeDuration", "PT5M", "PT5M"),
    ],
)
def test_short_periods_are_read(kind: str, written: str, means: str) -> None:
    timer = f"<bpmn:timerEventDefinition><bpmn:{kind}>{written}</bpmn:{kind}></bpmn:timerEventDefinition>"
    event = _node(f"<bpmn:intermediateCatchEvent id='x'>{timer}</bpmn:intermediateCatchEvent>").event
    assert event.timer is not None
    assert event.timer.value.text == means


def test_a_signal_that_nobody_defines_is_called_so_and_a_message_without_a_name_as_its_id() -> None:
    signal = _node("<bpmn:endEvent id='x'><bpmn:signalEventDefinition signalRef='late'/></bpmn:endEvent>").event
    assert signal.signal is not None
    assert signal.signal.name is not None
    assert (signal.kind, signal.signal.name.text) == (EventKind.SIGNAL, "late")
    message = _node("<bpmn:receiveTask id='x' messageRef='m'/>", "<bpmn:message id='m'/>").message
    assert message is not None
    assert message.name is not None
    assert message.name.text == "m"


def test_a_script_without_a_format_is_java_and_an_empty_one_does_nothing() -> None:
    script = _node("<bpmn:scriptTask id='x'><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>").script
    assert script is not None
    assert (script.language, script.format) == (Language.UNKNOWN, "java")
    assert _node("<bpmn:scriptTask id='x'><bpmn:script/></bpmn:scriptTask>").kind is Kind.TASK
