"""Where `zeebe:` extensions end up in the model."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import EventKind, Expression, FlowNode, Language, MultiInstance, Process, Script
from tests.support.diagrams import chain, diagram

_BODY = "<bpmn:startEvent id='s'/>{}<bpmn:endEvent id='e'/>"


def _process(middle: str, roots: str = "") -> Process:
    return bpmn.read(diagram(_BODY.format(middle), chain("s", "x", "e"), roots=roots)).processes[0]


def _node(extension: str = "", kind: str = "serviceTask", inside: str = "", attributes: str = "") -> FlowNode:
    node = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>{inside}"
    found = _process(f"<bpmn:{kind} id='x' {attributes}>{node}</bpmn:{kind}>").by_id["x"]
    assert found.unsupported == ()
    assert found.ignored == ()
    return found


def _feel(text: str) -> tuple[Language, str]:
    return Language.FEEL, text


def _literal(text: str) -> tuple[Language, str]:
    return Language.LITERAL, text


def _of(expression: object) -> tuple[Language, str]:
    assert isinstance(expression, Expression | Script)
    return expression.language, expression.text


@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "scriptTask", "businessRuleTask"])
def test_a_task_definition_is_a_job(kind: str) -> None:
    job = _node(
        "<zeebe:taskDefinition type='=kind' retries='5'/><zeebe:taskHeaders><zeebe:header key='a' value='=b'/>"
        "<zeebe:header key='empty' value=''/><zeebe:header value='nameless'/></zeebe:taskHeaders>"
        "<zeebe:jobPriorityDefinition priority='7'/>",
        kind,
    ).job
    assert job is not None
    assert _of(job.type) == _feel("kind")
    assert _of(job.retries) == _literal("5")
    assert job.headers == {"a": "=b"}
    assert _of(job.priority) == _literal("7")
    assert job.origin == "taskDefinition"


def test_a_job_has_three_retries_unless_told() -> None:
    job = _node("<zeebe:taskDefinition type='t'/>").job
    assert job is not None
    assert _of(job.retries) == _literal("3")


def test_mappings_keep_their_order_and_kind() -> None:
    node = _node(
        "<zeebe:taskDefinition type='t'/><zeebe:ioMapping><zeebe:input source='= a.b' target='c'/>"
        "<zeebe:input source='plain' target='d.e'/><zeebe:input target='f'/><zeebe:output source='=r' target='g'/>"
        "</zeebe:ioMapping>"
    )
    assert [(_of(each.source), each.target) for each in node.inputs] == [
        (_feel("a.b"), "c"),
        (_literal("plain"), "d.e"),
        (_feel("null"), "f"),
    ]
    assert [(_of(each.source), each.target) for each in node.outputs] == [(_feel("r"), "g")]


def test_a_user_task_with_everything() -> None:
    task = _node(
        "<zeebe:userTask/><zeebe:assignmentDefinition assignee='=boss' candidateGroups='a,b' candidateUsers='=us'/>"
        "<zeebe:taskSchedule dueDate='=due' followUpDate='2026-01-01T00:00:00Z'/>"
        "<zeebe:priorityDefinition priority='80'/><zeebe:formDefinition formId='f' bindingType='versionTag' "
        "versionTag='v1'/><zeebe:taskHeaders><zeebe:header key='k' value='v'/></zeebe:taskHeaders>",
        "userTask",
    ).user_task
    assert task is not None
    assert task.native
    assert _of(task.assignee) == _feel("boss")
    assert _of(task.candidate_groups) == _literal("a,b")
    assert _of(task.candidate_users) == _feel("us")
    assert _of(task.due_date) == _feel("due")
    assert _of(task.follow_up_date) == _literal("2026-01-01T00:00:00Z")
    assert _of(task.priority) == _literal("80")
    assert task.headers == {"k": "v"}
    assert task.form is not None
    assert _of(task.form.id) == _literal("f")
    assert task.form.binding is not None
    assert task.form.binding.type == "versionTag"
    assert _of(task.form.binding.version_tag) == _literal("v1")


def test_a_user_task_without_the_mark_is_for_older_clients_a_job() -> None:
    task = _node(kind="userTask").user_task
    assert task is not None
    assert not task.native


@pytest.mark.parametrize(
    ("attributes", "field", "expected"),
    [
        ("formKey='camunda-forms:bpmn:f'", "embedded_id", "f"),
        ("formKey='https://x.example/f'", "key", _literal("https://x.example/f")),
        ("externalReference='=ref'", "external", _feel("ref")),
    ],
)
def test_forms_by_key_or_reference(attributes: str, field: str, expected: object) -> None:
    for kind in ("userTask", "startEvent"):
        node = _node(f"<zeebe:formDefinition {attributes}/>", kind)
        form = node.user_task.form if node.user_task is not None else node.form
        found = getattr(form, field)
        assert (found if isinstance(found, str) else _of(found)) == expected


def test_a_script_and_its_result() -> None:
    script = _node("<zeebe:script expression='=a + 1' resultVariable='b'/>", "scriptTask").script
    assert script is not None
    assert _of(script) == _feel("a + 1")
    assert script.result_variable == "b"


def test_a_script_without_equals_sign_stays_literal() -> None:
    script = _node("<zeebe:script expression='a' resultVariable='b'/>", "scriptTask").script
    assert _of(script) == _literal("a")


def test_a_called_decision() -> None:
    decision = _node(
        "<zeebe:calledDecision decisionId='=d' resultVariable='r' bindingType='deployment'/>", "businessRuleTask"
    ).decision
    assert decision is not None
    assert _of(decision.decision_id) == _feel("d")
    assert (decision.result_variable, decision.binding.type, decision.map_result) == ("r", "deployment", "")


def test_a_called_process_propagates_all_unless_told() -> None:
    called = _node("<zeebe:calledElement processId='q'/>", "callActivity").called
    assert called is not None
    assert called.propagate_all_parent_variables
    assert called.propagate_all_child_variables
    told = _node(
        "<zeebe:calledElement processId='=q' propagateAllChildVariables='false' propagateAllParentVariables='false' "
        "businessId='=k'/>",
        "callActivity",
    ).called
    assert told is not None
    assert _of(told.process_id) == _feel("q")
    assert not told.propagate_all_parent_variables
    assert not told.propagate_all_child_variables
    assert _of(told.business_key) == _feel("k")


def test_a_multi_instance_counts_from_one() -> None:
    loop = _node(
        "<zeebe:taskDefinition type='t'/>",
        inside="<bpmn:multiInstanceLoopCharacteristics isSequential='true'><bpmn:extensionElements>"
        "<zeebe:loopCharacteristics inputCollection='=items' inputElement='item' outputCollection='all' "
        "outputElement='=one'/></bpmn:extensionElements><bpmn:completionCondition>=done</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>",
    ).loop
    assert isinstance(loop, MultiInstance)
    assert loop.sequential
    assert _of(loop.collection) == _feel("items")
    assert (loop.element_variable, loop.output_collection, loop.counter_base) == ("item", "all", 1)
    assert _of(loop.output_element) == _feel("one")
    assert _of(loop.completion_condition) == _feel("done")


def test_a_message_has_a_correlation_key_and_a_throw_event_a_job() -> None:
    roots = (
        "<bpmn:message id='m' name='=n'><bpmn:extensionElements><zeebe:subscription correlationKey='=id'/>"
        "</bpmn:extensionElements></bpmn:message>"
    )
    node = _process(
        "<bpmn:intermediateThrowEvent id='x'><bpmn:extensionElements><zeebe:taskDefinition type='send'/>"
        "</bpmn:extensionElements><bpmn:messageEventDefinition messageRef='m'/></bpmn:intermediateThrowEvent>",
        roots,
    ).by_id["x"]
    assert node.event.kind is EventKind.MESSAGE
    assert node.event.job is not None
    assert _of(node.event.job.type) == _literal("send")
    assert node.event.message is not None
    assert _of(node.event.message.name) == _feel("n")
    assert _of(node.event.message.correlation_key) == _feel("id")


def test_listeners_properties_and_template() -> None:
    node = _node(
        "<zeebe:taskDefinition type='t'/><zeebe:executionListeners><zeebe:executionListener eventType='start' "
        "type='=l' retries='2'/></zeebe:executionListeners><zeebe:properties><zeebe:property name='a' value='b'/>"
        "</zeebe:properties>",
        attributes="zeebe:modelerTemplate='io.x' zeebe:modelerTemplateIcon='data:' zeebe:modelerTemplateVersion='1'",
    )
    assert [(each.kind, each.event, each.job and _of(each.job.type)) for each in node.listeners] == [
        ("execution", "start", _feel("l"))
    ]
    assert node.properties == {"a": "b"}
    assert node.template == "io.x"


def test_an_ad_hoc_sub_process() -> None:
    node = _node(
        "<zeebe:adHoc activeElementsCollection='=ids' outputCollection='all' outputElement='=one'/>",
        "adHocSubProcess",
        "<bpmn:task id='t'/><bpmn:completionCondition>=done</bpmn:completionCondition>",
        "cancelRemainingInstances='false'",
    )
    assert _of(node.active_elements) == _feel("ids")
    assert node.ad_hoc_output_collection == "all"
    assert _of(node.ad_hoc_output_element) == _feel("one")
    assert _of(node.completion_condition) == _feel("done")
    assert not node.cancel_remaining
    assert [inner.id for inner in node.nodes] == ["t"]


def test_a_condition_and_its_filter() -> None:
    event = _node(
        kind="intermediateCatchEvent",
        inside="<bpmn:conditionalEventDefinition><bpmn:extensionElements><zeebe:conditionalFilter variableNames='a, b' "
        "variableEvents='create'/></bpmn:extensionElements><bpmn:condition>=a</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>",
    ).event
    assert _of(event.condition) == _feel("a")
    assert (event.condition_variables, event.condition_events) == (("a", "b"), ("create",))


def test_a_process_has_a_version_tag_and_embedded_forms() -> None:
    process = _process(
        "<bpmn:task id='x'/><bpmn:extensionElements><zeebe:versionTag value='v1'/><zeebe:userTaskForm id='f'>{}"
        "</zeebe:userTaskForm></bpmn:extensionElements>"
    )
    assert process.version_tag == "v1"
    assert process.embedded_forms == {"f": "{}"}
    assert process.unsupported == ()


def test_linked_resources_name_deployed_files_with_a_binding() -> None:
    linked = (
        "<zeebe:taskDefinition type='rpa'/><zeebe:linkedResources><zeebe:linkedResource resourceId='=a' "
        "resourceType='RPA' linkName='main' bindingType='deployment'/></zeebe:linkedResources>"
    )
    job = (
        _process(
            f"<bpmn:serviceTask id='x'><bpmn:extensionElements>{linked}</bpmn:extensionElements></bpmn:serviceTask>"
        )
        .by_id["x"]
        .job
    )
    assert job is not None
    [one] = job.linked
    assert (_of(one.id), one.type, one.link_name) == (_feel("a"), "RPA", "main")
    assert one.binding is not None
    assert one.binding.type == "deployment"


def test_unknown_attributes_and_children_of_known_elements_are_listed() -> None:
    text = "<zeebe:taskDefinition type='t' color='red'><zeebe:inner/></zeebe:taskDefinition><zeebe:robots/>"
    node = _process(
        f"<bpmn:serviceTask id='x'><bpmn:extensionElements>{text}</bpmn:extensionElements></bpmn:serviceTask>"
    ).by_id["x"]
    assert [what for what, _ in node.unsupported] == [
        "zeebe:taskDefinition@color",
        "zeebe:inner in zeebe:taskDefinition",
        "zeebe:robots",
    ]


def test_leftovers_of_another_type_or_engine_are_listed_as_ignored() -> None:
    node = _process(
        "<bpmn:userTask id='x' camunda:assignee='a'><bpmn:extensionElements><zeebe:taskDefinition type='t'/>"
        "</bpmn:extensionElements></bpmn:userTask>"
    ).by_id["x"]
    assert node.unsupported == ()
    assert [what for what, _ in node.ignored] == ["zeebe:taskDefinition", "camunda:assignee"]


def test_a_form_with_markup_in_it_is_all_of_its_text() -> None:
    form = '<zeebe:userTaskForm id="f">{"text": "a <b>bold</b> word"}</zeebe:userTaskForm>'
    text = f"<bpmn:extensionElements>{form}</bpmn:extensionElements><bpmn:task id='x'/>"
    assert bpmn.read(diagram(text)).processes[0].embedded_forms == {"f": '{"text": "a bold word"}'}


def test_what_is_standard_and_zeebe_never_reads_is_ignored() -> None:
    node = bpmn.read(diagram("<bpmn:task id='x' startQuantity='2'/>")).processes[0].by_id["x"]
    assert node.unsupported == ()
    assert [what for what, _ in node.ignored] == ['startQuantity="2"']
