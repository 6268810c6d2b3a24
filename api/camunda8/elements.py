"""Element instances as Camunda 8's clients look at them, and change their variables (c8-rest.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import searched
from api.camunda8.instances import camunda8
from api.camunda8.moments import shown
from api.camunda8.routes import read_body
from api.camunda8.searching import Property, key, moment, text, word
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import Variables
from engine.errors import NotFound
from engine.queries import Comparison, Search
from engine.step import ElementState
from engine.store.finds_running import ELEMENTS, FoundElement

__all__ = ["camunda8"]

Json = Any
_KINDS: Mapping[str, tuple[str, ...]] = {
    "EVENT_SUB_PROCESS": ("subProcess",),  # told apart from others when it is shown
    "SUB_PROCESS": ("subProcess", "transaction"),
    "AD_HOC_SUB_PROCESS": ("adHocSubProcess",),
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE": ("adHocSubProcessInnerInstance",),
    "START_EVENT": ("startEvent",),
    "INTERMEDIATE_CATCH_EVENT": ("intermediateCatchEvent",),
    "INTERMEDIATE_THROW_EVENT": ("intermediateThrowEvent",),
    "BOUNDARY_EVENT": ("boundaryEvent",),
    "END_EVENT": ("endEvent",),
    "SERVICE_TASK": ("serviceTask",),
    "RECEIVE_TASK": ("receiveTask",),
    "USER_TASK": ("userTask",),
    "MANUAL_TASK": ("manualTask",),
    "TASK": ("task",),
    "EXCLUSIVE_GATEWAY": ("exclusiveGateway",),
    "INCLUSIVE_GATEWAY": ("inclusiveGateway",),
    "PARALLEL_GATEWAY": ("parallelGateway",),
    "EVENT_BASED_GATEWAY": ("eventBasedGateway",),
    "MULTI_INSTANCE_BODY": ("multiInstanceBody",),
    "CALL_ACTIVITY": ("callActivity",),
    "BUSINESS_RULE_TASK": ("businessRuleTask",),
    "SCRIPT_TASK": ("scriptTask",),
    "SEND_TASK": ("sendTask",),
    **dict.fromkeys(("UNSPECIFIED", "PROCESS", "SEQUENCE_FLOW", "UNKNOWN"), ()),
}
_TYPE_OF = {ours: theirs for theirs, all_ours in _KINDS.items() for ours in all_ours}
_STATES = {state.value.upper(): (state.value,) for state in ElementState}

FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "elementInstanceKey": Property("key", key, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
    "processDefinitionKey": Property("definition_key", key, sorts=True),
    "processDefinitionId": Property("process_id", text, sorts=True),
    "elementId": Property("element_id", text, sorts=True),
    "elementName": Property("name", text, sorts=True),
    "type": Property("kind", word(_KINDS), sorts=True),
    "state": Property("state", word(_STATES), sorts=True),
    "elementInstanceScopeKey": Property("scope_key", key),
    "incidentKey": Property("incident_key", key, sorts=True),
    "startDate": Property("started_at", moment, sorts=True),
    "endDate": Property("ended_at", moment, sorts=True),
}


class ScopeBody(Camunda8Body):
    """SetVariableRequest."""

    variables: Variables
    local: bool = False
    operation_reference: LongIn | None = None


@camunda8.post("/element-instances/search")
def search_elements() -> Response:
    """Visits of elements by any of their facts."""
    return searched(ELEMENTS, FILTER, _shown, also=_troubled)


@camunda8.get("/element-instances/<int:key>")
def show_element(key: int) -> Response:
    """One visit of an element."""
    return jsonify(_shown([_element(key)])[0])


@camunda8.put("/element-instances/<int:key>/variables")
def set_scope_variables(key: int) -> Response:
    """Set variables from an element or a whole instance upward, or in it alone."""
    body = read_body(ScopeBody)
    instance_key = key if _is_instance(key) else _element(key).element.instance_key
    scope = {} if instance_key == key else {"scope_key": key}
    engine().set_variables(instance_key, body.variables, local=body.local, by=actor(), **scope)
    return Response(status=204)


def _troubled(given: dict[str, Json]) -> Iterator[Comparison]:
    """What `hasIncident` says, which is about another table."""
    flag = given.pop("hasIncident", None)
    if flag is None:
        return
    if not isinstance(flag, bool):
        raise Problem(400, "bad-request", "The value of 'hasIncident' must be true or false.")
    yield Comparison("incident_key", "exists", flag)


def _is_instance(key: int) -> bool:
    try:
        engine().queries.instance(key)
    except NotFound:
        return False
    return True


def _element(key: int) -> FoundElement:
    found = engine().queries.find(ELEMENTS, Search((Comparison("key", "eq", key),)))
    if not found.items:
        raise NotFound(f"There is no element instance {key}.")
    return found.items[0]


def _shown(found: Sequence[FoundElement]) -> list[dict[str, Json]]:
    return [_json(one) for one in found]


def _json(found: FoundElement) -> dict[str, Json]:
    """ElementInstanceResult."""
    one = found.element
    return {
        "elementInstanceKey": str(one.key),
        "elementId": one.element_id,
        "elementName": one.name or one.element_id,
        "type": _type(found),
        "state": one.state.upper(),
        "startDate": shown(one.started_at),
        "endDate": shown(one.ended_at),
        "hasIncident": found.incident_key is not None,
        "incidentKey": str(found.incident_key) if found.incident_key else None,
        "processInstanceKey": str(one.instance_key),
        "rootProcessInstanceKey": str(found.root_key),
        "processDefinitionKey": str(found.definition_key),
        "processDefinitionId": found.process_id,
        "tenantId": found.tenant_id,
    }


def _type(found: FoundElement) -> str:
    """Camunda's word for the kind; rows do not tell event sub-processes from others, the diagram does."""
    theirs = _TYPE_OF.get(found.element.kind, "UNKNOWN")
    if theirs != "SUB_PROCESS":
        return theirs
    node = engine().queries.process_model(found.definition_key).by_id.get(found.element.element_id)
    return "EVENT_SUB_PROCESS" if node is not None and node.triggered_by_event else theirs
