"""Generated forms of Camunda 7: what is wrong with an answer, and what it means (camunda7-extensions §3).

Fields are the JSON that a task keeps of them, their defaults evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bpmn import forms

Json = Any
Fields = Sequence[Mapping[str, Json]]

_TYPES = frozenset({"string", "long", "boolean", "date", "enum"})
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*")
_BOOLEANS = {"true": True, "false": False}


def faults(fields: Fields, data: Mapping[str, Json], changed: frozenset[str]) -> dict[str, str]:
    """What is wrong by Camunda 7's rules: whoever sends a read-only field is refused.

    `changed` names what the person sent; a default stands in for what was not.
    """
    fixed = {field["id"] for field in fields if "readonly" in dict(field["constraints"])}
    answers = {**data, **missing(fields, data, changed)}
    # A type of the vendor's own may hold anything; only its length and presence are judged.
    answers |= {f["id"]: str(answers[f["id"]]) for f in fields if f["type"] not in _TYPES and answers.get(f["id"])}
    judged = forms.from_fields([field for field in fields if field["id"] not in fixed]).validate(answers)
    return {fault.path: fault.message for fault in judged} | dict.fromkeys(fixed & changed, "is read-only")


def missing(fields: Fields, data: Mapping[str, Json], changed: frozenset[str]) -> dict[str, Json]:
    """The defaults of the fields that were not sent and have no value yet."""
    defaults = {field["id"]: _typed(field["type"], field.get("default")) for field in fields}
    unset = (name for name in defaults if name not in changed and data.get(name) in (None, ""))
    return {name: defaults[name] for name in unset if defaults[name] is not None}


def typed(fields: Fields, given: Mapping[str, Json]) -> dict[str, Json]:
    """An answer with numbers and booleans that came as text made what they are (its form types convert them)."""
    types = {field["id"]: field["type"] for field in fields}
    return {name: _typed(types.get(name, ""), value) for name, value in given.items()}


def _typed(type: str, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    if type == "long" and _INTEGER.fullmatch(value):
        return int(value)
    return _BOOLEANS.get(value.strip().lower(), value) if type == "boolean" else value
