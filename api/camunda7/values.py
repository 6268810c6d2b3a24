"""Camunda 7's typed variables as JSON values (c7-rest.md, section 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api.incoming import read_json
from api.problems import Problem

_NATIVE: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "short": int,
    "double": (int, float),
    "boolean": bool,
    "date": str,
    "xml": str,
}


def plain(variables: Mapping[str, Any]) -> dict[str, Any]:
    """`{name: {value, type, valueInfo}}` as `{name: value}`. Raises `Problem` 400 for what does not fit its type."""
    return {name: _value(name, typed) for name, typed in variables.items()}


def typed(variables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`{name: value}` as Camunda 7 shows it; lists and objects are Json."""
    return {name: _shown(value) for name, value in variables.items()}


def _value(name: str, given: Any) -> Any:
    if not isinstance(given, dict) or not given.keys() <= {"value", "type", "valueInfo", "local"}:
        raise _wrong(name, 'must be an object such as {"value": 12, "type": "Integer"}')
    value, kind = given.get("value"), given.get("type")
    if kind is None or value is None:
        return value
    kind = str(kind)
    key = kind[:1].lower() + kind[1:]
    if key in _NATIVE:
        return _native(name, value, key, kind)
    if key in ("json", "object"):
        return _document(name, value, kind)
    if key == "null":
        return None
    raise _wrong(name, f"Unsupported value type '{kind[:50]}'")


def _native(name: str, value: Any, key: str, kind: str) -> Any:
    if not isinstance(value, _NATIVE[key]) or (isinstance(value, bool) and key != "boolean"):
        raise _wrong(name, f"the value is not of type {kind}")
    return value


def _document(name: str, value: Any, kind: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_json(value.encode("utf-8"))
    except Problem as problem:
        raise _wrong(name, f"the value of type {kind} must be JSON text: {problem.detail}") from None


def _wrong(name: str, what: str) -> Problem:
    name = name[:100]
    return Problem(400, "invalid-input", f"Cannot set variable '{name}': {what}.", fields={f"variables.{name}": what})


def _shown(value: Any) -> dict[str, Any]:
    if isinstance(value, dict | list):
        return {"type": "Json", "value": json.dumps(value), "valueInfo": {}}
    kinds = {str: "String", bool: "Boolean", float: "Double", type(None): "Null"}
    kind = kinds.get(type(value)) or ("Integer" if -(2**31) <= value < 2**31 else "Long")
    return {"type": kind, "value": value, "valueInfo": {}}
