"""Tenants: who belongs to them, and to whom rows belong. Versions and names are the tenant's own."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OWNED = ("deployments", "instances", "jobs", "incidents", "user_tasks", "subscriptions", "messages", "signals")
# Tables with versions, and what the versions are of. A decision's row refers to its requirements'.
VERSIONED = (
    ("process_definitions", "process_id"),
    ("decision_requirements", "requirements_id"),
    ("decision_definitions", "decision_id"),
    ("forms", "form_id"),
)
OF_A_TENANT = "tenant_id <> '<default>'"
INDEXES = (
    ("ix_instances_tenant_id", "instances", ["tenant_id", "key"], OF_A_TENANT, False),
    ("ix_jobs_tenant_id", "jobs", ["tenant_id", "key"], OF_A_TENANT, False),
    ("ix_incidents_tenant_id", "incidents", ["tenant_id", "key"], OF_A_TENANT, False),
    ("ix_user_tasks_tenant_id", "user_tasks", ["tenant_id", "state", "key"], OF_A_TENANT, False),
)
# Those that were there before, without the tenant.
UNIQUE = (
    (
        "uq_instances_start_correlation_key",
        "instances",
        ["process_id", "start_correlation_key"],
        "start_correlation_key IS NOT NULL",
        True,
    ),
    ("uq_messages_id", "messages", ["name", "correlation_key", "message_id"], "message_id <> ''", True),
)
_DECISIONS = "key, decision_id, version, name, version_tag, requirements_key, deployment_key"


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "tenant_members",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "member", "tenant_id", name=op.f("pk_tenant_members")),
    )
    op.add_column("api_tokens", sa.Column("tenants", sa.Text(), nullable=True))
    op.add_column("batches", sa.Column("tenants", sa.Text(), nullable=True))
    for table in OWNED:
        op.add_column(table, _tenant())
    _version()
    with op.batch_alter_table("start_subscriptions") as changed:
        changed.add_column(_tenant())
        changed.drop_constraint("pk_start_subscriptions", type_="primary")
        changed.create_primary_key("pk_start_subscriptions", ["kind", "name", "process_id", "element_id", "tenant_id"])
    for name, table, columns, where, _ in UNIQUE:
        op.drop_index(name, table)
        _index(name, table, ["tenant_id", *columns], where, unique=True)
    for name, table, columns, where, _ in INDEXES:
        _index(name, table, columns, where, unique=False)


def _version() -> None:
    """Versions count within a tenant. SQLite makes a table anew for that, and drops none to which rows refer."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute(f"CREATE TABLE kept_decisions AS SELECT {_DECISIONS} FROM decision_definitions")  # noqa: S608
        op.execute("DELETE FROM decision_definitions")
    for table, identity in VERSIONED:
        with op.batch_alter_table(table) as changed:
            changed.add_column(_tenant())
            changed.drop_constraint(f"uq_{table}_{identity}_version", type_="unique")
            changed.create_unique_constraint(
                f"uq_{table}_tenant_id_{identity}_version", ["tenant_id", identity, "version"]
            )
    if is_sqlite:
        op.execute(f"INSERT INTO decision_definitions ({_DECISIONS}) SELECT {_DECISIONS} FROM kept_decisions")  # noqa: S608
        op.execute("DROP TABLE kept_decisions")


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.Text(), server_default="<default>", nullable=False)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
