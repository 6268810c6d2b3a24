"""The tables of what is waited for and what comes from outside: timers, subscriptions, messages, signals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from engine.states import Awaited
from engine.store.columns import Instant, Json, State
from engine.store.schema import key_column as _key
from engine.store.schema import link_column as _link
from engine.store.schema import metadata
from engine.store.schema import number_column as _number
from engine.store.schema import partial_index as _partial
from engine.store.schema import tenant_column as _tenant
from engine.store.schema import text_column as _text

# What starts a process; only the latest version is started.
start_subscriptions = Table(
    "start_subscriptions",
    metadata,
    Column("kind", State(Awaited), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("element_id", Text, primary_key=True),
    _link("definition_key"),
    _tenant(primary_key=True),
)
timers = Table(
    "timers",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    Column("element_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _link("definition_key"),  # of the process that it starts; 0 for one that an instance waits for
    Column("due_at", Instant, nullable=False, index=True),
    _number("repetitions"),
    Column("created_at", Instant, nullable=False),
    _text("reason"),  # what failed, when this is a pause before another try
    _text("purpose"),  # TimerPurpose
    Column("held_until", Instant, nullable=False, server_default="0"),  # a scheduler is about to fire it
    _partial("ix_timers_definition_key", "definition_key", where="definition_key > 0"),
)
subscriptions = Table(
    "subscriptions",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    Column("element_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _text("process_id"),
    Column("kind", State(Awaited), nullable=False),
    _text("name"),
    Column("correlation_key", Text),
    Column("interrupting", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    _tenant(),
    Index("ix_subscriptions_name_correlation_key", "name", "correlation_key"),
)
# A signal is on its way while somebody who is to get it has not: one delivery for each, made when it was sent.
signals = Table(
    "signals",
    metadata,
    _key(),
    _text("name"),
    Column("variables", Json, nullable=False),
    Column("business_key", Text),
    Column("sent_at", Instant, nullable=False),
    _text("sent_by"),
    _tenant(),
)
signal_deliveries = Table(
    "signal_deliveries",
    metadata,
    _key("signal_key"),
    _key("subscription_key"),  # 0 for a process that it starts
    _key("definition_key"),
    Column("element_id", Text, primary_key=True),
    _link("instance_key"),
    Column("due_at", Instant, nullable=False, index=True),
)
messages = Table(
    "messages",
    metadata,
    _key(),
    _text("name"),
    _text("correlation_key"),
    _text("message_id"),
    Column("business_key", Text),
    Column("variables", Json, nullable=False),
    Column("published_at", Instant, nullable=False),
    _text("published_by"),
    Column("expires_at", Instant, nullable=False, index=True),
    _tenant(),
    Index("ix_messages_name_correlation_key", "name", "correlation_key"),
    _partial(
        "uq_messages_id", "tenant_id", "name", "correlation_key", "message_id", where="message_id <> ''", unique=True
    ),
)
# A buffered message reaches each process id once.
message_deliveries = Table(
    "message_deliveries",
    metadata,
    _key("message_key"),
    Column("process_id", Text, primary_key=True),
    _link("instance_key"),
)
