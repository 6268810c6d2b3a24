"""The table of seals; the trail itself stands in `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from engine.store.columns import Json
from engine.store.schema import key_column as _key
from engine.store.schema import metadata
from engine.store.schema import text_column as _text

audit_seals = Table(
    "audit_seals",
    metadata,
    _key("number"),
    Column("body", Text, nullable=False),
    _text("key_id"),
    _text("signature"),
    Column("trees", Json, nullable=False),  # per chain: size and peaks, from which the next seal goes on
    Column("heads", Json, nullable=False),  # per chain: the last record's hash
)
