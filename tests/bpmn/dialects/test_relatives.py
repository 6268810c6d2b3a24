"""What Activiti and Flowable write beyond Camunda 7: read, without effect, or refused with what it belongs to."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.juel import beans
from bpmn.model import FlowNode, Language, MultiInstance, Process, TimerKind
from tests.support.diagrams import chain, diagram


def _read(attributes: str, extension: str = "", kind: str = "serviceTask", inside: str = "") -> FlowNode:
    holder = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    node = f"<bpmn:{kind} id='x' {attributes}>{holder}{inside}</bpmn:{kind}>"
    text = diagram(f"<bpmn:startEvent id='s'/>{node}<bpmn:endEvent id='e'/>", chain("s", "x", "e"), dialect="camunda7")
    spaces = b"xmlns:flowable='http://flowable.org/bpmn' xmlns:activiti='http://activiti.org/bpmn' "
    return bpmn.read(text.replace(b"xmlns:bpmn=", spaces + b"xmlns:bpmn=", 1)).processes[0].by_id["x"]


@pytest.mark.parametrize("prefix", ["activiti", "flowable"])
def test_words_that_their_engines_do_not_know_either_have_no_effect(prefix: str) -> None:
    node = _read(f"{prefix}:class='a.B' {prefix}:shade='dark'", f"<{prefix}:note>x</{prefix}:note>")
    assert node.unsupported == ()
    assert [what for what, _ in node.ignored] == [f'{prefix}:shade="dark"', f"{prefix}:note"]


def test_words_of_camunda_that_its_engine_reads_are_refused_and_those_nobody_reads_are_ignored() -> None:
    node = _read("camunda:class='a.B' camunda:shade='dark' camunda:formHandlerClass='a.C'")
    assert [what for what, _ in node.unsupported] == ['camunda:formHandlerClass="a.C"']
    assert [what for what, _ in node.ignored] == ['camunda:shade="dark"']


def test_exceptions_of_java_map_to_nothing_here() -> None:
    node = _read("flowable:class='a.B'", "<flowable:mapException errorCode='E'>a.C</flowable:mapException>")
    assert node.unsupported == ()
    assert [what for what, _ in node.ignored] == ["flowable:mapException"]


@pytest.mark.parametrize(
    ("attributes", "extension", "what"),
    [
        ("flowable:type='unheard-of'", "", 'flowable:type="unheard-of"'),
        ("camunda:type='camel'", "", 'camunda:type="camel"'),
        ("flowable:type='http'", "<flowable:httpRequestHandler class='a.B'/>", "Java code"),
    ],
)
def test_what_nobody_here_can_do_says_so(attributes: str, extension: str, what: str) -> None:
    (found,) = _read(attributes, extension).unsupported
    assert what in found[0]


@pytest.mark.parametrize("kind", ["camel", "mule", "case", "http", "mail", "shell"])
def test_the_type_of_a_task_is_the_type_of_its_job(kind: str) -> None:
    node = _read(f"flowable:type='{kind}'", "<flowable:field name='a' stringValue='1'/>")
    assert node.unsupported == ()
    assert node.job is not None
    assert (node.job.type.text, node.job.origin) == (kind, kind)
    assert [(name, value.text) for name, value in node.job.fields] == [("a", "1")]


def test_a_listener_of_a_transaction_that_fails_hears_nothing_here() -> None:
    node = _read(
        "flowable:class='a.B'", "<flowable:executionListener event='end' class='a.C' onTransaction='rolled-back'/>"
    )
    assert (node.unsupported, node.listeners) == ((), ())
    assert ["rolled-back" in what for what, _ in node.ignored] == [True]


@pytest.mark.parametrize("key", ["decisionTableReferenceKey", "decisionServiceReferenceKey"])
def test_a_dmn_task_asks_a_decision(key: str) -> None:
    fields = {key: "${which}", "decisionTaskThrowErrorOnNoHits": "true", "sameDeployment": "true"}
    texts = "".join(f"<flowable:field name='{name}' stringValue='{text}'/>" for name, text in fields.items())
    decision = _read("flowable:type='dmn'", texts).decision
    assert decision is not None
    assert (decision.decision_id.text, decision.decision_id.language) == ("${which}", Language.JUEL)
    assert (decision.map_result, decision.binding.type) == ("variables", "deployment")
    assert decision.fails_without_match is not None


def test_a_dmn_task_without_a_decision_is_refused() -> None:
    text = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn">
        <process id="p"><startEvent id="s"/><serviceTask id="x" flowable:type="dmn"/></process></definitions>"""
    rules = {finding.rule for finding in bpmn.check(bpmn.read(text.encode())) if finding.severity == "error"}
    assert rules == {"implementation-missing"}


@pytest.mark.parametrize(
    ("inside", "collection"),
    [
        ("<flowable:expression>${people}</flowable:expression>", "${people}"),
        ("<flowable:string>people</flowable:string>", "${'people'}"),
    ],
)
@pytest.mark.parametrize("handler", ["", "maker"])
def test_a_collection_may_be_made_by_a_bean(inside: str, collection: str, handler: str) -> None:
    asked = f"flowable:delegateExpression='${{{handler}}}'" if handler else ""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        f"<flowable:collection {asked}>{inside}</flowable:collection>"
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    node = _read("flowable:class='a.B'", inside=loop)
    assert (node.unsupported, node.ignored) == ((), ())
    assert isinstance(node.loop, MultiInstance)
    assert node.loop.collection is not None
    value = collection[2:-1]
    assert node.loop.collection.text == (
        f"${{{handler}.resolveCollection({value}, execution)}}" if handler else collection
    )


@pytest.mark.parametrize("what", ["variableAggregation target='a' class='a.B'", "collection flowable:class='a.B'"])
def test_what_java_makes_of_instances_is_refused(what: str) -> None:
    loop = (
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><flowable:{what}/></bpmn:extensionElements>"
        "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    (found,) = _read("flowable:class='a.B'", inside=loop).unsupported
    assert "Java code" in found[0]


def test_a_variable_listener_needs_a_variable() -> None:
    node = _read("", "<flowable:variableListenerEventDefinition/>", kind="intermediateCatchEvent")
    assert [what for what, _ in node.unsupported] == ["flowable:variableListenerEventDefinition without a variableName"]


def test_a_subscription_that_a_program_makes_is_refused() -> None:
    words = "<flowable:eventType>e</flowable:eventType><flowable:startEventCorrelationConfiguration>manualSubscription"
    node = _read("", f"{words}</flowable:startEventCorrelationConfiguration>", kind="intermediateCatchEvent")
    assert "a subscription that a program makes" in node.unsupported[0][0]


def test_a_data_object_whose_value_does_not_fit_its_type_is_refused() -> None:
    data = (
        "<bpmn:dataObject id='d' name='limit' itemSubjectRef='xsd:int'><bpmn:extensionElements>"
        "<flowable:value>many</flowable:value></bpmn:extensionElements></bpmn:dataObject>"
    )
    text = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn"
        xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">{data}</process></definitions>"""
    process = bpmn.read(text.encode()).processes[0]
    assert [what for what, _ in process.unsupported] == ["the value 'many' of the data object limit"]


@pytest.mark.parametrize("when", ["committed", "before-commit"])
def test_a_listener_of_a_transaction_is_a_listener_since_every_wait_is_one(when: str) -> None:
    node = _read(
        "flowable:class='a.B'",
        f"<flowable:executionListener event='end' class='a.C' onTransaction='{when}' "
        "customPropertiesResolverClass='a.D'/>",
    )
    assert node.unsupported == ()
    assert [one.event for one in node.listeners] == ["end"]


def test_a_listeners_script_names_its_result() -> None:
    node = _read(
        "flowable:class='a.B'",
        "<flowable:executionListener event='start' type='script'>"
        "<flowable:script language='javascript' resultVariable='sum'>1 + 1</flowable:script>"
        "</flowable:executionListener>",
    )
    script = node.listeners[0].script
    assert script is not None
    assert (script.text, script.result_variable) == ("1 + 1", "sum")


def test_skip_expressions_of_activities_and_flows() -> None:
    node = _read("flowable:class='a.B' flowable:skipExpression='${no}'")
    assert (node.unsupported, node.ignored) == ((), ())
    assert node.skip is not None
    assert (node.skip.language, node.skip.text) == (Language.JUEL, "${no}")
    flow = diagram("<bpmn:task id='a'/><bpmn:task id='b'/>", [], dialect="camunda7").replace(
        b"<bpmn:task id='b'/>",
        b"<bpmn:task id='b'/><bpmn:sequenceFlow id='f' sourceRef='a' targetRef='b' camunda:skipExpression='${no}'/>",
    )
    (found,) = bpmn.read(flow).processes[0].flows
    assert found.skip is not None
    assert found.skip.text == "${no}"


@pytest.mark.parametrize("attribute", ["useLocalScopeForResultVariable", "useLocalScopeForOutParameters"])
def test_results_may_stay_local(attribute: str) -> None:
    assert _read(f"flowable:class='a.B' flowable:{attribute}='true'").results_stay
    assert not _read(f"flowable:class='a.B' flowable:{attribute}='false'").results_stay


def test_a_message_event_of_activiti_may_name_its_key() -> None:
    event = "<bpmn:messageEventDefinition activiti:messageExpression='paid' activiti:correlationKey='${order}'/>"
    message = _read("", kind="intermediateCatchEvent", inside=event).event.message
    assert message is not None
    assert message.correlation_key is not None
    assert message.correlation_key.text == "${order}"


def test_how_far_a_terminate_end_event_reaches() -> None:
    event = "<bpmn:terminateEventDefinition flowable:terminate{}='true'/>"
    node = _read("", kind="endEvent", inside=event.format("MultiInstance"))
    assert (node.event.ends_repetition, node.unsupported) == (True, ())
    everything = _read("", kind="endEvent", inside=event.format("All"))
    assert (everything.event.ends_everything, everything.unsupported) == (True, ())
    usual = _read("", kind="endEvent", inside=event.replace("true", "false").format("All"))
    assert (usual.event.ends_everything, usual.unsupported) == (False, ())


def _timer(definition: str, attributes: str = "") -> FlowNode:
    inside = f"<bpmn:timerEventDefinition {attributes}>{definition}</bpmn:timerEventDefinition>"
    return _read("", kind="intermediateCatchEvent", inside=inside)


def test_a_cycle_may_end_at_a_date() -> None:
    timer = _timer("<bpmn:timeCycle flowable:endDate='${until}'>R/PT1H</bpmn:timeCycle>").event.timer
    assert timer is not None
    assert timer.end is not None
    assert (timer.kind, timer.end.text, timer.end.language) == (TimerKind.CYCLE, "${until}", Language.JUEL)


@pytest.mark.parametrize(
    ("written", "asked"),
    [("PT1H", "${work.resolveDuedate('PT1H')}"), ("${wait}", "${work.resolveDuedate(wait)}"), ("a'b", None)],
)
def test_a_calendar_is_a_bean_that_is_asked_for_the_time(written: str, asked: str | None) -> None:
    node = _timer(f"<bpmn:timeDuration>{written}</bpmn:timeDuration>", "activiti:businessCalendarName='work'")
    timer = node.event.timer
    assert timer is not None
    assert (timer.kind, timer.value.language, node.unsupported) == (TimerKind.DATE, Language.JUEL, ())
    assert timer.value.text == (asked or r"${work.resolveDuedate('a\'b')}")


def test_a_process_may_start_at_a_time_that_an_offered_calendar_reckons() -> None:
    timer = "<timerEventDefinition flowable:businessCalendarName='office'><timeCycle>R/P1D</timeCycle>"
    text = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn">
        <process id="p"><startEvent id="s">{timer}</timerEventDefinition></startEvent></process></definitions>"""

    def faults() -> list[str]:
        return [one.rule for one in bpmn.check(bpmn.read(text.encode())) if one.severity == "error"]

    assert faults() == ["timer-time"]
    beans.offer("office", {"resolveDuedate": lambda text: "2026-03-02T08:00:00Z"})
    try:
        assert faults() == []
    finally:
        beans.withdraw("office")


def test_the_engines_own_calendars_read_a_time_as_ever() -> None:
    node = _timer("<bpmn:timeDuration>PT1H</bpmn:timeDuration>", "activiti:businessCalendarName='duration'")
    assert node.event.timer is not None
    assert (node.event.timer.kind, node.event.timer.value.text) == (TimerKind.DURATION, "PT1H")


def test_a_cycle_in_a_calendar_of_ones_own_stays_a_cycle() -> None:
    node = _timer("<bpmn:timeCycle>R/PT1H</bpmn:timeCycle>", "activiti:businessCalendarName='work'")
    assert node.unsupported == ()
    assert node.event.timer is not None
    assert (node.event.timer.kind, node.event.timer.value.text) == (TimerKind.CYCLE, "${work.resolveDuedate('R/PT1H')}")


def test_a_due_date_may_be_reckoned_by_a_calendar() -> None:
    node = _read("flowable:dueDate='PT1H' flowable:businessCalendarName='work'", kind="userTask")
    assert node.user_task is not None
    assert node.user_task.due_date is not None
    assert node.user_task.due_date.text == "${work.resolveDuedate('PT1H')}"


def _process_listener(attributes: str) -> Process:
    text = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn">
        <process id="p"><extensionElements><flowable:eventListener {attributes}/></extensionElements>
        <userTask id="t"/></process></definitions>"""
    return bpmn.read(text.encode()).processes[0]


@pytest.mark.parametrize(
    "attributes",
    ["class='a.B'", "delegateExpression='${b}' events='TASK_CREATED'", "events='ENTITY_DELETED' throwEvent='signal'"],
)
def test_what_only_hears_of_the_engine_is_read_past(attributes: str) -> None:
    process = _process_listener(attributes)
    assert (process.unsupported, process.by_id["t"].listeners) == ((), ())
    assert ["flowable:eventListener" in what for what, _ in process.ignored] == [True]


@pytest.mark.parametrize(
    "attributes", ["events='ACTIVITY_STARTED' throwEvent='signal'", "events='TASK_CREATED' throwEvent='message'"]
)
def test_what_would_throw_unheard_is_refused(attributes: str) -> None:
    (found,) = _process_listener(attributes).unsupported
    assert found[0].startswith("flowable:eventListener that throws a")


def test_a_signal_is_thrown_at_what_happens_to_a_task() -> None:
    words = "events='TASK_CREATED, TASK_COMPLETED' throwEvent='signal' signalName='${name}'"
    told = _process_listener(words).by_id["t"].listeners
    assert [one.event for one in told] == ["create", "complete"]
    for one in told:
        assert one.throws is not None
        assert one.throws.signal is not None
        assert one.throws.signal.only_here
        assert one.throws.signal.name is not None
        assert one.throws.signal.name.language is Language.JUEL
