"""Variables as Camunda 8's clients look at them (c8-rest.md). Values are JSON texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import searched
from api.camunda8.incidents import camunda8
from api.camunda8.searching import LONGEST_VALUE, Property, key, text, values_of, variable_shown
from api.camunda8.variable_keys import scopes_of, variable_key
from api.context import engine
from api.problems import Problem
from engine.errors import NotFound
from engine.queries import Comparison
from engine.store.finds_running import VARIABLES, FoundVariable

__all__ = ["camunda8"]

Json = Any

FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "name": Property("name", text, sorts=True),
    "value": Property("value", text, sorts=True),
    "scopeKey": Property("scope_key", key, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
}


@camunda8.post("/variables/search")
def search_variables() -> Response:
    """Variables by any of their facts."""
    return searched(VARIABLES, FILTER, _shown, also=_special)


@camunda8.get("/variables/<int:key>")
def show_variable(key: int) -> Response:
    """One variable with its whole value."""
    found = _by_key(key)
    if found is None:
        raise NotFound(f"There is no variable {key}.")
    shown = _json(found) | {"value": found.value}
    return jsonify({name: value for name, value in shown.items() if name != "isTruncated"})


def _special(given: dict[str, Json]) -> Iterator[Comparison]:
    """What is no column: whether a value is too long to be shown, and keys."""
    yield from is_long(given)
    if "variableKey" in given:
        yield from _keyed(given.pop("variableKey"))


def is_long(given: dict[str, Json]) -> Iterator[Comparison]:
    """What `isTruncated` says."""
    flag = given.pop("isTruncated", None)
    if flag is None:
        return
    if not isinstance(flag, bool):
        raise Problem(400, "bad-request", "The value of 'isTruncated' must be true or false.")
    yield Comparison("length", "gt" if flag else "lte", LONGEST_VALUE)


def _keyed(said: Json) -> Iterator[Comparison]:
    for operator, operand in values_of("variableKey", said):
        if operator != "eq":
            raise Problem(400, "invalid-input", "A variableKey is compared by $eq alone.")
        found = _by_key(key("variableKey", operand))
        yield Comparison("scope_key", "eq", found.scope_key if found else 0)
        yield Comparison("name", "eq", found.name if found else "")


def _by_key(wanted: int) -> FoundVariable | None:
    found = engine().queries.variables_made_between(*scopes_of(wanted))
    return next((one for one in found if variable_key(one.scope_key, one.name) == wanted), None)


def _shown(found: Sequence[FoundVariable]) -> list[dict[str, Json]]:
    return [_json(one) for one in found]


def _json(one: FoundVariable) -> dict[str, Json]:
    told = {"name": one.name, "value": one.value, "scopeKey": str(one.scope_key), "tenantId": one.tenant_id}
    return variable_shown(told, one.instance_key, one.root_key)
