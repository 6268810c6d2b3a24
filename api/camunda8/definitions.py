"""Process definitions and forms as Camunda 8's clients look at them (c8-rest.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from api.camunda8.asked import searched
from api.camunda8.searching import Property, key, number, text
from api.camunda8.variables import camunda8
from api.context import engine
from api.problems import Problem
from bpmn.model import EventKind, FormReference
from engine.queries import Comparison
from engine.store.definitions import ProcessDefinition
from engine.store.finds_deployed import PROCESSES

__all__ = ["camunda8"]

Json = Any

FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "processDefinitionKey": Property("key", key, sorts=True),
    "processDefinitionId": Property("process_id", text, sorts=True),
    "name": Property("name", text, sorts=True),
    "resourceName": Property("resource_name", text, sorts=True),
    "version": Property("version", number, sorts=True),
    "versionTag": Property("version_tag", text, sorts=True),
}


@camunda8.post("/process-definitions/search")
def search_definitions() -> Response:
    """Process definitions by any of their facts."""
    return searched(PROCESSES, FILTER, _shown, also=latest)


@camunda8.get("/process-definitions/<int:key>")
def show_definition(key: int) -> Response:
    """One process definition."""
    return jsonify(_json(engine().queries.process(key)))


@camunda8.get("/process-definitions/<int:key>/xml")
def definition_xml(key: int) -> Response:
    """Its diagram, as it was uploaded."""
    return Response(engine().queries.process_xml(key), mimetype="text/xml")


@camunda8.get("/process-definitions/<int:key>/form")
def start_form(key: int) -> Response:
    """The deployed form of its start event; nothing for one that has none."""
    definition, wanted = engine().queries.process(key), _start_form(key)
    if wanted is None or wanted.id is None or not wanted.id.is_literal:
        return Response(status=204)
    found = engine().queries.form_meant(definition, wanted.id.text, _binding(wanted))
    return Response(status=204) if found is None else _form(found.key)


@camunda8.get("/forms/<int:key>")
def show_form(key: int) -> Response:
    """One form."""
    return _form(key)


def latest(given: dict[str, Json]) -> Iterator[Comparison]:
    """What `isLatestVersion` says."""
    flag = given.pop("isLatestVersion", None)
    if flag is None:
        return
    if not isinstance(flag, bool):
        raise Problem(400, "bad-request", "The value of 'isLatestVersion' must be true or false.")
    yield Comparison("is_latest", "eq", flag)


def _binding(form: FormReference) -> tuple[str, str]:
    bound = form.binding
    said = bound and (bound.version or bound.version_tag)
    return (bound.type, said.text if said else "") if bound else ("latest", "")


def _form(key: int) -> Response:
    form, content = engine().queries.form(key)
    return jsonify(
        formId=form.form_id,
        formKey=str(form.key),
        version=form.version,
        schema=content.decode(),
        tenantId=form.tenant_id,
    )


def _start_form(key: int) -> FormReference | None:
    starts = engine().queries.process_model(key).starts(EventKind.NONE)
    return starts[0].form if starts else None


def _shown(found: Sequence[ProcessDefinition]) -> list[dict[str, Json]]:
    return [_json(one) for one in found]


def _json(one: ProcessDefinition) -> dict[str, Json]:
    """ProcessDefinitionResult."""
    return {
        "processDefinitionKey": str(one.key),
        "processDefinitionId": one.process_id,
        "name": one.name or None,
        "resourceName": one.resource_name,
        "version": one.version,
        "versionTag": one.version_tag or None,
        "hasStartForm": _start_form(one.key) is not None,
        "state": "ACTIVE",
        "tenantId": one.tenant_id,
    }
