"""Every table, as SQLAlchemy Core knows it. A change here needs a migration; a test compares the two.

Open waits (jobs, timers, subscriptions, tasks, incidents, calls) are counted in the instance's row, so that a step
touches only the tables that hold something of the instance. Those of events stand in `event_tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.limits import LimitKind
from engine.states import AttemptState, IncidentState, InstanceState, JobState, TaskState
from engine.store import schema
from engine.store.ai_tables import judgements
from engine.store.audit_tables import audit_seals
from engine.store.batch_tables import batch_items, batches
from engine.store.columns import Instant, Json, OptionalJson, SortKey, State
from engine.store.duty_tables import acts, task_duties, task_exclusions
from engine.store.event_tables import (
    message_deliveries,
    messages,
    signal_deliveries,
    signals,
    start_subscriptions,
    subscriptions,
    timers,
)
from engine.store.history_tables import decision_evaluations, legal_holds, retentions, variable_changes
from engine.store.node_tables import nodes
from engine.store.notification_tables import notification_subscriptions, notifications
from engine.store.schema import key_column as _key
from engine.store.schema import link_column as _link
from engine.store.schema import number_column as _number
from engine.store.schema import owner_column as _owner
from engine.store.schema import partial_index as _partial
from engine.store.schema import state_column as _state
from engine.store.schema import tenant_column as _tenant
from engine.store.schema import tenant_index as _of_tenant
from engine.store.schema import text_column as _text
from engine.tenants import MemberKind

metadata = schema.metadata
EVENT_TABLES = (message_deliveries, messages, signal_deliveries, signals, start_subscriptions, subscriptions, timers)
BATCH_TABLES = (batches, batch_items)
AI_TABLES = (judgements,)
DUTY_TABLES = (acts, task_duties, task_exclusions)
AUDIT_TABLES = (audit_seals,)
NOTIFICATION_TABLES = (notifications, notification_subscriptions)
NODE_TABLES = (nodes,)
HISTORY_TABLES = (decision_evaluations, legal_holds, retentions, variable_changes)

# What was deployed.

deployments = Table(
    "deployments",
    metadata,
    _key(),
    _text("name"),
    _text("source"),
    Column("deployed_at", Instant, nullable=False),
    _text("deployed_by"),
    _tenant(),
)
resources = Table(
    "resources",
    metadata,
    _key(),
    _owner("deployment_key", "deployments.key", index=True),
    _text("name"),
    _text("digest"),
    Column("content", LargeBinary, nullable=False),
)
# Which definitions a deployment named, the unchanged ones of earlier deployments included (binding "deployment").
deployment_items = Table(
    "deployment_items",
    metadata,
    _key("deployment_key"),
    Column("kind", Text, primary_key=True),
    _key("definition_key"),
)
process_definitions = Table(
    "process_definitions",
    metadata,
    _key(),
    _text("process_id"),
    _number("version"),
    _text("name"),
    _text("version_tag"),
    _text("dialect"),
    Column("startable", Boolean, nullable=False),
    _text("digest"),
    _text("resource_name"),
    _owner("resource_key", "resources.key"),
    _owner("deployment_key", "deployments.key", index=True),
    Column("history_days", Integer),
    Column("starter_groups", OptionalJson),
    Column("starter_users", OptionalJson),
    _tenant(),
    UniqueConstraint("tenant_id", "process_id", "version"),
)
decision_requirements = Table(
    "decision_requirements",
    metadata,
    _key(),
    _text("requirements_id"),
    _number("version"),
    _text("name"),
    _text("digest"),
    _text("resource_name"),
    _owner("resource_key", "resources.key"),
    _owner("deployment_key", "deployments.key", index=True),
    _tenant(),
    UniqueConstraint("tenant_id", "requirements_id", "version"),
)
decision_definitions = Table(
    "decision_definitions",
    metadata,
    _key(),
    _text("decision_id"),
    _number("version"),
    _text("name"),
    _text("version_tag"),
    _owner("requirements_key", "decision_requirements.key", index=True),
    _owner("deployment_key", "deployments.key", index=True),
    _tenant(),
    UniqueConstraint("tenant_id", "decision_id", "version"),
)
forms = Table(
    "forms",
    metadata,
    _key(),
    _text("form_id"),
    _number("version"),
    _text("version_tag"),
    _text("digest"),
    _text("resource_name"),
    _owner("resource_key", "resources.key"),
    _owner("deployment_key", "deployments.key", index=True),
    _tenant(),
    UniqueConstraint("tenant_id", "form_id", "version"),
)
# What runs.

ENDED_ROOTS = "ended_at IS NOT NULL AND parent_key IS NULL"
instances = Table(
    "instances",
    metadata,
    _key(),
    _link("definition_key"),
    _text("process_id"),
    _number("version"),
    Column("business_key", Text),
    *_state(InstanceState),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _text("started_by"),
    Column("parent_key", BigInteger),
    Column("parent_element_key", BigInteger),
    _link("root_key"),
    _number("depth"),
    Column("start_correlation_key", Text),  # of the message that started it, while it runs: at most one per process id
    Column("frozen", LargeBinary),  # None once it has ended
    Column("suspended_at", Instant),
    _text("suspended_by"),
    _text("suspend_reason"),
    _number("open_jobs"),
    _number("open_timers"),
    _number("open_subscriptions"),
    _number("open_tasks"),
    _number("open_incidents"),
    _number("open_calls"),
    _number("row_version"),
    _text("traceparent"),  # what it was started under
    _tenant(),
    Index("ix_instances_process_id_state", "process_id", "state", "key"),
    Index("ix_instances_state", "state", "key"),
    _partial("ix_instances_parent_key", "parent_key", where="parent_key IS NOT NULL"),
    _partial("ix_instances_business_key", "business_key", where="business_key IS NOT NULL"),
    _partial("ix_instances_open_incidents", "key", where="open_incidents > 0"),
    _partial("ix_instances_root_key", "root_key", where="parent_key IS NOT NULL"),
    _partial("ix_instances_ended_at", "definition_key", "ended_at", where=ENDED_ROOTS),
    _partial(
        "uq_instances_start_correlation_key",
        "tenant_id",
        "process_id",
        "start_correlation_key",
        where="start_correlation_key IS NOT NULL",
        unique=True,
    ),
    _of_tenant("instances", "key"),
)
elements = Table(
    "elements",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _text("name"),
    _text("kind"),
    _text("state"),
    _link("scope_key"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
variables = Table(
    "variables",
    metadata,
    _key("instance_key"),
    _key("scope_key"),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("sort_key", SortKey),  # see engine.store.sort_keys; None where an older version wrote the row
    Index("ix_variables_sort_key", "name", "sort_key", "instance_key"),
    _partial("ix_variables_unsorted", "instance_key", where="sort_key IS NULL"),
    sqlite_with_rowid=False,
)
FRESH_WORK, TRIED_WORK = "state = 'created'", "state IN ('activated', 'failed')"
jobs = Table(
    "jobs",
    metadata,
    _key(),
    _link("instance_key"),
    _link("element_key"),
    _text("element_id"),
    _text("process_id"),
    _link("definition_key"),
    _text("dialect"),
    _text("type"),
    _text("kind"),
    _text("listener_event"),
    *_state(JobState),
    _number("retries"),
    _number("failures"),
    _number("claims"),
    _number("priority"),
    Column("headers", OptionalJson),
    Column("retry_intervals", OptionalJson),
    _text("worker"),
    Column("available_at", Instant, nullable=False),  # when it may be claimed: made, lease over, back-off over
    _text("error_code"),
    _text("error_message"),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _number("refusals"),  # how often the other side refused what a connector asked of it
    _text("traceparent"),  # what made it
    Column("timed_at", Instant, nullable=False, server_default="0"),  # when available_at was set last
    _tenant(),
    Index("ix_jobs_instance_key", "instance_key"),
    Index("ix_jobs_element_key", "element_key"),
    _partial("ix_jobs_fresh", "type", "tenant_id", text("priority DESC"), "key", where=FRESH_WORK),
    _partial("ix_jobs_tried", "type", "tenant_id", "available_at", where=TRIED_WORK),
    _of_tenant("jobs", "key"),
)
# How much of a kind of work may be done, on all nodes together.
limits = Table(
    "limits",
    metadata,
    Column("kind", State(LimitKind), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("per_minute", Integer),
    Column("at_once", Integer),
    Column("starts", Float, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _text("changed_by"),
)
calls = Table(
    "calls",
    metadata,
    _key("element_key"),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _text("process_id"),
    Column("binding", Json, nullable=False),
    Column("variables", OptionalJson),  # of older versions; evaluated anew instead
    Column("business_key", Text),
    Column("child_key", BigInteger),
    Column("created_at", Instant, nullable=False),
)
incidents = Table(
    "incidents",
    metadata,
    _key(),
    Column("instance_key", BigInteger, nullable=False, index=True),
    Column("element_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _text("process_id"),
    _link("definition_key"),
    _text("type"),
    _text("message"),
    Column("job_key", BigInteger),
    *_state(IncidentState),
    Column("created_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    _text("resolved_by"),
    _tenant(),
    Index("ix_incidents_state", "state", "key"),
    _of_tenant("incidents", "key"),
)
attempts = Table(
    "attempts",
    metadata,
    _key("job_key"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("element_id"),
    _text("model"),
    _text("ai_kind"),
    *_state(AttemptState),
    _text("worker"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("prompt", OptionalJson),
    Column("answer", Text),
    Column("output", OptionalJson),
    Column("faults", OptionalJson),
    Column("confidence", Float),
    Column("reserved", Text),  # a decimal number of US dollars
    Column("cost", Text),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    _partial("ix_attempts_started", "model", where="state = 'started'"),
    _text("fingerprint"),  # of prompt, schema and examples
    _text("agent_id"),
    _number("agent_version"),
    _text("level"),  # of autonomy, at the time of the call
    Column("books", OptionalJson),  # what was reserved where: [book, billionths of a dollar]
    Column("least_confidence", Float),  # with which its answer may pass, where evidence says so
    Column("rulings", OptionalJson),  # what policies said, but for consents
    Column("evidence", OptionalJson),  # what the confidence is made of, and what it is worth
    Index("ix_attempts_agent_id", "agent_id", "agent_version"),
)

# People's work.

NOT_TOLD = "state = 'created' AND due_at IS NOT NULL AND overdue_at IS NULL"
user_tasks = Table(
    "user_tasks",
    metadata,
    _key(),
    _link("instance_key"),
    _link("element_key"),
    _text("element_id"),
    _text("process_id"),
    _link("definition_key"),
    _text("kind"),  # task or review
    _text("name"),
    *_state(TaskState),
    Column("assignee", Text),
    Column("candidate_groups", OptionalJson),
    Column("candidate_users", OptionalJson),
    Column("due_at", Instant),
    Column("follow_up_at", Instant),
    _number("priority"),
    Column("form", OptionalJson),
    Column("headers", OptionalJson),
    Column("job_key", BigInteger),
    Column("review", OptionalJson),
    Column("decision", OptionalJson),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _text("ended_by"),
    _number("row_version"),
    Column("overdue_at", Instant),  # when the trail was told that it is overdue
    _tenant(),
    Index("ix_user_tasks_instance_key", "instance_key"),
    Index("ix_user_tasks_element_key", "element_key"),
    Index("ix_user_tasks_state", "state", "key"),
    _partial("ix_user_tasks_assignee", "assignee", "key", where="state = 'created'"),
    _partial("ix_user_tasks_not_told", "state", "due_at", where=NOT_TOLD),
    _partial("ix_user_tasks_due_at", "due_at", where="state = 'created' AND due_at IS NOT NULL"),
    _of_tenant("user_tasks", "state", "key"),
)
task_candidates = Table(
    "task_candidates",
    metadata,
    Column("kind", Text, primary_key=True),  # group or user
    Column("name", Text, primary_key=True),
    _key("task_key"),
    Index("ix_task_candidates_task_key", "task_key"),
    sqlite_with_rowid=False,
)
comments = Table(
    "comments",
    metadata,
    _key(),
    _owner("task_key", "user_tasks.key", index=True),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("author"),
    _text("text"),
    Column("created_at", Instant, nullable=False),
)

# The trail.

audit_heads = Table("audit_heads", metadata, _key("chain"), _link("seq"), _text("hash"))
audit_records = Table(
    "audit_records",
    metadata,
    _key("chain"),
    _key("seq"),
    Column("at", Instant, nullable=False),
    _text("verb"),
    _text("actor_id"),
    _text("actor_kind"),
    Column("instance_key", BigInteger, nullable=False, index=True),
    _text("payload_hash"),
    _text("prev_hash"),
    _text("hash"),
    Column("payload", Text),
    Index("ix_audit_records_at", "at"),
)

# The house.

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text, primary_key=True),
    _text("fingerprint"),
    _link("instance_key"),  # of version 0.1, which kept the instance instead of the answer; 0 since
    Column("created_at", Instant, nullable=False, index=True),
    Column("answer", OptionalJson),
)
# What expressions of all processes read as camunda.vars.
cluster_variables = Table(
    "cluster_variables",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
    _text("set_by"),
)
sequences = Table("sequences", metadata, Column("name", Text, primary_key=True), _link("value"))
users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("email"),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    _text("created_by"),
)
groups = Table("groups", metadata, Column("id", Text, primary_key=True), _text("name"))
memberships = Table(
    "memberships",
    metadata,
    _owner("user_id", "users.id", primary_key=True),
    _owner("group_id", "groups.id", primary_key=True, index=True),
)
user_roles = Table(
    "user_roles",
    metadata,
    _owner("user_id", "users.id", primary_key=True),
    Column("role", Text, primary_key=True),
)
api_tokens = Table(
    "api_tokens",
    metadata,
    _key(),
    _owner("user_id", "users.id", index=True),
    _text("name"),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("roles", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    _text("created_by"),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("tenants", OptionalJson),  # those of its user's that it is for; None: all of them
)
# Beside the default one, which is always there.
tenants = Table(
    "tenants",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    Column("created_at", Instant, nullable=False),
    _text("created_by"),
)
tenant_members = Table(
    "tenant_members",
    metadata,
    Column("kind", State(MemberKind), primary_key=True),
    Column("member", Text, primary_key=True),
    Column("tenant_id", Text, primary_key=True),
)
