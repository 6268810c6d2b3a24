"""Incidents as Camunda 8's clients look at them and resolve them (c8-rest.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import searched
from api.camunda8.elements import camunda8
from api.camunda8.moments import shown
from api.camunda8.routes import read_body
from api.camunda8.searching import Property, key, moment, text, word
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine
from api.problems import Problem
from engine.errors import NotFound
from engine.queries import Comparison, Search
from engine.states import IncidentState
from engine.store.finds_running import INCIDENTS
from engine.store.incidents import Incident

__all__ = ["camunda8"]

Json = Any

_TYPES = frozenset(
    "AD_HOC_SUB_PROCESS_NO_RETRIES CALLED_DECISION_ERROR CALLED_ELEMENT_ERROR CONDITION_ERROR "
    "DECISION_EVALUATION_ERROR EXECUTION_LISTENER_NO_RETRIES EXTRACT_VALUE_ERROR FORM_NOT_FOUND IO_MAPPING_ERROR "
    "JOB_NO_RETRIES MESSAGE_SIZE_EXCEEDED RESOURCE_NOT_FOUND SECRET_RESOLUTION_ERROR TASK_LISTENER_NO_RETRIES "
    "UNHANDLED_ERROR_EVENT UNKNOWN UNSPECIFIED".split()
)
_STATES: Mapping[str, tuple[str, ...]] = {
    **{state.name: (state.value,) for state in IncidentState},
    **dict.fromkeys(("MIGRATED", "PENDING", "UNKNOWN"), ()),
}

FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "incidentKey": Property("key", key, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
    "processDefinitionKey": Property("definition_key", key, sorts=True),
    "processDefinitionId": Property("process_id", text, sorts=True),
    "elementId": Property("element_id", text, sorts=True),
    "elementInstanceKey": Property("element_key", key, sorts=True),
    "errorType": Property("type", text, sorts=True),
    "errorMessage": Property("message", text),
    "state": Property("state", word(_STATES), sorts=True),
    "jobKey": Property("job_key", key, sorts=True),
    "creationTime": Property("created_at", moment, sorts=True),
}


class ResolutionBody(Camunda8Body):
    """IncidentResolutionRequest."""

    operation_reference: LongIn | None = None


@camunda8.post("/incidents/search")
def search_incidents() -> Response:
    """Incidents by any of their facts."""
    return searched(INCIDENTS, FILTER, _shown)


@camunda8.post("/process-instances/<int:key>/incidents/search")
def search_incidents_of_instance(key: int) -> Response:
    """The incidents of an instance."""
    engine().queries.instance(key)
    return searched(INCIDENTS, FILTER, _shown, also=_where("instance_key", key))


@camunda8.post("/element-instances/<int:key>/incidents/search")
def search_incidents_of_element(key: int) -> Response:
    """The incidents of a visit of an element."""
    return searched(INCIDENTS, FILTER, _shown, also=_where("element_key", key))


@camunda8.get("/incidents/<int:key>")
def show_incident(key: int) -> Response:
    """One incident."""
    found = engine().queries.find(INCIDENTS, Search((Comparison("key", "eq", key),)))
    if not found.items:
        raise NotFound(f"There is no incident {key}.")
    return jsonify(_shown(found.items)[0])


@camunda8.post("/incidents/<int:key>/resolution")
def resolve_incident(key: int) -> Response:
    """Try again what failed. A job needs retries first, as Camunda wants it."""
    read_body(ResolutionBody, or_nothing=True)
    incident = engine().queries.incident(key)
    if incident.job_key is not None and engine().queries.job(incident.job_key).retries <= 0:
        said = f"Expected to resolve incident with key '{key}', but its job '{incident.job_key}' has no retries left."
        raise Problem(409, "illegal-move", f"Command rejected with code 'INVALID_STATE': {said} Update its retries.")
    engine().resolve_incident(key, by=actor())
    return Response(status=204)


def _where(name: str, key: int) -> Any:
    def more(_: dict[str, Json]) -> Iterator[Comparison]:
        yield Comparison(name, "eq", key)

    return more


def _shown(found: Sequence[tuple[Incident, int]]) -> list[dict[str, Json]]:
    return [_json(one, root_key) for one, root_key in found]


def _json(one: Incident, root_key: int) -> dict[str, Json]:
    """IncidentResult. What Camunda 7 calls its incidents is nothing that clients of Camunda 8 know."""
    return {
        "incidentKey": str(one.key),
        "errorType": one.type if one.type in _TYPES else "UNKNOWN",
        "errorMessage": one.message,
        "state": one.state.name,
        "creationTime": shown(one.created_at),
        "elementId": one.element_id,
        "elementInstanceKey": str(one.element_key),
        "jobKey": str(one.job_key) if one.job_key else None,
        "processDefinitionId": one.process_id,
        "processDefinitionKey": str(one.definition_key),
        "processInstanceKey": str(one.instance_key),
        "rootProcessInstanceKey": str(root_key),
        "tenantId": one.tenant_id,
    }
