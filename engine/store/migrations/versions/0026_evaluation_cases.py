"""Verdicts of people are cases that other models and words can be held against, with the examples that were given."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_cases",
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), server_default="", nullable=False),
        sa.Column("agent_id", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("examples", sa.Text(), server_default="", nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_evaluation_cases")),
    )
    op.create_index(op.f("ix_evaluation_cases_instance_key"), "evaluation_cases", ["instance_key"], unique=False)
    op.create_index("ix_evaluation_cases_agent", "evaluation_cases", ["agent_id", "decided_at"], unique=False)
    op.create_table(
        "example_sets",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_example_sets")),
    )
    op.create_table(
        "evaluations",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_evaluations")),
    )
    op.create_index("ix_evaluations_agent", "evaluations", ["agent_id", "started_at"], unique=False)
    op.create_table(
        "evaluation_calls",
        sa.Column("evaluation_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.Text(), nullable=True),
        sa.Column("books", sa.Text(), nullable=True),
        sa.Column("cost", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('started', 'answered', 'failed', 'lost')", name=op.f("ck_evaluation_calls_state")
        ),
        sa.PrimaryKeyConstraint("evaluation_key", "number", name=op.f("pk_evaluation_calls")),
    )
    is_open = sa.text("state = 'started'")
    named = "ix_evaluation_calls_open"
    op.create_index(named, "evaluation_calls", ["started_at"], sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    op.drop_table("evaluation_calls")
    op.drop_table("evaluations")
    op.drop_table("example_sets")
    op.drop_table("evaluation_cases")
