"""Messages: telling waiting instances that something happened outside."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, OptionalName, TenantIn, Variables, shown
from api.rest.views.running import MessageView

messages = noun("messages", "Messages: telling waiting instances, or processes to start, that something happened.")

WEEK_SECONDS = 7 * 24 * 3600.0


class MessageBody(Body):
    """A message."""

    name: Name = Field(description="The message's name in the diagram.")
    correlation_key: OptionalName = Field(default="", description="Which instance is meant, such as an order's number.")
    variables: Variables = Field(default={})
    time_to_live_seconds: float = Field(
        default=0.0, ge=0, le=WEEK_SECONDS, description="How long it waits for somebody to listen."
    )
    message_id: OptionalName = Field(default="", description="A message with the same id is taken once while it lives.")
    business_key: Name | None = None
    tenant_id: TenantIn = ""


@messages.post("", responses={200: MessageView})
def publish(body: MessageBody) -> Response:
    """Publish a message: every process that waits for it gets it, once per process."""
    result = engine().publish_message(
        body.name,
        correlation_key=body.correlation_key,
        variables=body.variables,
        time_to_live_seconds=body.time_to_live_seconds,
        message_id=body.message_id,
        business_key=body.business_key,
        tenant_id=body.tenant_id,
        by=actor(),
    )
    return shown(MessageView, result)
