"""The tables of batches: one thing done to many instances, item by item."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.states import BatchState, ItemState
from engine.store.columns import Instant, Json, OptionalJson
from engine.store.schema import key_column as _key
from engine.store.schema import metadata
from engine.store.schema import partial_index as _partial
from engine.store.schema import state_column as _state
from engine.store.schema import text_column as _text

OPEN_BATCHES = "state IN ('created', 'active')"
batches = Table(
    "batches",
    metadata,
    _key(),
    Column("operation", Json, nullable=False),
    Column("wanted", Json, nullable=False),  # the filter that its items were found by
    *_state(BatchState),
    Column("position", BigInteger, nullable=False),  # instances below this key have not been looked at yet
    _text("actor_id"),
    _text("actor_kind"),
    _text("reason"),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("tenants", OptionalJson),  # those that whoever made it may see; None: all
    _partial("ix_batches_open", "key", where=OPEN_BATCHES),
)
batch_items = Table(
    "batch_items",
    metadata,
    _key("batch_key"),
    _key("item_key"),
    Column("instance_key", BigInteger, nullable=False, index=True),
    *_state(ItemState),
    Column("error", Text),
    Column("ended_at", Instant),
    Index("ix_batch_items_state", "batch_key", "state"),
    _partial("ix_batch_items_waiting", "batch_key", "item_key", where="state = 'waiting'"),
)
