"""Camunda 8's filters of process instances (c8-rest.md, section 3), as far as Baton can answer them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from api.problems import Problem
from engine.queries import Comparison, InstanceFilter
from engine.states import InstanceState

Json = Any

_OPERATORS = {
    "$eq": "eq",
    "$neq": "neq",
    "$exists": "exists",
    "$in": "in",
    "$notIn": "not_in",
    "$like": "like",
    "$gt": "gt",
    "$gte": "gte",
    "$lt": "lt",
    "$lte": "lte",
}


def instance_filter(given: Mapping[str, Json]) -> InstanceFilter:
    """The engine's words for a filter. Raises `Problem` 400 for what is unknown or cannot be answered."""
    columns, variables = [], []
    for name, value in given.items():
        if name in _COLUMNS:
            column, read = _COLUMNS[name]
            columns += [Comparison(column, sign, _read(name, sign, one, read)) for sign, one in _signs(name, value)]
        elif name == "variables":
            variables += [one for each in _list(name, value) for one in _variable(each)]
        elif name not in ("hasIncident", "tenantId"):
            raise _refused(f"Baton cannot filter process instances by '{name[:60]}'.")
    return InstanceFilter(has_incident=_flag(given), columns=tuple(columns), variables=tuple(variables))


def _flag(given: Mapping[str, Json]) -> bool | None:
    flag = given.get("hasIncident")
    if flag is not None and not isinstance(flag, bool):
        raise _refused("The value for hasIncident must be true or false.")
    return flag


def _signs(name: str, value: Json) -> list[tuple[str, Json]]:
    if not isinstance(value, Mapping):
        return [("eq", value)]
    unknown = [sign for sign in value if sign not in _OPERATORS]
    if unknown or not value:
        raise _refused(f"'{name}' is compared by one of {', '.join(_OPERATORS)}.")
    return [(_OPERATORS[sign], one) for sign, one in value.items()]


def _read(name: str, operator: str, value: Json, read: Callable[[Json], Json]) -> Json:
    try:
        if operator == "exists":
            return bool(value)
        return [read(one) for one in _list(name, value)] if operator in ("in", "not_in") else read(value)
    except (ValueError, TypeError, AttributeError):
        raise _refused(f"The value for {name} is '{str(value)[:60]}', which cannot be compared with it.") from None


def _variable(said: Json) -> list[Comparison]:
    if not isinstance(said, Mapping) or not isinstance(said.get("name"), str) or "value" not in said:
        raise _refused("Each of variables has a name and a value.")
    return [
        Comparison(said["name"], sign, _read("value", sign, one, _pattern if sign == "like" else json.loads))
        for sign, one in _signs("value", said["value"])
    ]


def _pattern(text: str) -> str:
    """Patterns are written like values, as JSON: a text stands in quotes."""
    return text.removeprefix('"').removesuffix('"')


def _list(name: str, value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise _refused(f"The value for {name} must be a list.")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _key(value: Json) -> int:
    return int(_text(value))


def _time(value: Json) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError
    return found


def _state(value: Json) -> str:
    return InstanceState(_text(value).lower()).value


_COLUMNS: Mapping[str, tuple[str, Callable[[Json], Json]]] = {
    "processInstanceKey": ("key", _key),
    "parentProcessInstanceKey": ("parent_key", _key),
    "parentElementInstanceKey": ("parent_element_key", _key),
    "processDefinitionKey": ("definition_key", _key),
    "processDefinitionId": ("process_id", _text),
    "processDefinitionVersion": ("version", _number),
    "businessId": ("business_key", _text),
    "startDate": ("started_at", _time),
    "endDate": ("ended_at", _time),
    "suspendedDate": ("suspended_at", _time),
    "state": ("state", _state),
}


def _refused(text: str) -> Problem:
    return Problem(400, "invalid-input", text)
