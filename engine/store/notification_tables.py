"""The tables of notifications: who wants to hear of which events, and what is on its way to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from engine.states import NotificationState
from engine.store.columns import Instant, Json
from engine.store.schema import key_column as _key
from engine.store.schema import link_column as _link
from engine.store.schema import metadata, number_column
from engine.store.schema import partial_index as _partial
from engine.store.schema import state_column as _state
from engine.store.schema import text_column as _text

notification_subscriptions = Table(
    "notification_subscriptions",
    metadata,
    _key(),
    _text("kind"),  # webhook or mail
    _text("target"),
    _text("secret"),
    Column("events", Json, nullable=False),
    _text("process_id"),
    Column("active", Boolean, nullable=False),
    Column("positions", Json, nullable=False),  # per audit chain, the last record that was looked at
    Column("created_at", Instant, nullable=False),
    _text("created_by"),
)
notifications = Table(
    "notifications",
    metadata,
    _key(),
    _link("subscription_key"),
    _text("event"),
    Column("instance_key", BigInteger, nullable=False, index=True),
    Column("body", Json, nullable=False),
    *_state(NotificationState),
    number_column("tries"),
    Column("due_at", Instant, nullable=False),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _partial("ix_notifications_due_at", "due_at", where="state = 'waiting'"),
    _partial("ix_notifications_dead", "subscription_key", where="state = 'dead'"),
    Index("ix_notifications_subscription_key", "subscription_key", "key"),
)
