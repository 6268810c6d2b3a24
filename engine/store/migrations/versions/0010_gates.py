"""Who may call which model: who asked for each call and how far its answer goes, and what is stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("agent_id", sa.Text(), server_default="", nullable=False))
    op.add_column("attempts", sa.Column("agent_version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("attempts", sa.Column("level", sa.Text(), server_default="", nullable=False))
    op.add_column("attempts", sa.Column("books", sa.Text(), nullable=True))
    op.create_index("ix_attempts_agent_id", "attempts", ["agent_id", "agent_version"], unique=False)
    op.create_table(
        "ai_stops",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_ai_stops")),
    )


def downgrade() -> None:
    op.drop_table("ai_stops")
    op.drop_index("ix_attempts_agent_id", "attempts")
    for column in ("agent_id", "agent_version", "level", "books"):
        op.drop_column("attempts", column)
