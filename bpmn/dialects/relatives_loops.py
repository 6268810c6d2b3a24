"""Multi-instance markers of Flowable: what becomes of each instance's variables, and lists that a handler makes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.dialects.camunda7_relatives import NAMESPACES
from bpmn.dialects.camunda7_values import variable_mapping
from bpmn.dialects.plain import Plain, Values, variable
from bpmn.dialects.relatives_timers import quoted
from bpmn.model import Aggregation, Expression, Language, VariableMapping
from bpmn.parts import Part, line_of, local_name, text_of, vendor_children


def place_loop(dialect: Plain, part: Part, values: Values) -> None:
    """variableAggregation, and the extension element collection."""
    found = []
    for element in part.extensions("variableAggregation"):
        target = dialect.optional(element.get("target") or element.get("targetExpression"), line_of(element))
        if _own(element, "class") or _own(element, "delegateExpression"):
            told = f"{part.prefix}:variableAggregation by a class (Java code that runs inside of the engine)"
            values["unsupported"].append((told, line_of(element)))
        elif target is not None:
            found.append(Aggregation(target, _parts(dialect, element)))
    values["aggregations"] = (*found, *_collected(part, values))
    for element in part.extensions("collection"):
        _place_collection(part, element, values)


def _collected(part: Part, values: Values) -> Iterator[Aggregation]:
    """Activiti's loopDataOutputRef and outputDataItem (MultiInstanceActivityBehavior.getResultElementItem)."""
    name = part.child_text("loopDataOutputRef")
    item = part.child("outputDataItem")
    named = "" if item is None else (item.get("name") or item.get("id") or "").strip()
    if name:
        values["output_is_read"] = True
        read = variable(named, part.line) if named else None
        yield Aggregation(Expression(name, Language.LITERAL, part.line), item=read)


def _parts(dialect: Plain, element: etree._Element) -> tuple[VariableMapping, ...]:
    mappings = [
        (each.get("source", "").strip(), variable_mapping(dialect, each))
        for each in vendor_children(element, "variable")
    ]
    return tuple(
        one if one.target else VariableMapping(one.source, source, one.line, target_name=one.target_name)
        for source, one in mappings
    )


def _place_collection(part: Part, element: etree._Element, values: Values) -> None:
    """A list, or what a handler makes of it: in Java a bean, `${handler.resolveCollection(list, execution)}`."""
    if _own(element, "class"):
        told = f"{part.prefix}:collection of a class (Java code that runs inside of the engine)"
        values["unsupported"].append((told, line_of(element)))
    handler = _inner(_own(element, "delegateExpression"))
    for body in vendor_children(element, "expression", "string"):
        if text := text_of(body):
            is_text = local_name(body) == "string" and "${" not in text
            value = quoted(text) if is_text else _inner(text)
            asked = f"{handler}.resolveCollection({value}, execution)" if handler else value
            values["collection"] = Expression(f"${{{asked}}}", Language.JUEL, line_of(body))


def _own(element: etree._Element, attribute: str) -> str:
    found = element.get(attribute) or next(filter(None, (element.get(f"{{{ns}}}{attribute}") for ns in NAMESPACES)), "")
    return found.strip()


def _inner(text: str) -> str:
    """What stands in the braces of a lone expression; a text without braces is a name."""
    return text[2:-1].strip() if text[:2] in ("${", "#{") and text.endswith("}") else text
