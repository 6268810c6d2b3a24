"""What a Camunda 7 signal carries: the camunda:in elements of its event definition."""

from __future__ import annotations

from bpmn.dialects import camunda7_values as nested
from bpmn.dialects.plain import Plain
from bpmn.model import Payload
from bpmn.parts import Notes, Part, line_of, truth


def payload(dialect: Plain, part: Part, unsupported: Notes) -> Payload | None:
    """The payload, None when the event names none: a signal of Camunda 7 carries nothing by itself."""
    elements = part.extensions("in")
    if not elements:
        return None
    mappings, business_key, everything = [], None, []
    for element in elements:
        unsupported.extend(dialect.unknown_inside(element))
        if element.get("businessKey"):
            business_key = dialect.value(element.get("businessKey", ""), line_of(element))
        elif element.get("variables") == "all":
            everything.append(truth(element.get("local")))
        else:
            mappings.append(nested.variable_mapping(dialect, element))
    return Payload(tuple(mappings), bool(everything), bool(everything) and all(everything), business_key)
