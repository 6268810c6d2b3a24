"""The tables of people's duties. Only tasks whose diagram states duties have rows here; others cost nothing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from engine.store.columns import Instant, OptionalJson
from engine.store.schema import key_column as _key
from engine.store.schema import link_column as _link
from engine.store.schema import metadata
from engine.store.schema import number_column as _number
from engine.store.schema import partial_index as _partial
from engine.store.schema import text_column as _text

task_duties = Table(
    "task_duties",
    metadata,
    _key("task_key"),
    _link("instance_key"),
    _link("root_key"),
    _link("round_key"),  # the repetition that the task belongs to: a multi-instance's body, else its instance
    Column("owner", Text),  # for whom `delegate` acts, as long as the task is theirs
    Column("delegate", Text),
    Column("approved", Boolean),  # what was decided; None: nothing that counts as a decision
    Column("binds", OptionalJson),  # the SHA-256 of each variable that the approval is about
    Column("told_at", Instant),  # when somebody must be told next that it is still open
    _number("nudges"),
    Column("escalated_at", Instant),
    Index("ix_task_duties_instance_key", "instance_key"),
    Index("ix_task_duties_root_key", "root_key"),
    Index("ix_task_duties_round_key", "round_key"),
    _partial("ix_task_duties_told_at", "told_at", where="told_at IS NOT NULL"),
)
# Who may not do an open task, so that lists do not offer it to them.
task_exclusions = Table(
    "task_exclusions",
    metadata,
    _key("task_key"),
    Column("user_id", Text, primary_key=True),
    _link("instance_key"),
    Index("ix_task_exclusions_instance_key", "instance_key"),
    sqlite_with_rowid=False,
)
# What people did to a case beside completing its tasks.
acts = Table(
    "acts",
    metadata,
    _key(),
    Column("root_key", BigInteger, nullable=False),
    _link("instance_key"),
    _text("element_id"),
    _text("what"),  # engine.separation
    _text("actor_id"),
    Column("at", Instant, nullable=False),
    Index("ix_acts_root_key", "root_key"),
    Index("ix_acts_instance_key", "instance_key"),
)
