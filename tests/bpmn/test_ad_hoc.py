"""What an ad-hoc sub-process offers, and how it is described to an agent."""

from __future__ import annotations

import bpmn
from bpmn import ad_hoc
from tests.support.diagrams import chain, diagram, sequence_flows

INSIDE = (
    "<bpmn:task id='a' name='First'><bpmn:documentation>Does it</bpmn:documentation></bpmn:task><bpmn:task id='b'/>"
    "<bpmn:boundaryEvent id='c' attachedToRef='a'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>"
    "<bpmn:intermediateThrowEvent id='d'/>"
    "<bpmn:subProcess id='f' triggeredByEvent='true'/><bpmn:task id='g' isForCompensation='true'/>"
)


def _ad_hoc(inside: str) -> bpmn.model.FlowNode:
    body = f"<bpmn:startEvent id='s'/><bpmn:adHocSubProcess id='x'>{inside}</bpmn:adHocSubProcess>"
    return bpmn.read(diagram(body, chain("s", "x"))).process("p").by_id["x"]


def _parameters(source: str) -> list[object]:
    mapping = f"<zeebe:ioMapping><zeebe:input source='{source}' target='t'/></zeebe:ioMapping>"
    node = _ad_hoc(f"<bpmn:task id='a'><bpmn:extensionElements>{mapping}</bpmn:extensionElements></bpmn:task>")
    [described] = ad_hoc.described(node)
    return described["parameters"]  # type: ignore[no-any-return]


def test_what_nothing_leads_to_can_be_begun() -> None:
    node = _ad_hoc(INSIDE + sequence_flows(chain("a", "b"), "i"))
    assert [one.id for one in ad_hoc.choices(node)] == ["a", "d"]


def test_an_element_is_described_by_name_and_documentation() -> None:
    first, second = ad_hoc.described(_ad_hoc(INSIDE + sequence_flows(chain("a", "b"), "i")))
    assert (first["elementName"], first["documentation"], first["parameters"]) == ("First", "Does it", [])
    assert (second["elementId"], second["elementName"], second["documentation"]) == ("d", None, None)


def test_parameters_come_from_the_calls_of_from_ai_wherever_they_stand() -> None:
    found = _parameters(
        '={a: fromAi(toolCall.amount, "How much", "number"), b: [fromAi(toolCall.unit) + "!"], c: fromai(toolCall.no)}'
    )
    assert found == [
        {"name": "amount", "description": "How much", "type": "number", "schema": None, "options": None},
        {"name": "unit", "description": None, "type": None, "schema": None, "options": None},
    ]


def test_named_arguments_schemas_and_options_are_constants() -> None:
    [found] = _parameters(
        '=fromAi(value: toolCall.size, schema: {enum: ["S", "L"], min: -1, deep: {a: [1.5, true]}}, '
        "options: {required: false}, description: toolCall.x)"
    )
    schema = {"enum": ["S", "L"], "min": -1, "deep": {"a": [1.5, True]}}
    expected = {"name": "size", "description": None, "type": None, "schema": schema, "options": {"required": False}}
    assert found == expected
