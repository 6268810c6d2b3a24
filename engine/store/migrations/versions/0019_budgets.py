"""Budgets of AI with their books, and how far agents' answers may go by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("least_confidence", sa.Float(), nullable=True))
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), server_default="", nullable=False),
        sa.Column("then", sa.Text(), server_default="", nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("scope", "period", name=op.f("pk_budgets")),
    )
    op.create_table(
        "budget_books",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budget_books")),
    )
    op.create_index(op.f("ix_budget_books_instance_key"), "budget_books", ["instance_key"], unique=False)
    op.create_index(op.f("ix_budget_books_scope"), "budget_books", ["scope"], unique=False)
    op.create_table(
        "autonomy_levels",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("least_confidence", sa.Float(), nullable=True),
        sa.Column("target_error", sa.Float(), nullable=True),
        sa.Column("baseline", sa.Text(), nullable=True),
        sa.Column("windows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "process_id", "element_id", "model", name=op.f("pk_autonomy_levels")),
    )


def downgrade() -> None:
    op.drop_table("autonomy_levels")
    op.drop_table("budget_books")
    op.drop_table("budgets")
    op.drop_column("attempts", "least_confidence")
