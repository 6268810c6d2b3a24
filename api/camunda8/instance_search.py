"""Camunda 8's filter of process instances (c8-rest.md, section 3), with facts of their elements and alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.camunda8.filters import instance_filter
from api.camunda8.searching import Property, QueryBody, comparisons, key, moment, number, order, portion, text, word
from api.problems import Problem
from engine.queries import Comparison, InstanceSearch, InstanceWish
from engine.step import ElementState

Json = Any
_STATES = {state.value.upper(): (state.value,) for state in ElementState}
_ELEMENTS: Mapping[str, Property] = {
    "elementId": Property("element_id", text),
    "elementInstanceState": Property("state", word(_STATES)),
}
_INCIDENTS: Mapping[str, Property] = {"errorMessage": Property("message", text)}
_BATCHES: Mapping[str, Property] = {
    "batchOperationKey": Property("batch_key", key),
    "batchOperationId": Property("batch_key", key),
}
_DEFINITIONS: Mapping[str, Property] = {
    "processDefinitionName": Property("name", text),
    "processDefinitionVersionTag": Property("version_tag", text),
}
_SORTS: Mapping[str, Property] = {
    name: Property(ours, read, sorts=True)
    for name, ours, read in (
        ("processInstanceKey", "key", key),
        ("processDefinitionId", "process_id", text),
        ("processDefinitionName", "name", text),
        ("processDefinitionVersion", "version", number),
        ("processDefinitionVersionTag", "version_tag", text),
        ("processDefinitionKey", "definition_key", key),
        ("parentProcessInstanceKey", "parent_key", key),
        ("parentElementInstanceKey", "parent_element_key", key),
        ("startDate", "started_at", moment),
        ("endDate", "ended_at", moment),
        ("suspendedDate", "suspended_at", moment),
        ("state", "state", text),
        ("hasIncident", "open_incidents", number),
        ("businessId", "business_key", text),
        ("tenantId", "tenant_id", text),
    )
}
_TROUBLED = "hasElementInstanceIncident"


def instance_search(body: QueryBody) -> InstanceSearch:
    """The engine's words for a search. Raises `Problem` 400."""
    given = dict(body.filter)
    alternatives = given.pop("$or", [])
    if not isinstance(alternatives, list) or not all(isinstance(one, Mapping) for one in alternatives):
        raise Problem(400, "bad-request", "$or is a list of filters.")
    offset, limit = portion(body.page)
    return InstanceSearch(_wish(given), [_wish(one) for one in alternatives], order(body, _SORTS), offset, limit)


def _wish(given: Mapping[str, Json]) -> InstanceWish:
    tables = (_ELEMENTS, _INCIDENTS, _BATCHES, _DEFINITIONS)
    names = {name for table in tables for name in table} | {_TROUBLED}
    return InstanceWish(
        instance_filter({name: value for name, value in given.items() if name not in names}),
        _of(given, _ELEMENTS) + _troubled(given),
        _of(given, _INCIDENTS),
        _of(given, _BATCHES),
        _of(given, _DEFINITIONS),
    )


def _of(given: Mapping[str, Json], known: Mapping[str, Property]) -> tuple[Comparison, ...]:
    return comparisons({name: value for name, value in given.items() if name in known}, known)


def _troubled(given: Mapping[str, Json]) -> tuple[Comparison, ...]:
    if _TROUBLED not in given:
        return ()
    if not isinstance(given[_TROUBLED], bool):
        raise Problem(400, "bad-request", f"The value of '{_TROUBLED}' must be true or false.")
    return (Comparison("incident_key", "exists", given[_TROUBLED]),)
