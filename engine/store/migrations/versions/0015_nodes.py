"""Who works on this database, by signs of life; dead notifications are counted by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("skew_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )
    is_dead = sa.text("state = 'dead'")
    op.create_index(
        "ix_notifications_dead",
        "notifications",
        ["subscription_key"],
        unique=False,
        sqlite_where=is_dead,
        postgresql_where=is_dead,
    )
