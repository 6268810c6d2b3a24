"""Views of notifications."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.rest.shapes import Key, Moment, OptionalKey, View
from api.rest.views.fields import Next


class SubscriptionView(View):
    """Who hears of what."""

    key: Key
    kind: str = Field(description="webhook or mail.")
    target: str
    events: list[str]
    process_id: str
    active: bool
    created_at: Moment
    created_by: str


class NewSubscriptionView(SubscriptionView):
    """A subscription as it was made."""

    secret: str = Field(description="Verify signatures with it; it is never shown again.")


class SubscriptionList(View):
    """Every subscription."""

    items: list[SubscriptionView]


class NotificationView(View):
    """An event on its way."""

    key: Key
    subscription_key: Key
    event: str
    instance_key: OptionalKey
    body: Any
    state: str = Field(description="waiting, delivered or dead.")
    tries: int
    due_at: Moment
    error: str | None
    created_at: Moment
    ended_at: Moment | None


class NotificationPage(View):
    """A page of notifications."""

    items: list[NotificationView]
    next: Next = None
