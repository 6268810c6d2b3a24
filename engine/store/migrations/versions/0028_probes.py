"""Outcome probes: what was claimed and is being looked at before its task counts as done."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probes",
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("job_key", name=op.f("pk_probes")),
    )
    op.create_index(op.f("ix_probes_instance_key"), "probes", ["instance_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_probes_instance_key"), "probes")
    op.drop_table("probes")
