"""The tables of what has been: values that variables had, decisions that were made, how long what is over is kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from engine.store.columns import Instant, Json, OptionalJson
from engine.store.schema import key_column as _key
from engine.store.schema import link_column as _link
from engine.store.schema import metadata, number_column
from engine.store.schema import text_column as _text

# A row for each value that was replaced, removed, or ended with its scope; the last values stand in `variables`.
variable_changes = Table(
    "variable_changes",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _link("scope_key"),
    _text("name"),
    Column("value", Json, nullable=False),
    Column("until", Instant, nullable=False),
)
decision_evaluations = Table(
    "decision_evaluations",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _link("element_key"),
    _text("element_id"),
    _text("process_id"),
    _text("decision_id"),
    Column("output", Json, nullable=False),
    Column("matched", Json, nullable=False),
    Column("evaluated_at", Instant, nullable=False),
    number_column("version"),
    Column("inputs", OptionalJson),
    Index("ix_decision_evaluations_decision_id", "decision_id", "key"),
)
# Set by an administrator; goes before what the diagram says. No days: for ever.
retentions = Table(
    "retentions",
    metadata,
    Column("process_id", Text, primary_key=True),
    Column("days", Integer),
    Column("set_at", Instant, nullable=False),
    _text("set_by"),
)
legal_holds = Table(
    "legal_holds",
    metadata,
    _key("instance_key"),
    _text("reason"),
    Column("held_at", Instant, nullable=False),
    _text("held_by"),
)
