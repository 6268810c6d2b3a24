"""Messages as Camunda 8's clients send them, and who waits for some (c8-rest.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from pydantic import Field

from api.camunda8.asked import searched
from api.camunda8.decisions import camunda8
from api.camunda8.moments import shown
from api.camunda8.routes import read_body, tenant_of
from api.camunda8.searching import Property, key, moment, number, text, word
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import Name, OptionalName, Variables
from engine.store.finds_running import SUBSCRIPTIONS, FoundSubscription

__all__ = ["camunda8"]

Json = Any
_IS_WAITING: Mapping[str, tuple[bool, ...]] = {"CREATED": (True,), "CORRELATED": (), "DELETED": (), "MIGRATED": ()}
_IS_WITHIN: Mapping[str, tuple[bool, ...]] = {"PROCESS_EVENT": (True,), "START_EVENT": ()}

FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "messageSubscriptionKey": Property("key", key, sorts=True),
    "processDefinitionKey": Property("definition_key", key),
    "processDefinitionId": Property("process_id", text, sorts=True),
    "processDefinitionName": Property("process_name", text, sorts=True),
    "processDefinitionVersion": Property("version", number, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
    "elementId": Property("element_id", text, sorts=True),
    "elementInstanceKey": Property("element_key", key, sorts=True),
    "messageName": Property("name", text, sorts=True),
    "correlationKey": Property("correlation_key", text, sorts=True),
    "lastUpdatedDate": Property("created_at", moment, sorts=True),
    "messageSubscriptionState": Property("is_waiting", word(_IS_WAITING), sorts=True),
    "messageSubscriptionType": Property("is_waiting", word(_IS_WITHIN), sorts=True),
}


class CorrelationBody(Camunda8Body):
    """MessageCorrelationRequest."""

    name: OptionalName = ""
    correlation_key: OptionalName = ""
    variables: Variables = Field(default={})
    tenant_id: str | None = Field(default=None, max_length=255)
    business_id: Name | None = None


class PublicationBody(CorrelationBody):
    """MessagePublicationRequest."""

    time_to_live: LongIn = Field(default=0, ge=0)
    message_id: OptionalName = ""


@camunda8.post("/messages/publication")
def publish_message() -> Response:
    """Publish a message: to whom waits now, and to others while its time to live lasts."""
    body = _checked(read_body(PublicationBody))
    tenant_id = tenant_of(body.tenant_id)
    result = engine().publish_message(
        body.name,
        correlation_key=body.correlation_key,
        variables=body.variables,
        time_to_live_seconds=body.time_to_live / 1000,
        message_id=body.message_id,
        business_key=body.business_id,
        tenant_id=tenant_id,
        by=actor(),
    )
    return jsonify(tenantId=tenant_id, messageKey=str(result.key))


@camunda8.post("/messages/correlation")
def correlate_message() -> Response:
    """Publish a message to whom waits now; nobody who waits is an error."""
    body = _checked(read_body(CorrelationBody))
    tenant_id = tenant_of(body.tenant_id)
    result = engine().publish_message(
        body.name,
        correlation_key=body.correlation_key,
        variables=body.variables,
        business_key=body.business_id,
        tenant_id=tenant_id,
        by=actor(),
    )
    reached = (*result.started, *result.correlated)
    if not reached:
        said = f"with name '{body.name}' and correlation key '{body.correlation_key}', but there was none"
        raise Problem(
            404,
            "not-found",
            f"Command 'CORRELATE' rejected with code 'NOT_FOUND': Expected to find subscription for message {said}",
        )
    return jsonify(tenantId=tenant_id, messageKey=str(result.key), processInstanceKey=str(reached[0]))


@camunda8.post("/message-subscriptions/search")
def search_subscriptions() -> Response:
    """Who waits for messages, by any of their facts."""
    return searched(SUBSCRIPTIONS, FILTER, _shown)


def _checked(body: Any) -> Any:
    if not body.name:
        raise Problem(400, "invalid-input", "No name provided.")
    return body


def _shown(found: Sequence[FoundSubscription]) -> list[dict[str, Json]]:
    return [_json(one) for one in found]


def _json(found: FoundSubscription) -> dict[str, Json]:
    """MessageSubscriptionResult. Whoever does not wait any more is not kept."""
    one = found.subscription
    return {
        "messageSubscriptionKey": str(one.key),
        "messageSubscriptionState": "CREATED",
        "messageSubscriptionType": "PROCESS_EVENT",
        "messageName": one.name,
        "correlationKey": one.correlation_key,
        "lastUpdatedDate": shown(one.created_at),
        "elementId": one.element_id,
        "elementInstanceKey": str(one.element_key),
        "processInstanceKey": str(one.instance_key),
        "rootProcessInstanceKey": str(found.root_key),
        "processDefinitionId": one.process_id,
        "processDefinitionKey": str(found.definition_key),
        "processDefinitionName": found.process_name or None,
        "processDefinitionVersion": found.version,
        "toolProperties": {},
        "toolName": None,
        "inboundConnectorType": None,
        "tenantId": one.tenant_id,
    }
