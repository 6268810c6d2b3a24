"""Limits that hold on all nodes; indexes to claim what is new and what is to be tried again; timers held for firing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, list[str | sa.TextClause], str], ...] = (
    ("ix_jobs_new", "jobs", ["type", sa.text("priority DESC"), "key"], "state = 'created'"),
    ("ix_jobs_again", "jobs", ["type", "available_at"], "state IN ('activated', 'failed')"),
    ("ix_attempts_started", "attempts", ["model"], "state = 'started'"),
)


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("starts", sa.Float(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_limits")),
    )
    op.add_column("timers", sa.Column("held_until", sa.BigInteger(), server_default="0", nullable=False))
    for name, table, columns, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_column("timers", "held_until")
    op.drop_table("limits")
