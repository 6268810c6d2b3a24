"""What the reader makes of standard BPMN: names, order, nesting, references, lines."""

from __future__ import annotations

import pytest

import bpmn
from bpmn.model import Dialect, EventKind, FlowNode, Kind, Language, MultiInstance, StandardLoop, TimerKind, walk
from tests.support.diagrams import chain, diagram

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def _read(body: str, *, roots: str = "", attributes: str = "") -> bpmn.Model:
    text = f"<definitions xmlns='{_MODEL}' id='d'>{roots}<process id='p' isExecutable='true' {attributes}>{body}"
    return bpmn.read(f"{text}</process></definitions>".encode())


def _node(body: str, *, roots: str = "") -> FlowNode:
    return _read(body, roots=roots).processes[0].by_id["x"]


def test_prefixes_and_the_order_of_elements_do_not_matter() -> None:
    usual = b"""<bpmn:definitions xmlns:bpmn="%s"><bpmn:message id="m" name="paid"/><bpmn:process id="p">
      <bpmn:receiveTask id="x" messageRef="m"/><bpmn:endEvent id="e"/>
      <bpmn:sequenceFlow id="f" sourceRef="x" targetRef="e"/></bpmn:process></bpmn:definitions>"""
    turned = b"""<definitions xmlns="%s"><process id="p"><sequenceFlow id="f" sourceRef="x" targetRef="e"/>
      <endEvent id="e"/><receiveTask id="x" messageRef="m"/></process><message id="m" name="paid"/></definitions>"""
    for text in (usual, turned):
        process = bpmn.read(text % _MODEL.encode()).processes[0]
        node = process.by_id["x"]
        assert node.outgoing == ("f",)
        assert process.by_id["e"].incoming == ("f",)
        assert node.message is not None
        assert node.message.name is not None
        assert node.message.name.text == "paid"


def test_incoming_and_outgoing_follow_the_sequence_flows_in_document_order() -> None:
    flows = "".join(f"<sequenceFlow id='{name}' sourceRef='x' targetRef='y'/>" for name in ("b", "a", "c"))
    process = _read(
        f"<startEvent id='s'/><exclusiveGateway id='x' default='c'><outgoing>a</outgoing><outgoing>b</outgoing>"
        f"</exclusiveGateway><task id='y'/>{flows}"
    ).processes[0]
    assert process.by_id["x"].outgoing == ("b", "a", "c")
    assert process.by_id["x"].default_flow == "c"
    assert process.by_id["y"].incoming == ("b", "a", "c")
    assert [flow.id for flow in process.flows] == ["b", "a", "c"]


def test_every_part_knows_its_line() -> None:
    text = (
        f"<definitions xmlns='{_MODEL}'>\n<process id='p'>\n<!-- a\ncomment -->\n<intermediateCatchEvent id='x'>\n"
        "<timerEventDefinition>\n<timeDuration>PT1S</timeDuration>\n</timerEventDefinition>\n"
        "</intermediateCatchEvent>\n<sequenceFlow id='f' sourceRef='x' targetRef='x'>\n"
        "<conditionExpression>a</conditionExpression>\n</sequenceFlow>\n</process>\n</definitions>"
    )
    process = bpmn.read(text.encode()).processes[0]
    node = process.by_id["x"]
    assert (process.line, node.line, node.event.line, process.flows[0].line) == (2, 5, 6, 10)
    assert node.event.timer is not None
    assert node.event.timer.line == 7
    assert process.flows[0].condition is not None
    assert process.flows[0].condition.line == 11


def test_lines_beyond_65535_are_still_right_within_a_line_or_two() -> None:
    text = (
        f"<definitions xmlns='{_MODEL}'><process id='p'>"
        + "\n" * 70_000
        + "<task id='x'>\n</task>\n</process></definitions>"
    )
    assert abs(bpmn.read(text.encode()).processes[0].by_id["x"].line - 70_001) <= 2


def test_sub_processes_keep_their_own_nodes_flows_and_parents() -> None:
    process = _read(
        "<startEvent id='s'/><subProcess id='x' name='Inner'><startEvent id='i'/><subProcess id='y'>"
        "<startEvent id='t'/></subProcess><sequenceFlow id='if' sourceRef='i' targetRef='y'/></subProcess>"
        "<sequenceFlow id='f' sourceRef='s' targetRef='x'/>"
    ).processes[0]
    inner = process.by_id["x"]
    assert [node.id for node in inner.nodes] == ["i", "y"]
    assert [flow.id for flow in inner.flows] == ["if"]
    assert inner.incoming == ("f",)
    assert {node.id: node.parent for node in walk(process.nodes)} == {"s": "p", "x": "p", "i": "x", "y": "x", "t": "y"}


def test_a_chain_of_ten_thousand_nodes_needs_no_call_depth() -> None:
    ids = [f"n{number}" for number in range(10_000)]
    nodes = "".join(f"<bpmn:task id='{each}'/>" for each in ids)
    model = bpmn.read(diagram(nodes, chain(*ids)))
    assert len(model.processes[0].nodes) == 10_000
    assert model.processes[0].by_id["n5000"].incoming == ("f4999",)


def test_sub_processes_may_be_nested_hundreds_deep() -> None:
    depth = 240
    body = "".join(f"<subProcess id='x{level}'>" for level in range(depth)) + "</subProcess>" * depth
    drawn = [node for node in walk(_read(body).processes[0].nodes) if node.kind is Kind.SUB_PROCESS]
    assert len(drawn) == depth


def test_references_may_carry_the_files_own_prefix() -> None:
    node = _node("<receiveTask id='x' messageRef='tns:m'/>", roots="<message id='m' name='paid'/>")
    assert node.message is not None
    assert node.message.id == "m"


def test_an_event_definition_may_be_shared_by_reference() -> None:
    node = _node(
        "<intermediateCatchEvent id='x'><eventDefinitionRef>t</eventDefinitionRef></intermediateCatchEvent>",
        roots="<timerEventDefinition id='t'><timeDate>2026-01-01T00:00:00Z</timeDate></timerEventDefinition>",
    )
    assert node.event.kind is EventKind.TIMER
    assert node.event.timer is not None
    assert node.event.timer.kind is TimerKind.DATE


def test_an_error_that_is_not_declared_is_its_own_code() -> None:
    node = _node("<endEvent id='x'><errorEventDefinition errorRef='gone'/></endEvent>")
    assert node.event.error is not None
    assert node.event.error.code is not None
    assert node.event.error.code.text == "gone"


def test_a_reference_to_nothing_is_kept_for_the_checks() -> None:
    node = _node("<endEvent id='x'><signalEventDefinition signalRef='gone'/></endEvent>")
    assert node.event.signal is None
    assert node.event.reference == "gone"


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("<messageEventDefinition/>", EventKind.MESSAGE),
        ("<timerEventDefinition/>", EventKind.TIMER),
        ("<errorEventDefinition/>", EventKind.ERROR),
        ("<escalationEventDefinition/>", EventKind.ESCALATION),
        ("<signalEventDefinition/>", EventKind.SIGNAL),
        ("<conditionalEventDefinition/>", EventKind.CONDITIONAL),
        ("<linkEventDefinition name='l'/>", EventKind.LINK),
        ("<compensateEventDefinition/>", EventKind.COMPENSATE),
        ("<cancelEventDefinition/>", EventKind.CANCEL),
        ("<terminateEventDefinition/>", EventKind.TERMINATE),
        ("", EventKind.NONE),
    ],
)
def test_every_event_definition_is_known(definition: str, kind: EventKind) -> None:
    assert _node(f"<endEvent id='x'>{definition}</endEvent>").event.kind is kind


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_node_is_read(kind: Kind) -> None:
    assert _node(f"<{kind.value} id='x' name='a name'/>").kind is kind


def test_what_makes_a_boundary_event() -> None:
    node = _node("<task id='t'/><boundaryEvent id='x' attachedToRef='t' cancelActivity='false'/>")
    assert node.attached_to == "t"
    assert not node.interrupting
    assert _node("<boundaryEvent id='x' attachedToRef='t'/>").interrupting


def test_a_compensation_handler_is_found_by_its_association() -> None:
    node = _node(
        "<task id='t'/><task id='undo' isForCompensation='true'/><boundaryEvent id='x' attachedToRef='t'>"
        "<compensateEventDefinition/></boundaryEvent><association id='a' sourceRef='x' targetRef='undo'/>"
    )
    assert node.compensation_handler == "undo"


def test_loops_are_told_apart() -> None:
    standard = _node(
        "<task id='x'><standardLoopCharacteristics testBefore='true' loopMaximum='3'>"
        "<loopCondition>n &lt; 3</loopCondition></standardLoopCharacteristics></task>"
    ).loop
    assert isinstance(standard, StandardLoop)
    assert (standard.test_before, standard.maximum) == (True, 3)
    multiple = _node(
        "<task id='x'><multiInstanceLoopCharacteristics isSequential='true'><loopCardinality>5</loopCardinality>"
        "<completionCondition>done</completionCondition></multiInstanceLoopCharacteristics></task>"
    ).loop
    assert isinstance(multiple, MultiInstance)
    assert multiple.sequential
    assert multiple.cardinality is not None
    assert multiple.cardinality.text == "5"
    assert multiple.completion_condition is not None
    assert multiple.completion_condition.language is Language.FEEL


def test_lanes_are_kept_with_their_nodes_inner_lanes_too() -> None:
    process = _read(
        "<laneSet id='ls'><lane id='a' name='Sales'><flowNodeRef>x</flowNodeRef><childLaneSet id='c'>"
        "<lane id='b' name='Inner'><flowNodeRef> x </flowNodeRef></lane></childLaneSet></lane></laneSet><task id='x'/>"
    ).processes[0]
    assert [(lane.id, lane.name, lane.nodes) for lane in process.lanes] == [
        ("a", "Sales", ("x",)),
        ("b", "Inner", ("x",)),
    ]


def test_names_and_documentation_are_kept_as_written() -> None:
    node = _node("<task id='x' name='Prüfen &amp;&#10;buchen'><documentation> Warum </documentation></task>")
    assert node.name == "Prüfen &\nbuchen"
    assert node.documentation == "Warum"


def test_ids_that_stand_twice_are_listed_with_the_line_of_the_second() -> None:
    model = _read("\n<task id='x'/>\n<task id='x'/>")
    assert model.duplicates == (("x", 3),)


def test_a_node_without_id_gets_one_and_is_listed() -> None:
    model = _read("<startEvent/><task/>")
    assert len({node.id for node in model.processes[0].nodes}) == 2
    assert [made_up for made_up, _ in model.without_id] == [node.id for node in model.processes[0].nodes]


def test_decoration_is_left_out_without_a_word() -> None:
    model = _read(
        "<textAnnotation id='a'><text>note</text></textAnnotation><association id='b' sourceRef='x' targetRef='a'/>"
        "<dataObject id='o'/><dataObjectReference id='r' dataObjectRef='o'/><group id='g'/><task id='x'>"
        "<property id='q'/><dataInputAssociation id='i'><sourceRef>r</sourceRef><targetRef>q</targetRef>"
        "</dataInputAssociation></task>",
        roots="<category id='c'/><dataStore id='ds'/><itemDefinition id='it'/>",
    )
    assert model.unsupported == ()
    assert model.processes[0].unsupported == ()
    assert model.processes[0].by_id["x"].unsupported == ()


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("<task id='x' startQuantity='2'/>", 'startQuantity="2"'),
        (
            "<inclusiveGateway id='x'><activationCondition>a</activationCondition></inclusiveGateway>",
            "activationCondition",
        ),
        (
            "<task id='x'><dataInputAssociation id='i'><assignment><from>1</from><to>2</to></assignment>"
            "</dataInputAssociation></task>",
            "dataInputAssociation with assignment",
        ),
        (
            "<task id='x'><multiInstanceLoopCharacteristics><loopDataOutputRef>a</loopDataOutputRef>"
            "</multiInstanceLoopCharacteristics></task>",
            "loopDataOutputRef of a multi-instance marker",
        ),
        (
            "<intermediateCatchEvent id='x'><eventDefinitionRef>gone</eventDefinitionRef></intermediateCatchEvent>",
            'eventDefinitionRef "gone"',
        ),
    ],
)
def test_what_means_something_and_has_no_place_is_listed(task: str, what: str) -> None:
    assert [found for found, _ in _node(task).unsupported] == [what]


def test_an_event_based_gateway_says_whether_it_needs_all_of_its_events() -> None:
    assert _node("<eventBasedGateway id='x' eventGatewayType='Parallel'/>").parallel_multiple
    assert not _node("<eventBasedGateway id='x' eventGatewayType='Exclusive'/>").parallel_multiple


def test_the_file_keeps_its_bytes_name_exporter_and_platform() -> None:
    text = diagram("<bpmn:task id='x'/>").replace(b'id="defs"', b'exporter="Camunda Modeler" exporterVersion="5.1"')
    model = bpmn.read(text, source="a.bpmn")
    assert (model.source, model.data, model.dialect) == ("a.bpmn", text, Dialect.CAMUNDA8)
    assert (model.exporter, model.platform_version) == ("Camunda Modeler 5.1", "8.8.0")


def test_a_model_is_frozen() -> None:
    with pytest.raises(AttributeError):
        _read("<task id='x'/>").processes[0].nodes[0].name = "other"  # type: ignore[misc]


def test_reading_twice_gives_equal_models() -> None:
    text = diagram("<bpmn:startEvent id='s'/><bpmn:endEvent id='e'/>", chain("s", "e"))
    assert bpmn.read(text) == bpmn.read(text)


def test_a_namespace_with_a_space_in_it_is_a_name_like_any_other() -> None:
    text = diagram("<bpmn:task id='x'/>").replace(
        b"<bpmn:definitions ", b"<bpmn:definitions xmlns:t='http://a/b c' ", 1
    )
    assert [node.id for node in bpmn.read(text).processes[0].nodes] == ["x"]
    with pytest.raises(bpmn.ModelError):
        bpmn.read(b"<not-closed>")  # what another file has wrong is not held against the next one
    assert [node.id for node in bpmn.read(text).processes[0].nodes] == ["x"]
    with pytest.raises(bpmn.ModelError, match="well-formed"):
        bpmn.read(text.replace(b"</bpmn:definitions>", b""))
