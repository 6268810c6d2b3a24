"""The shapes of Camunda 7's bodies and answers (c7-rest.md, section 6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.rest.shapes import Name, OptionalName
from engine.deployments import Deployment
from engine.store.definitions import DecisionDefinition, ProcessDefinition
from engine.store.instances import Instance
from engine.tenants import named


class StartBody(BaseModel):
    """StartProcessInstanceDto; unknown properties are refused, as Camunda does."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    business_key: OptionalName | None = None
    variables: dict[str, Any] | None = None
    case_instance_id: str | None = Field(default=None, max_length=255)
    start_instructions: list[Any] | None = Field(default=None, max_length=0)
    skip_custom_listeners: bool | None = None
    skip_io_mappings: bool | None = None
    with_variables_in_return: bool = False


class SignalBody(BaseModel):
    """SignalDto. A single execution cannot be named: a signal is for everybody."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    name: Name
    variables: dict[str, Any] | None = None
    execution_id: None = None
    tenant_id: OptionalName | None = None
    without_tenant_id: bool = False


class MessageBody(BaseModel):
    """CorrelationMessageDto, as far as it is served: the answer tells nothing of who got it."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    message_name: Name
    business_key: OptionalName | None = None
    tenant_id: OptionalName | None = None
    without_tenant_id: bool = False
    process_instance_id: OptionalName | None = None
    correlation_keys: dict[str, Any] | None = None
    local_correlation_keys: dict[str, Any] | None = None
    process_variables: dict[str, Any] | None = None
    all: bool = False
    result_enabled: Literal[False] = False


class ConditionBody(BaseModel):
    """EvaluationConditionDto."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    variables: dict[str, Any] | None = None
    business_key: OptionalName | None = None
    tenant_id: OptionalName | None = None
    without_tenant_id: bool = False
    process_definition_id: OptionalName | None = None


def deployment_json(deployment: Deployment, source: str) -> dict[str, Any]:
    """DeploymentWithDefinitionsDto; unchanged definitions are in it too, because Modeler starts what it finds here."""
    return {
        "links": [],
        "id": str(deployment.key),
        "name": deployment.name or None,
        "source": source,
        "tenantId": named(deployment.tenant_id),
        "deploymentTime": date_text(deployment.deployed_at),
        "deployedProcessDefinitions": {_id(item): _definition(item) for item in deployment.processes} or None,
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": {str(item.key): _decision(item) for item in deployment.decisions} or None,
        "deployedDecisionRequirementsDefinitions": None,
    }


def _id(item: ProcessDefinition) -> str:
    return f"{item.process_id}:{item.version}:{item.key}"


def _definition(item: ProcessDefinition) -> dict[str, Any]:
    return {
        "id": _id(item),
        "key": item.process_id,
        "category": None,
        "description": None,
        "name": item.name or None,
        "version": item.version,
        "resource": item.resource_name,
        "deploymentId": str(item.deployment_key),
        "diagram": None,
        "suspended": False,
        "tenantId": named(item.tenant_id),
        "versionTag": item.version_tag or None,
        "historyTimeToLive": item.history_days,
        "startableInTasklist": item.startable,
    }


def _decision(item: DecisionDefinition) -> dict[str, Any]:
    return {
        "id": str(item.key),
        "key": item.decision_id,
        "name": item.name or None,
        "version": item.version,
        "deploymentId": str(item.deployment_key),
        "tenantId": named(item.tenant_id),
    }


def instance_json(instance: Instance) -> dict[str, Any]:
    """ProcessInstanceDto."""
    return {
        "links": [],
        "id": str(instance.key),
        "definitionId": f"{instance.process_id}:{instance.version}:{instance.definition_key}",
        "definitionKey": instance.process_id,
        "businessKey": instance.business_key,
        "caseInstanceId": None,
        "ended": instance.state != "active",
        "suspended": False,
        "tenantId": named(instance.tenant_id),
    }


def date_text(at: datetime) -> str:
    """A time as Camunda 7 writes it."""
    # The pattern yyyy-MM-dd'T'HH:mm:ss.SSSZ: milliseconds, and an offset without a colon.
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}{at:%z}"
