"""Data objects of Activiti and Flowable: variables with a type and a first value (ValuedDataObjectXMLConverter)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bpmn.dialects.camunda7_relatives import NAMESPACES
from bpmn.parts import Notes, Part, line_of, shorten, text_of

Json = Any
_VALUES = tuple(f"{{{namespace}}}value" for namespace in NAMESPACES)


def data_objects(part: Part, unsupported: Notes) -> Mapping[str, Json]:
    """The variables that a process or sub-process begins with; those without a value are null."""
    found: dict[str, Json] = {}
    for element in part.children("dataObject"):
        read = _TYPES.get(element.get("itemSubjectRef", "").rpartition(":")[2])
        name = (element.get("name") or element.get("id") or "").strip()
        if read is None or not name:
            continue  # of a type that their engines make no variable of
        texts = [text_of(value) for value in element.iter(*_VALUES)]
        try:
            found[name] = read(texts[0]) if texts and texts[0] else None
        except ValueError:
            told = f"the value {shorten(texts[0])!r} of the data object {name}"
            unsupported.append((told, line_of(element)))
    return found


def _boolean(text: str) -> bool:
    return text.strip().lower() == "true"


_TYPES: dict[str, Callable[[str], Json]] = {
    "string": str,
    "datetime": str,
    "boolean": _boolean,
    "int": int,
    "long": int,
    "double": float,
    "json": json.loads,
}
