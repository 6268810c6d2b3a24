"""An element template applied to a task the way Camunda Modeler does it: every property at its place in the XML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.support.source import ROOT

FOLDER = ROOT / "connectors" / "templates"
Template = Mapping[str, Any]


def template(name: str) -> Any:
    """A template of ours by the name of its file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def is_shown(one: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether the condition of a property holds; those without one are always there."""
    condition = one.get("condition")
    return condition is None or values.get(condition["property"]) == condition["equals"]


def values_of(made: Template, choices: Mapping[str, Any]) -> dict[str, Any]:
    """What each property with an id says: the choice, else its default."""
    return {one["id"]: choices.get(one["id"], one.get("value")) for one in made["properties"] if "id" in one}


def visible(made: Template, choices: Mapping[str, Any]) -> list[str]:
    """The ids that somebody sees who chose so."""
    values = values_of(made, choices)
    return [one["id"] for one in made["properties"] if one["type"] != "Hidden" and is_shown(one, values)]


def applied(made: Template, element_id: str, **choices: Any) -> str:
    """The XML of an element that the template was chosen for, with `choices` for properties by id."""
    values = values_of(made, choices)
    parts: dict[str, list[str]] = {}
    for one in made["properties"]:
        value = values[one["id"]] if "id" in one else one.get("value")
        if is_shown(one, values) and (value not in (None, "") or one["binding"]["type"] == "zeebe:userTask"):
            place, xml = _bound(one["binding"], value if isinstance(value, str) else json.dumps(value))
            parts.setdefault(place, []).append(xml)
    kind = made["elementType"]["value"].removeprefix("bpmn:")
    tag = f"bpmn:{kind[0].lower()}{kind[1:]}"
    attributes = " ".join([f'id="{element_id}" name="{element_id}"', *parts.pop("attributes", [])])
    return f"<{tag} {attributes}><bpmn:extensionElements>{''.join(_wrapped(parts))}</bpmn:extensionElements></{tag}>"


_HOLDERS = {
    "ioMapping": "zeebe:ioMapping",
    "headers": "zeebe:taskHeaders",
    "properties": "zeebe:properties",
    "inputOutput": "camunda:inputOutput",
}


def _wrapped(parts: Mapping[str, list[str]]) -> Iterator[str]:
    for place, pieces in parts.items():
        inside = "".join(pieces)
        if place in _HOLDERS:
            yield f"<{_HOLDERS[place]}>{inside}</{_HOLDERS[place]}>"
        elif place == "fields":
            yield inside
        else:
            yield f"<zeebe:{place} {' '.join(pieces)}/>"


def _bound(binding: Mapping[str, str], value: str) -> tuple[str, str]:
    match binding["type"]:
        case "zeebe:input":
            return "ioMapping", f"<zeebe:input source={quoteattr(value)} target={quoteattr(binding['name'])}/>"
        case "zeebe:taskHeader":
            return "headers", f"<zeebe:header key={quoteattr(binding['key'])} value={quoteattr(value)}/>"
        case "zeebe:property":
            return "properties", f"<zeebe:property name={quoteattr(binding['name'])} value={quoteattr(value)}/>"
        case "zeebe:userTask":
            return "userTask", ""
        case "property":
            return "attributes", f"{binding['name']}={quoteattr(value)}"
        case "camunda:inputParameter":
            inner = f"<camunda:inputParameter name={quoteattr(binding['name'])}>{escape(value)}"
            return "inputOutput", f"{inner}</camunda:inputParameter>"
        case "camunda:field":
            return "fields", f"<camunda:field name={quoteattr(binding['name'])} stringValue={quoteattr(value)}/>"
        case kind:
            return kind.removeprefix("zeebe:"), f"{binding['property']}={quoteattr(value)}"
