"""The table of the processes that work on this database."""

from __future__ import annotations

from sqlalchemy import Column, Float, Table, Text

from engine.store.columns import Instant
from engine.store.schema import metadata, text_column

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),
    text_column("roles"),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("skew_seconds", Float, nullable=False),  # how far its clock is ahead of the database's
)
