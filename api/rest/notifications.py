"""Notifications: who hears of which events, and what is on its way to them."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, OptionalName, PageQuery, PathKeys, done, page_of, shown
from api.rest.views.notifications import NewSubscriptionView, NotificationPage, SubscriptionList, SubscriptionView
from engine.queries import NotificationFilter
from engine.states import NotificationState

subscriptions = noun("subscriptions", "Who hears of which events, by webhook or mail.")
notifications = noun("notifications", "What is on its way to subscribers.")


class SubscriptionBody(Body):
    """Whom to tell of what."""

    kind: Literal["webhook", "mail"]
    target: str = Field(min_length=1, max_length=2000, description="A web address, or a mail address.")
    events: list[Name] = Field(min_length=1, max_length=100, description="Words of the audit trail: task-created ...")
    process_id: OptionalName = Field(default="", description="Only of instances of this process.")
    secret: OptionalName = Field(default="", description="What webhooks are signed with; made when left out.")


class ActiveBody(Body):
    """Whether it is told."""

    active: bool


class SubscriptionPath(PathKeys):
    """A subscription."""

    subscription_key: KeyIn


class NotificationPath(PathKeys):
    """A notification."""

    notification_key: KeyIn


class NotificationsQuery(PageQuery):
    """Which notifications."""

    state: NotificationState | None = None
    subscription_key: KeyIn | None = None
    instance_key: KeyIn | None = None


@subscriptions.post("", responses={201: NewSubscriptionView})
def subscribe(body: SubscriptionBody) -> Response:
    """Tell somebody of events from now on. The secret of a webhook is shown here and never again."""
    made = engine().subscribe(
        body.kind, body.target, body.events, process_id=body.process_id, secret=body.secret, by=actor()
    )
    return shown(NewSubscriptionView, made, 201)


@subscriptions.get("", responses={200: SubscriptionList})
def listing() -> Response:
    """Everybody who hears of something."""
    return shown(SubscriptionList, {"items": engine().queries.subscriptions()})


@subscriptions.patch("/<subscription_key>", responses={200: SubscriptionView})
def pause(path: SubscriptionPath, body: ActiveBody) -> Response:
    """Pause it or let it go on; what happened meanwhile is told then."""
    changed = engine().pause_subscription(path.subscription_key, paused=not body.active, by=actor())
    return shown(SubscriptionView, changed)


@subscriptions.delete("/<subscription_key>", responses={204: None})
def unsubscribe(path: SubscriptionPath) -> Response:
    """Tell it nothing more."""
    engine().unsubscribe(path.subscription_key, by=actor())
    return done()


@notifications.get("", responses={200: NotificationPage})
def sent(query: NotificationsQuery) -> Response:
    """Notifications, newest first."""
    wanted = NotificationFilter(query.state, query.subscription_key or 0, query.instance_key or 0)
    return shown(NotificationPage, engine().queries.notifications(wanted, page_of(query)))


@notifications.post("/<notification_key>/retry", responses={204: None})
def retry(path: NotificationPath) -> Response:
    """Try a dead one again."""
    engine().retry_notification(path.notification_key, by=actor())
    return done()
