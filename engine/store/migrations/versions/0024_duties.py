"""Who may not act where, what approvals bind, who is told of tasks that lie: beside the tasks that have duties."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_duties",
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("round_key", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("delegate", sa.Text()),
        sa.Column("approved", sa.Boolean()),
        sa.Column("binds", sa.Text()),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("nudges", sa.Integer(), server_default="0", nullable=False),
        sa.Column("escalated_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("task_key", name=op.f("pk_task_duties")),
    )
    for name in ("instance_key", "root_key", "round_key"):
        op.create_index(f"ix_task_duties_{name}", "task_duties", [name])
    told = sa.text("told_at IS NOT NULL")
    op.create_index("ix_task_duties_told_at", "task_duties", ["told_at"], sqlite_where=told, postgresql_where=told)
    op.create_table(
        "task_exclusions",
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task_key", "user_id", name=op.f("pk_task_exclusions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_task_exclusions_instance_key", "task_exclusions", ["instance_key"])
    op.create_table(
        "acts",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), server_default="", nullable=False),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_acts")),
    )
    op.create_index("ix_acts_root_key", "acts", ["root_key"])
    op.create_index("ix_acts_instance_key", "acts", ["instance_key"])
