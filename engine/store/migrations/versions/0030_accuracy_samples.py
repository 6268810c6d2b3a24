"""Accepted answers that were drawn by lot, for people to judge afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accuracy_samples",
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), server_default="", nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_accuracy_samples")),
    )
    op.create_index(op.f("ix_accuracy_samples_instance_key"), "accuracy_samples", ["instance_key"], unique=False)
    op.create_index(op.f("ix_accuracy_samples_agent_id"), "accuracy_samples", ["agent_id"], unique=False)


def downgrade() -> None:
    op.drop_table("accuracy_samples")
