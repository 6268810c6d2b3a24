"""The shapes of Camunda 8's bodies and answers (c8-rest.md, section 6)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.rest.shapes import KeyIn, Name, Variables
from engine.deployments import Deployment

_LONG = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_KINDS = ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")


def _read_long(value: Any) -> Any:
    is_number = isinstance(value, str) and _LONG.fullmatch(value) is not None
    return int(value) if is_number else value


#: A 64-bit number. Camunda takes it as a text, too, which is how JavaScript's clients keep all of its digits.
LongIn = Annotated[int, BeforeValidator(_read_long), Field(ge=-(2**63), le=2**63 - 1)]


class Camunda8Body(BaseModel):
    """A JSON body; Camunda refuses unknown properties, so this does."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class TaskChangeset(Camunda8Body):
    """What changes of a task: null keeps, "" and [] clear."""

    due_date: str | None = None
    follow_up_date: str | None = None
    candidate_users: list[str] | None = None
    candidate_groups: list[str] | None = None
    priority: int | None = None


class StartInstruction(Camunda8Body):
    """An element to begin at."""

    element_id: Name


class StartBody(Camunda8Body):
    """ProcessInstanceCreationInstruction, by id or by key."""

    process_definition_id: Name | None = None
    process_definition_key: KeyIn | None = None
    process_definition_version: int = Field(default=-1, ge=-1, le=2**31 - 1)
    variables: Variables = Field(default={})
    tenant_id: str | None = Field(default=None, max_length=255)
    business_id: Name | None = None
    tags: list[str] = Field(default=[], max_length=10)
    operation_reference: LongIn | None = None
    await_completion: bool = False
    request_timeout: LongIn | None = None
    fetch_variables: list[str] = Field(default=[], max_length=1000)
    start_instructions: list[StartInstruction] = Field(default=[], max_length=100)
    runtime_instructions: list[dict[str, Any]] = Field(default=[], max_length=100)


class SignalBody(Camunda8Body):
    """SignalBroadcastRequest."""

    signal_name: Name
    variables: Variables = Field(default={})
    tenant_id: str | None = Field(default=None, max_length=255)


class ConditionalBody(Camunda8Body):
    """ConditionalEvaluationInstruction."""

    variables: Variables
    process_definition_key: KeyIn | None = None
    tenant_id: str | None = Field(default=None, max_length=255)


def deployed(deployment: Deployment) -> dict[str, Any]:
    """DeploymentResult: one entry per artefact, every member there, keys as strings."""
    entries = [_entry("processDefinition", _process(item)) for item in deployment.processes]
    entries += [_entry("decisionRequirements", _requirements(item)) for item in deployment.requirements]
    ids = {item.key: item.requirements_id for item in deployment.requirements}
    entries += [_entry("decisionDefinition", _decision(item, ids)) for item in deployment.decisions]
    entries += [_entry("form", _form(item)) for item in deployment.forms]
    for entry in entries:
        next(part for part in entry.values() if part is not None)["tenantId"] = deployment.tenant_id
    return {"deploymentKey": str(deployment.key), "tenantId": deployment.tenant_id, "deployments": entries}


def _entry(kind: str, content: dict[str, Any]) -> dict[str, dict[str, Any] | None]:
    return {name: content if name == kind else None for name in _KINDS}


def _process(item: Any) -> dict[str, Any]:
    return {
        "processDefinitionId": item.process_id,
        "processDefinitionVersion": item.version,
        "processDefinitionKey": str(item.key),
        "resourceName": item.resource_name,
    }


def _requirements(item: Any) -> dict[str, Any]:
    return {
        "decisionRequirementsId": item.requirements_id,
        "decisionRequirementsName": item.name,
        "decisionRequirementsKey": str(item.key),
        "version": item.version,
        "resourceName": item.resource_name,
    }


def _decision(item: Any, requirements_ids: dict[int, str]) -> dict[str, Any]:
    return {
        "decisionDefinitionId": item.decision_id,
        "decisionDefinitionKey": str(item.key),
        "decisionRequirementsId": requirements_ids.get(item.requirements_key),
        "decisionRequirementsKey": str(item.requirements_key),
        "name": item.name,
        "version": item.version,
    }


def _form(item: Any) -> dict[str, Any]:
    return {
        "formId": item.form_id,
        "formKey": str(item.key),
        "version": item.version,
        "resourceName": item.resource_name,
    }
