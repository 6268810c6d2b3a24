"""Camunda 8's filter of process instances (c8-rest.md, section 3), as far as Baton can answer it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from api.camunda8.searching import Property, comparisons, key, moment, number, text, values_of, word
from api.problems import Problem
from engine.queries import Comparison, InstanceFilter
from engine.states import InstanceState

Json = Any

_COLUMNS: Mapping[str, Property] = {
    "processInstanceKey": Property("key", key),
    "parentProcessInstanceKey": Property("parent_key", key),
    "parentElementInstanceKey": Property("parent_element_key", key),
    "processDefinitionKey": Property("definition_key", key),
    "processDefinitionId": Property("process_id", text),
    "processDefinitionVersion": Property("version", number),
    "businessId": Property("business_key", text),
    "tenantId": Property("tenant_id", text),
    "startDate": Property("started_at", moment),
    "endDate": Property("ended_at", moment),
    "suspendedDate": Property("suspended_at", moment),
    "state": Property("state", word({state.value.upper(): (state.value,) for state in InstanceState})),
}
_OTHERS = frozenset({"hasIncident", "variables"})


def instance_filter(given: Mapping[str, Json]) -> InstanceFilter:
    """The engine's words for a filter. Raises `Problem` 400 for what is unknown or cannot be answered."""
    columns = comparisons({name: value for name, value in given.items() if name not in _OTHERS}, _COLUMNS)
    variables = tuple(one for said in _list(given.get("variables", [])) for one in _variable(said))
    return InstanceFilter(has_incident=_flag(given), columns=columns, variables=variables)


def _flag(given: Mapping[str, Json]) -> bool | None:
    flag = given.get("hasIncident")
    if flag is not None and not isinstance(flag, bool):
        raise _refused("The value for hasIncident must be true or false.")
    return flag


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise _refused("The value for variables must be a list.")
    return value


def _variable(said: Json) -> Iterator[Comparison]:
    if not isinstance(said, Mapping) or not isinstance(said.get("name"), str) or "value" not in said:
        raise _refused("Each of variables has a name and a value.")
    for operator, operand in values_of("value", said["value"]):
        yield Comparison(said["name"], operator, _operand(operator, operand))


def _operand(operator: str, operand: Json) -> Json:
    """Values of variables are written as JSON: a text stands in quotes, a pattern may do without."""
    match operator:
        case "exists":
            return operand
        case "like":
            return text("value", operand).removeprefix('"').removesuffix('"')
        case "in" | "not_in":
            return [_value(one) for one in operand]
    return _value(operand)


def _value(said: Json) -> Json:
    try:
        return json.loads(text("value", said))
    except ValueError:
        raise _refused(f"The value of a variable is '{said[:60]}', which is not JSON.") from None


def _refused(told: str) -> Problem:
    return Problem(400, "invalid-input", told)
