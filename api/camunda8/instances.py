"""Process instances as Camunda 8's clients look at them and end them (c8-rest.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import query_body
from api.camunda8.instance_search import instance_search
from api.camunda8.moments import shown
from api.camunda8.routes import read_body
from api.camunda8.searching import QueryBody, answer
from api.camunda8.shapes import Camunda8Body, LongIn
from api.camunda8.user_tasks import camunda8
from api.context import actor, engine
from engine import events
from engine.queries import AuditFilter, InstanceFilter, InstanceSearch, InstanceWish, Page
from engine.store.definitions import ProcessDefinition
from engine.store.finds_running import ElementFigures
from engine.store.instances import Instance

__all__ = ["camunda8"]

Json = Any
_PAGE = 500


class CancellationBody(Camunda8Body):
    """CancelProcessInstanceRequest, and those of suspension and resumption."""

    operation_reference: LongIn | None = None


@camunda8.post("/process-instances/search")
def search_instances() -> Response:
    """Instances by any of their facts, those of their elements and their variables."""
    wanted = instance_search(query_body())
    found = engine().queries.find_instances(wanted)
    return answer(_shown(found.items), found.total, wanted.offset)


@camunda8.get("/process-instances/<int:key>")
def show_instance(key: int) -> Response:
    """One instance."""
    return jsonify(_shown([engine().queries.instance(key)])[0])


@camunda8.post("/process-instances/<int:key>/cancellation")
def cancel_instance(key: int) -> Response:
    """End an instance and all that it called."""
    read_body(CancellationBody, or_nothing=True)
    engine().cancel(key, by=actor())
    return Response(status=204)


@camunda8.post("/process-instances/<int:key>/suspension")
def suspend_instance(key: int) -> Response:
    """Let an instance stand still."""
    read_body(CancellationBody, or_nothing=True)
    engine().suspend(key, by=actor())
    return Response(status=204)


@camunda8.post("/process-instances/<int:key>/resumption")
def resume_instance(key: int) -> Response:
    """Let it go on."""
    read_body(CancellationBody, or_nothing=True)
    engine().resume(key, by=actor())
    return Response(status=204)


@camunda8.get("/process-instances/<int:key>/call-hierarchy")
def call_hierarchy(key: int) -> Response:
    """The instances that led to this one by their calls, the first of them first."""
    line = [engine().queries.instance(key)]
    while line[0].parent_key is not None:
        line.insert(0, engine().queries.instance(line[0].parent_key))
    definitions = _definitions(line)
    return jsonify(
        [
            {
                "processInstanceKey": str(one.key),
                "processDefinitionKey": str(one.definition_key),
                "processDefinitionName": definitions[one.definition_key].name or one.process_id,
            }
            for one in line
        ]
    )


@camunda8.get("/process-instances/<int:key>/statistics/element-instances")
def instance_statistics(key: int) -> Response:
    """How many visits of each element are active, over or in trouble."""
    engine().queries.instance(key)
    wanted = InstanceSearch(InstanceWish(InstanceFilter(keys=[key])))
    return jsonify(items=[_figures(one) for one in engine().queries.element_figures(wanted)])


@camunda8.post("/process-definitions/<int:key>/statistics/element-instances")
def definition_statistics(key: int) -> Response:
    """The same over all instances of a definition that the filter finds."""
    engine().queries.process(key)
    filter = {**query_body().filter, "processDefinitionKey": str(key)}
    wanted = instance_search(QueryBody(filter=filter))
    return jsonify(items=[_figures(one) for one in engine().queries.element_figures(wanted)])


@camunda8.get("/process-instances/<int:key>/sequence-flows")
def sequence_flows(key: int) -> Response:
    """The sequence flows that the instance has taken, each once."""
    instance = engine().queries.instance(key)
    common = {
        "processInstanceKey": str(key),
        "rootProcessInstanceKey": str(instance.root_key),
        "processDefinitionKey": str(instance.definition_key),
        "processDefinitionId": instance.process_id,
        "tenantId": instance.tenant_id,
    }
    taken = dict.fromkeys(_taken(key))
    return jsonify(items=[{"sequenceFlowId": f"{key}_{one}", "elementId": one, **common} for one in taken])


def _taken(key: int) -> Iterator[str]:
    """The flows on record in the audit trail, the latest first."""
    page = Page(_PAGE)
    while True:
        found = engine().queries.audit(AuditFilter(instance_key=key), page)
        for record in found:
            for fact in json.loads(record.payload or "{}").get("events", []):
                if fact["type"] == events.PATH_TAKEN:
                    yield from fact.get("data", {}).get("flows", ())
        if found.next is None:
            return
        page = Page(_PAGE, found.next)


def _figures(one: ElementFigures) -> dict[str, Json]:
    return {"elementId" if name == "element_id" else name: value for name, value in asdict(one).items()}


def _definitions(found: Sequence[Instance]) -> Mapping[int, ProcessDefinition]:
    return {key: engine().queries.process(key) for key in {one.definition_key for one in found}}


def _shown(found: Sequence[Instance]) -> list[dict[str, Json]]:
    definitions = _definitions(found)
    return [_instance(one, definitions[one.definition_key]) for one in found]


def _instance(one: Instance, definition: ProcessDefinition) -> dict[str, Json]:
    """ProcessInstanceResult."""
    return {
        "processInstanceKey": str(one.key),
        "processDefinitionId": one.process_id,
        "processDefinitionName": definition.name or None,
        "processDefinitionVersion": one.version,
        "processDefinitionVersionTag": definition.version_tag or None,
        "processDefinitionKey": str(one.definition_key),
        "startDate": shown(one.started_at),
        "endDate": shown(one.ended_at),
        "state": one.state.name,
        "suspendedDate": shown(one.suspended_at),
        "hasIncident": one.has_incident,
        "parentProcessInstanceKey": str(one.parent_key) if one.parent_key else None,
        "parentElementInstanceKey": str(one.parent_element_key) if one.parent_element_key else None,
        "rootProcessInstanceKey": str(one.root_key),
        "businessId": one.business_key,
        "tags": [],
        "tenantId": one.tenant_id,
    }
