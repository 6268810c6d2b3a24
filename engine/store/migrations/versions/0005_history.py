"""Variables are found by value, keep what they were, and what is over is kept as long as somebody says."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sort_key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("variables", sa.Column("sort_key", sort_key, nullable=True))
    op.create_index("ix_variables_sort_key", "variables", ["name", "sort_key", "instance_key"], unique=False)
    _partial("ix_variables_unsorted", "variables", ["instance_key"], "sort_key IS NULL")
    op.create_index(op.f("ix_comments_instance_key"), "comments", ["instance_key"], unique=False)
    _partial("ix_instances_root_key", "instances", ["root_key"], "parent_key IS NOT NULL")
    ended = "ended_at IS NOT NULL AND parent_key IS NULL"
    _partial("ix_instances_ended_at", "instances", ["definition_key", "ended_at"], ended)
    op.create_table(
        "variable_changes",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_variable_changes")),
    )
    op.create_index(op.f("ix_variable_changes_instance_key"), "variable_changes", ["instance_key"], unique=False)
    op.create_table(
        "decision_evaluations",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), server_default="", nullable=False),
        sa.Column("process_id", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_id", sa.Text(), server_default="", nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_evaluations")),
    )
    for name, columns in (("instance_key", ["instance_key"]), ("decision_id", ["decision_id", "key"])):
        op.create_index(f"ix_decision_evaluations_{name}", "decision_evaluations", columns, unique=False)
    op.create_table(
        "retentions",
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_retentions")),
    )
    op.create_table(
        "legal_holds",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("held_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("instance_key", name=op.f("pk_legal_holds")),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)
