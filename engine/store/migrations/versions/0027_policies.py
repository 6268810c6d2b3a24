"""Policies: their versions, which never change, and which of them is in service."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("in_service", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_policies_state")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policies")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("registered_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "policy_id", "version", name=op.f("pk_policy_versions")),
    )
    op.create_index("ix_policy_versions_digest", "policy_versions", ["digest"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_policy_versions_digest", "policy_versions")
    op.drop_table("policy_versions")
    op.drop_table("policies")
