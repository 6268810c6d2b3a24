"""Starting instances as Camunda 8's clients ask for it: at their start or elsewhere, at once or until they end."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from api.camunda8.house import camunda8
from api.camunda8.routes import one_of, read_body, tenant_of
from api.camunda8.shapes import StartBody
from api.camunda8.waiting import waited_for
from api.context import actor, engine
from api.problems import Problem
from engine.actors import Role
from engine.queries import InstanceFilter
from engine.states import InstanceState
from engine.store.instances import Instance

__all__ = ["camunda8"]

Json = Any
DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 60.0


@camunda8.post("/process-instances")
def start() -> Response:
    """Start an instance by definition id or key; with `awaitCompletion`, answer when it has ended."""
    body = read_body(StartBody)
    _check_offered(body)
    one_of(
        processDefinitionId=body.process_definition_id,
        processDefinitionKey=body.process_definition_key,
    )
    instance = engine().start(
        process_id=body.process_definition_id or "",
        definition_key=body.process_definition_key or 0,
        version=max(body.process_definition_version, 0),
        variables=body.variables,
        business_key=body.business_id,
        tenant_id=tenant_of(body.tenant_id),
        at=[one.element_id for one in body.start_instructions],
        by=actor(),
    )
    return jsonify(
        processDefinitionId=instance.process_id,
        processDefinitionVersion=instance.version,
        processDefinitionKey=str(instance.definition_key),
        processInstanceKey=str(instance.key),
        tenantId=instance.tenant_id,
        variables=_result(instance, body) if body.await_completion else {},
        tags=[],
        businessId=instance.business_key,
    )


def _check_offered(body: StartBody) -> None:
    """Refuse what would silently do something else than the caller meant, and what the caller may not do."""
    for name, is_asked in (("runtimeInstructions", bool(body.runtime_instructions)), ("tags", bool(body.tags))):
        if is_asked:
            said = f"This version of Baton does not offer '{name}' when an instance starts."
            raise Problem(400, "invalid-input", said)
    if body.start_instructions and not actor().has(Role.OPERATOR):
        said = "To begin elsewhere than at the start leaves out what stands before it: only operators may do that."
        raise Problem(403, "forbidden", said)


def _result(instance: Instance, body: StartBody) -> dict[str, Json]:
    """The variables that the instance ended with, those asked for. Raises `Problem` 504 when it takes too long."""
    seconds = min((body.request_timeout or 0) / 1000 or DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
    ended = waited_for(lambda: _ended(instance.key), max(seconds, 0.0))
    if ended is None:
        said = f"Process instance {instance.key} was started and has not ended within {seconds:g} seconds."
        raise Problem(504, "not-in-time", said)
    if ended.state is InstanceState.TERMINATED:
        said = f"Process instance {instance.key} was terminated before it came to its end."
        raise Problem(409, "illegal-move", f"Command 'CREATE' rejected with code 'INVALID_STATE': {said}")
    found = engine().queries.variables(instance.key)
    wanted = body.fetch_variables
    return {name: value for name, value in found.items() if not wanted or name in wanted}


def _ended(key: int) -> Instance | None:
    [found] = engine().queries.instances(InstanceFilter(keys=[key])).items
    return found if found.has_ended else None
