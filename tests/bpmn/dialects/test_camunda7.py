"""Where `camunda:` attributes and elements end up in the model."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import (
    EventKind,
    Expression,
    FlowNode,
    Language,
    MultiInstance,
    Process,
    Script,
    StructuredValue,
    TimerKind,
)
from tests.support.diagrams import chain, diagram

_BODY = "<bpmn:startEvent id='s'/>{}<bpmn:endEvent id='e'/>"


def _process(middle: str, roots: str = "", attributes: str = "", extensions: str = "") -> Process:
    own = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    text = diagram(
        own + _BODY.format(middle), chain("s", "x", "e"), dialect="camunda7", roots=roots, attributes=attributes
    )
    return bpmn.read(text).processes[0]


def _raw(extension: str = "", kind: str = "serviceTask", inside: str = "", attributes: str = "") -> FlowNode:
    node = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>{inside}"
    return _process(f"<bpmn:{kind} id='x' {attributes}>{node}</bpmn:{kind}>").by_id["x"]


def _node(extension: str = "", kind: str = "serviceTask", inside: str = "", attributes: str = "") -> FlowNode:
    found = _raw(extension, kind, inside, attributes)
    assert found.unsupported == ()
    assert found.ignored == ()
    return found


def _of(value: object) -> tuple[Language, str]:
    assert isinstance(value, Expression | Script)
    return value.language, value.text


def _juel(text: str) -> tuple[Language, str]:
    return Language.JUEL, text


def _literal(text: str) -> tuple[Language, str]:
    return Language.LITERAL, text


def _feel(text: str) -> tuple[Language, str]:
    return Language.FEEL, text


@pytest.mark.parametrize(
    ("attributes", "extension", "type_", "origin"),
    [
        ("camunda:type='external' camunda:topic='score'", "", _literal("score"), "topic"),
        ("camunda:type='external' camunda:topic='${t}'", "", _juel("${t}"), "topic"),
        ("camunda:class='a.b.C'", "", _literal("a.b.C"), "class"),
        ("camunda:delegateExpression='${bean}'", "", _literal("bean"), "delegateExpression"),
        ("camunda:delegateExpression='#{ bean }'", "", _literal("bean"), "delegateExpression"),
        ("camunda:type='mail'", "", _literal("mail"), "mail"),
        (
            "",
            "<camunda:connector><camunda:connectorId>http-connector</camunda:connectorId></camunda:connector>",
            _literal("http-connector"),
            "connector",
        ),
    ],
)
def test_whatever_does_the_work_is_a_job(
    attributes: str, extension: str, type_: tuple[Language, str], origin: str
) -> None:
    for kind in ("serviceTask", "sendTask", "businessRuleTask"):
        job = _node(extension, kind, attributes=attributes).job
        assert job is not None
        assert (_of(job.type), job.origin, job.retries.text) == (type_, origin, "3")


def test_an_expression_is_evaluated_by_the_engine_itself() -> None:
    node = _node(attributes="camunda:expression='${a + 1}' camunda:resultVariable='b'")
    assert _of(node.expression) == _juel("${a + 1}")
    assert node.result_variable == "b"
    assert node.job is None


def test_injected_fields_and_priority_belong_to_the_job() -> None:
    job = _node(
        "<camunda:field name='a' stringValue='${x}'/><camunda:field name='b' expression='${x}'/>"
        "<camunda:field name='c'>"
        "<camunda:string>t</camunda:string></camunda:field><camunda:field name='d'><camunda:expression>${y}"
        "</camunda:expression></camunda:field>",
        attributes="camunda:class='a.B' camunda:taskPriority='5'",
    ).job
    assert job is not None
    assert [(name, _of(value)) for name, value in job.fields] == [
        ("a", _literal("${x}")),
        ("b", _juel("${x}")),
        ("c", _literal("t")),
        ("d", _juel("${y}")),
    ]
    assert _of(job.priority) == _literal("5")


def test_a_connector_has_inputs_and_outputs_of_its_own() -> None:
    node = _node(
        "<camunda:connector><camunda:inputOutput><camunda:inputParameter name='url'>http://x</camunda:inputParameter>"
        "<camunda:outputParameter name='r'>${response}</camunda:outputParameter></camunda:inputOutput>"
        "<camunda:connectorId>http-connector</camunda:connectorId></camunda:connector><camunda:inputOutput>"
        "<camunda:inputParameter name='outer'>1</camunda:inputParameter></camunda:inputOutput>"
    )
    assert node.job is not None
    assert [(each.target, _of(each.source)) for each in node.job.inputs] == [("url", _literal("http://x"))]
    assert [(each.target, _of(each.source)) for each in node.job.outputs] == [("r", _juel("${response}"))]
    assert [each.target for each in node.inputs] == ["outer"]


def test_parameters_may_be_texts_scripts_lists_and_maps_or_nothing() -> None:
    node = _node(
        "<camunda:inputOutput><camunda:inputParameter name='a'>Hello ${name}</camunda:inputParameter>"
        "<camunda:inputParameter name='b'/><camunda:inputParameter name='c'><camunda:script scriptFormat='javascript'>1"
        "</camunda:script></camunda:inputParameter><camunda:inputParameter name='d'><camunda:list><camunda:value>x"
        "</camunda:value><camunda:script scriptFormat='juel'>${y}</camunda:script><camunda:list><camunda:value/>"
        "</camunda:list></camunda:list></camunda:inputParameter><camunda:inputParameter name='e'><camunda:map>"
        "<camunda:entry key='k'>${v}</camunda:entry></camunda:map></camunda:inputParameter></camunda:inputOutput>",
        attributes="camunda:class='a.B'",
    )
    a, b, c, d, e = (mapping.source for mapping in node.inputs)
    assert _of(a) == _juel("Hello ${name}")
    assert _of(b) == _feel("null")
    assert _of(c) == (Language.JAVASCRIPT, "1")
    assert isinstance(d, StructuredValue)
    assert d.entries is None
    assert [_of(item) for item in d.items[:2]] == [_literal("x"), _juel("${y}")]
    inner = d.items[2]
    assert isinstance(inner, StructuredValue)
    assert [_of(item) for item in inner.items] == [_feel("null")]
    assert isinstance(e, StructuredValue)
    assert e.entries is not None
    assert [(key, _of(value)) for key, value in e.entries] == [("k", _juel("${v}"))]


def test_a_user_task_with_everything() -> None:
    task = _node(
        kind="userTask",
        attributes="camunda:assignee='${boss}' camunda:candidateUsers='a,b' camunda:candidateGroups='${g}' "
        "camunda:dueDate='P3D' camunda:followUpDate='${d}' camunda:priority='80' camunda:formRef='f' "
        "camunda:formRefBinding='version' camunda:formRefVersion='2'",
    ).user_task
    assert task is not None
    assert [
        _of(each)
        for each in (
            task.assignee,
            task.candidate_users,
            task.candidate_groups,
            task.due_date,
            task.follow_up_date,
            task.priority,
        )
    ] == [_juel("${boss}"), _literal("a,b"), _juel("${g}"), _literal("P3D"), _juel("${d}"), _literal("80")]
    assert task.form is not None
    assert _of(task.form.id) == _literal("f")
    assert task.form.binding is not None
    assert task.form.binding.type == "version"
    assert _of(task.form.binding.version) == _literal("2")


def test_a_generated_form() -> None:
    node = _node(
        "<camunda:formData businessKey='a'><camunda:formField id='a' label='A' type='enum' defaultValue='${x}'>"
        "<camunda:properties><camunda:property id='hint' value='h'/></camunda:properties><camunda:validation>"
        "<camunda:constraint name='required'/><camunda:constraint name='max' config='5'/></camunda:validation>"
        "<camunda:value id='y' name='Yes'/></camunda:formField></camunda:formData>",
        "startEvent",
        attributes="camunda:initiator='who'",
    )
    assert node.initiator == "who"
    assert node.form is not None
    assert node.form.business_key == "a"
    (field,) = node.form.fields
    assert (field.id, field.label, field.type) == ("a", "A", "enum")
    assert _of(field.default) == _juel("${x}")
    assert field.values == (("y", "Yes"),)
    assert field.constraints == (("required", ""), ("max", "5"))
    assert field.properties == {"hint": "h"}


def test_the_legacy_form_properties_become_fields() -> None:
    node = _node(
        "<camunda:formProperty id='a' name='A' type='date' required='true' writable='false' datePattern='yyyy'/>",
        "userTask",
    )
    assert node.user_task is not None
    assert node.user_task.form is not None
    (field,) = node.user_task.form.fields
    assert (field.id, field.label, field.type, field.date_pattern) == ("a", "A", "date", "yyyy")
    assert field.constraints == (("required", ""), ("readonly", ""))


@pytest.mark.parametrize("key", ["embedded:app:forms/a.html", "camunda-forms:deployment:a.form", "${key}"])
def test_a_form_key_is_kept_as_it_is(key: str) -> None:
    task = _node(kind="userTask", attributes=f"camunda:formKey='{key}'").user_task
    assert task is not None
    assert task.form is not None
    assert task.form.key is not None
    assert task.form.key.text == key


def test_a_decision_and_how_its_result_is_mapped() -> None:
    node = _node(
        kind="businessRuleTask",
        attributes="camunda:decisionRef='d' camunda:resultVariable='r' camunda:mapDecisionResult='singleEntry' "
        "camunda:decisionRefBinding='version' camunda:decisionRefVersion='3'",
    )
    assert node.decision is not None
    assert (node.decision.result_variable, node.decision.map_result) == ("r", "singleEntry")
    assert node.decision.binding.type == "version"
    assert _of(node.decision.binding.version) == _literal("3")
    unmapped = _node(kind="businessRuleTask", attributes="camunda:decisionRef='${d}'").decision
    assert unmapped is not None
    assert (_of(unmapped.decision_id), unmapped.map_result) == (_juel("${d}"), "resultList")


def test_a_call_passes_nothing_unless_told() -> None:
    called = _node(kind="callActivity", attributes="calledElement='q'").called
    assert called is not None
    assert not called.propagate_all_parent_variables
    assert not called.propagate_all_child_variables
    assert called.business_key is None


def test_what_a_call_hands_over_and_takes_back() -> None:
    called = _node(
        "<camunda:in source='a' target='b'/><camunda:in source='a-b' target='c'/><camunda:in sourceExpression='${x}' "
        "target='y'/><camunda:in variables='all' local='true'/>"
        "<camunda:in businessKey='#{execution.processBusinessKey}'/>"
        "<camunda:out source='r' target='s'/><camunda:out variables='all'/>",
        "callActivity",
        attributes="calledElement='${q}' camunda:calledElementBinding='deployment'",
    ).called
    assert called is not None
    assert _of(called.process_id) == _juel("${q}")
    assert called.binding.type == "deployment"
    assert [(_of(each.source), each.target) for each in called.inputs] == [
        (_feel("a"), "b"),
        (_feel("`a-b`"), "c"),
        (_juel("${x}"), "y"),
    ]
    assert called.propagate_all_parent_variables
    assert called.inputs_local_only
    assert _of(called.business_key) == _juel("#{execution.processBusinessKey}")
    assert [(_of(each.source), each.target) for each in called.outputs] == [(_feel("r"), "s")]
    assert called.propagate_all_child_variables
    assert not called.outputs_local


def test_scripts_and_their_languages() -> None:
    def script(attributes: str, text: str = "1") -> Script:
        found = _node(kind="scriptTask", inside=f"<bpmn:script>{text}</bpmn:script>", attributes=attributes).script
        assert found is not None
        return found

    assert script("scriptFormat='JavaScript' camunda:resultVariable='r'").language is Language.JAVASCRIPT
    assert script("scriptFormat='JavaScript' camunda:resultVariable='r'").result_variable == "r"
    assert script("", "${a}").language is Language.JUEL
    assert (script("scriptFormat='groovy'").language, script("scriptFormat='groovy'").format) == (
        Language.UNKNOWN,
        "groovy",
    )
    assert (
        script("scriptFormat='groovy' camunda:resource='classpath://a.groovy'", "").resource == "classpath://a.groovy"
    )


def test_listeners_of_every_sort() -> None:
    node = _node(
        "<camunda:executionListener class='a.B' event='end'><camunda:field name='f' stringValue='v'/>"
        "</camunda:executionListener><camunda:taskListener event='create'><camunda:script scriptFormat='javascript'>1"
        "</camunda:script></camunda:taskListener><camunda:taskListener event='complete' expression='${x}'/>"
        "<camunda:taskListener event='assignment' delegateExpression='${bean}'/>",
        "userTask",
    )
    end, create, complete, assignment = node.listeners
    assert (end.kind, end.event, end.job and end.job.type.text) == ("execution", "end", "a.B")
    assert end.job is not None
    assert end.job.fields[0][0] == "f"
    assert create.script is not None
    assert (create.kind, create.event, create.script.language) == ("task", "create", Language.JAVASCRIPT)
    assert _of(complete.expression) == _juel("${x}")
    assert assignment.job is not None
    assert assignment.job.type.text == "bean"


def test_a_multi_instance_counts_from_zero() -> None:
    def loop(attributes: str, inside: str = "") -> MultiInstance:
        found = _node(
            kind="userTask",
            inside=f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}"
            "</bpmn:multiInstanceLoopCharacteristics>",
        ).loop
        assert isinstance(found, MultiInstance)
        return found

    by_name = loop("camunda:collection='items' camunda:elementVariable='item' camunda:asyncBefore='true'")
    assert _of(by_name.collection) == _juel("${items}")
    assert (by_name.element_variable, by_name.counter_base) == ("item", 0)
    assert _of(loop("camunda:collection='${f.items}'").collection) == _juel("${f.items}")
    assert _of(loop("", "<bpmn:loopCardinality>${n}</bpmn:loopCardinality>").cardinality) == _juel("${n}")
    done = loop(
        "camunda:collection='i'", "<bpmn:completionCondition>${nrOfCompletedInstances > 1}</bpmn:completionCondition>"
    )
    assert _of(done.completion_condition) == _juel("${nrOfCompletedInstances > 1}")


def test_error_events_fill_variables_and_take_undeclared_codes() -> None:
    process = _process(
        "<bpmn:task id='x'/><bpmn:boundaryEvent id='b' attachedToRef='x'><bpmn:errorEventDefinition errorRef='er' "
        "camunda:errorCodeVariable='c' camunda:errorMessageVariable='m'/></bpmn:boundaryEvent>"
        "<bpmn:boundaryEvent id='u' attachedToRef='x'><bpmn:errorEventDefinition errorRef='CODE'/>"
        "</bpmn:boundaryEvent>",
        roots="<bpmn:error id='er' name='Bad' errorCode='B' camunda:errorMessage='${why}'/>",
    )
    event = process.by_id["b"].event
    assert (event.code_variable, event.message_variable) == ("c", "m")
    assert event.error is not None
    assert _of(event.error.message) == _juel("${why}")
    undeclared = process.by_id["u"].event
    assert undeclared.error is not None
    assert _of(undeclared.error.code) == _literal("CODE")
    assert undeclared.reference == ""


def test_message_throw_events_carry_their_work() -> None:
    def event(attributes: str) -> FlowNode:
        return _node(
            kind="intermediateThrowEvent",
            inside=f"<bpmn:messageEventDefinition {attributes}/>",
        )

    topic = event("camunda:type='external' camunda:topic='send'").event
    assert topic.job is not None
    assert (topic.kind, topic.job.type.text) == (EventKind.MESSAGE, "send")
    assert _of(event("camunda:expression='${x}'").event.expression) == _juel("${x}")


def test_a_period_as_a_date_is_a_duration() -> None:
    def timer(text: str) -> TimerKind:
        found = _node(
            kind="intermediateCatchEvent",
            inside=f"<bpmn:timerEventDefinition><bpmn:timeDate>{text}</bpmn:timeDate></bpmn:timerEventDefinition>",
        ).event.timer
        assert found is not None
        return found.kind

    assert timer("PT5M") is TimerKind.DURATION
    assert timer("2026-01-01T00:00:00Z") is TimerKind.DATE


def test_asynchronous_continuations_and_retries() -> None:
    node = _node(
        "<camunda:failedJobRetryTimeCycle>R3/PT10M</camunda:failedJobRetryTimeCycle>",
        attributes="camunda:class='a.B' camunda:asyncBefore='true' camunda:asyncAfter='true' camunda:exclusive='false'",
    )
    assert (node.async_before, node.async_after) == (True, True)
    assert _of(node.retry_cycle) == _literal("R3/PT10M")
    assert _node(attributes="camunda:class='a.B' camunda:async='true'").async_before


def test_conditional_events_and_their_filter() -> None:
    event = _node(
        kind="intermediateCatchEvent",
        inside="<bpmn:conditionalEventDefinition camunda:variableName='a' camunda:variableEvents='create, update'>"
        "<bpmn:condition>${a}</bpmn:condition></bpmn:conditionalEventDefinition>",
    ).event
    assert _of(event.condition) == _juel("${a}")
    assert (event.condition_variables, event.condition_events) == (("a",), ("create", "update"))


def test_what_a_process_says_about_itself() -> None:
    process = _process(
        "<bpmn:task id='x'/>",
        attributes="camunda:versionTag='v1' camunda:historyTimeToLive='P30D' camunda:isStartableInTasklist='false' "
        "camunda:candidateStarterGroups='g, h' camunda:candidateStarterUsers='${u}' camunda:jobPriority='5'",
        extensions="<camunda:potentialStarter><camunda:resourceAssignmentExpression><bpmn:formalExpression>"
        "k, user(ann)</bpmn:formalExpression></camunda:resourceAssignmentExpression></camunda:potentialStarter>",
    )
    assert (process.version_tag, process.history_days, process.startable) == ("v1", 30, False)
    assert process.candidate_starter_groups == ("g", "h", "k")
    assert process.candidate_starter_users == ("${u}", "ann")
    assert _of(process.job_priority) == _literal("5")
    assert process.unsupported == ()


@pytest.mark.parametrize(("text", "days"), [("5", 5), ("P0D", 0), ("", None), ("P1M", None), ("-1", None), ("x", None)])
def test_history_is_kept_for_a_number_of_days(text: str, days: int | None) -> None:
    process = _process("<bpmn:task id='x'/>", attributes=f"camunda:historyTimeToLive='{text}'")
    assert process.history_days == days
    assert bool(process.unsupported) == (bool(text) and days is None)


@pytest.mark.parametrize("kind", ["error", "escalation", "compensate"])
def test_what_starts_no_process_is_read_past_at_its_start_event(kind: str) -> None:
    start = f"<bpmn:startEvent id='begin'><bpmn:{kind}EventDefinition/></bpmn:startEvent>"
    text = diagram(start + "<bpmn:endEvent id='e'/>", chain("begin", "e"), dialect="camunda7")
    process = bpmn.read(text).processes[0]
    assert [node.id for node in process.starts()] == ["begin"]
    assert [what for what, _ in process.by_id["begin"].ignored] == [f"{kind}EventDefinition"]
    inside = "<bpmn:subProcess id='x' triggeredByEvent='true'>" + start + "</bpmn:subProcess>"
    assert [one.kind.value for one in _process(inside).by_id["begin"].events] == [kind]


def test_conditions_may_be_scripts() -> None:
    flow = (
        "<bpmn:task id='x'/><bpmn:sequenceFlow id='f' sourceRef='x' targetRef='x'><bpmn:conditionExpression "
        "language='{}'>a</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    for name, language in (("javascript", Language.JAVASCRIPT), ("groovy", Language.UNKNOWN)):
        condition = _process(flow.format(name)).flows[0].condition
        assert condition is not None
        assert (condition.language, condition.format) == (language, name)


@pytest.mark.parametrize(
    ("attributes", "extension", "what"),
    [
        ("camunda:type='strange'", "", 'camunda:type="strange"'),
        ("camunda:topic='t'", "", 'camunda:topic="t" without camunda:type="external"'),
        (
            "camunda:type='external' camunda:topic='t'",
            "<camunda:errorEventDefinition errorRef='nobody'/>",
            "an errorEventDefinition without an error or an expression",
        ),
        ("camunda:class='a.B' camunda:triggerable='true'", "", 'camunda:triggerable="true"'),
        ("camunda:class='a.B'", "<camunda:executionListener event='end' hook='x'/>", "camunda:executionListener@hook"),
    ],
)
def test_what_has_a_meaning_and_no_place_is_listed(attributes: str, extension: str, what: str) -> None:
    assert [found for found, _ in _raw(extension, attributes=attributes).unsupported] == [what]


def test_switches_that_are_off_change_nothing() -> None:
    node = _node(attributes="camunda:class='a.B' camunda:triggerable='false' camunda:resultVariable=''")
    assert node.unsupported == ()


def test_storing_what_a_script_assigns_is_a_word_of_the_relatives_alone() -> None:
    script = "scriptFormat='javascript' PREFIX:autoStoreVariables='true'"
    body = f"<bpmn:startEvent id='s'/><bpmn:scriptTask id='t' {script}><bpmn:script>1</bpmn:script></bpmn:scriptTask>"
    text = diagram(body, chain("s", "t"), dialect="camunda7").decode()
    (own,) = bpmn.read(text.replace("PREFIX", "camunda").encode()).processes
    assert own.by_id["t"].unsupported == ()
    declared = text.replace("PREFIX", "activiti")
    declared = declared.replace("xmlns:camunda=", 'xmlns:activiti="http://activiti.org/bpmn" xmlns:camunda=', 1)
    (relative,) = bpmn.read(declared.encode()).processes
    assert [note[0] for note in relative.by_id["t"].unsupported] == ['activiti:autoStoreVariables="true"']


@pytest.mark.parametrize("attributes", ["camunda:expression='${true}'", "camunda:type='external' camunda:topic='t'"])
def test_a_web_service_that_another_word_replaces_is_none(attributes: str) -> None:
    task = f"<bpmn:serviceTask id='x' implementation='##WebService' {attributes}/>"
    node = bpmn.read(diagram(task, dialect="camunda7")).processes[0].by_id["x"]
    assert node.unsupported == ()
    assert node.expression is not None or node.job is not None


def test_what_a_repetition_would_collect_is_read_past() -> None:
    marker = "<bpmn:loopCardinality>2</bpmn:loopCardinality><bpmn:loopDataOutputRef>all</bpmn:loopDataOutputRef>"
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{marker}</bpmn:multiInstanceLoopCharacteristics>"
    node = bpmn.read(diagram(f"<bpmn:task id='x'>{loop}</bpmn:task>", dialect="camunda7")).processes[0].by_id["x"]
    assert node.unsupported == ()
    assert [what for what, _ in node.ignored] == ["loopDataOutputRef of a multi-instance marker"]
