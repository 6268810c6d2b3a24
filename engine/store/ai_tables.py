"""The tables of what is known about models, and of who may call them: verdicts of people, stops, policies."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text

from engine.states import AgentState, AttemptState, PolicyState
from engine.store.columns import Instant, Json, OptionalJson
from engine.store.schema import key_column as _key
from engine.store.schema import metadata
from engine.store.schema import number_column as _number
from engine.store.schema import partial_index as _partial
from engine.store.schema import state_column as _state
from engine.store.schema import text_column as _text

judgements = Table(
    "judgements",
    metadata,
    _key("job_key"),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the attempt
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("process_id"),
    _text("element_id"),
    _text("model"),
    _text("fingerprint"),
    Column("confidence", Float, nullable=False),
    Column("is_right", Boolean, nullable=False),
    Column("is_in_scope", Boolean, nullable=False),
    Column("judged_at", Instant, nullable=False),
    _text("judged_by"),
    Column("weight", Float, nullable=False, server_default="1"),
    Index("ix_judgements_place", "process_id", "element_id", "model", "fingerprint", "judged_at"),
)
evaluation_cases = Table(
    "evaluation_cases",
    metadata,
    _key("job_key"),
    Column("number", Integer, nullable=False),  # of the attempt that was held before the person
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("process_id"),
    _text("agent_id"),
    _text("decision"),
    Column("expected", OptionalJson),
    Column("schema", OptionalJson),
    _text("examples"),  # the digest of a set
    Column("weight", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("decided_at", Instant, nullable=False),
    _text("decided_by"),
    Index("ix_evaluation_cases_agent", "agent_id", "decided_at"),
)
accuracy_samples = Table(
    "accuracy_samples",
    metadata,
    _key("job_key"),
    Column("number", Integer, nullable=False),  # of the attempt whose answer was accepted
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("agent_id", index=True),
    Column("share", Float, nullable=False),  # of the accepted answers that were drawn
    Column("drawn_at", Instant, nullable=False),
    Column("judged_at", Instant),
)
example_sets = Table(
    "example_sets",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("examples", Json, nullable=False),
)
evaluations = Table(
    "evaluations",
    metadata,
    _key("key"),
    _text("agent_id"),
    _text("model"),
    _text("said"),
    Column("cases", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    _text("started_by"),
    Column("ended_at", Instant),
    Column("report", OptionalJson),
    Index("ix_evaluations_agent", "agent_id", "started_at"),
)
evaluation_calls = Table(
    "evaluation_calls",
    metadata,
    _key("evaluation_key"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("job_key", BigInteger, nullable=False),  # of the case
    _text("model"),
    *_state(AttemptState),
    Column("started_at", Instant, nullable=False),
    Column("reserved", Text),  # a decimal number of US dollars
    Column("books", OptionalJson),  # what was reserved where: [book, billionths of a dollar]
    Column("cost", Text),
    Column("ended_at", Instant),
    _partial("ix_evaluation_calls_open", "started_at", where="state = 'started'"),
)
agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),  # the newest, which is the one in service
    *_state(AgentState),
    _text("reason"),
    Column("changed_at", Instant, nullable=False),
    _text("changed_by"),
    Column("withdrawn_at", Instant),  # the last time: stays when it comes back
)
agent_versions = Table(
    "agent_versions",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("card", Json, nullable=False),
    _text("digest"),
    Column("registered_at", Instant, nullable=False),
    _text("registered_by"),
)
ai_stops = Table(
    "ai_stops",
    metadata,
    Column("scope", Text, primary_key=True),  # engine.scopes
    Column("stopped", Boolean, nullable=False),
    _text("reason"),
    Column("stopped_at", Instant, nullable=False),  # the last time: stays when it is started again
    Column("changed_at", Instant, nullable=False),
    _text("changed_by"),
)
budgets = Table(
    "budgets",
    metadata,
    Column("scope", Text, primary_key=True),  # engine.scopes
    Column("period", Text, primary_key=True),
    _text("amount"),  # a decimal number of US dollars
    _text("then"),
    Column("set_at", Instant, nullable=False),
    _text("set_by"),
)
budget_books = Table(
    "budget_books",
    metadata,
    Column("name", Text, primary_key=True),  # of the period, its beginning and the scope
    _text("scope", index=True),
    Column("instance_key", BigInteger, nullable=False, index=True),  # 0: of no instance
    Column("reserved", BigInteger, nullable=False),  # billionths of a US dollar
    Column("spent", BigInteger, nullable=False),
)
autonomy_levels = Table(
    "autonomy_levels",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("element_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),  # "" for all
    _text("level"),
    _text("fingerprint"),  # what the evidence is of
    Column("least_confidence", Float),
    Column("target_error", Float),
    Column("baseline", OptionalJson),  # the confidences of the time when it was raised
    _number("windows"),  # of answers since then that were held against the baseline
    _text("reason"),
    Column("set_at", Instant, nullable=False),
    _text("set_by"),
)
policies = Table(
    "policies",
    metadata,
    Column("tenant_id", Text, primary_key=True),  # "" for one that holds for all
    Column("id", Text, primary_key=True),
    _text("in_service"),  # the version that counts
    *_state(PolicyState),
    _text("reason"),
    Column("changed_at", Instant, nullable=False),
    _text("changed_by"),
)
policy_versions = Table(
    "policy_versions",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("policy_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("document", Json, nullable=False),
    _text("digest", index=True),
    Column("registered_at", Instant, nullable=False),
    _text("registered_by"),
)
probes = Table(
    "probes",
    metadata,
    Column("job_key", BigInteger, primary_key=True, autoincrement=False),  # the job that looks
    Column("instance_key", BigInteger, nullable=False, index=True),
    Column("claimed_by", BigInteger, nullable=False),  # the job that is over
    Column("claim", Json, nullable=False),
    Column("inputs", Json, nullable=False),
    _number("number"),  # of looks, with this one
)
