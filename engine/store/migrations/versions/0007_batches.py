"""Batches: one thing done to many instances, item by item."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('created', 'active', 'suspended', 'completed', 'canceled', 'failed')",
            name=op.f("ck_batches_state"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batches")),
    )
    is_open = sa.text("state IN ('created', 'active')")
    op.create_index("ix_batches_open", "batches", ["key"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "batch_items",
        sa.Column("batch_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'completed', 'skipped', 'failed', 'canceled')", name=op.f("ck_batch_items_state")
        ),
        sa.PrimaryKeyConstraint("batch_key", "item_key", name=op.f("pk_batch_items")),
    )
    op.create_index(op.f("ix_batch_items_instance_key"), "batch_items", ["instance_key"], unique=False)
    op.create_index("ix_batch_items_state", "batch_items", ["batch_key", "state"], unique=False)
    waits = sa.text("state = 'waiting'")
    columns = ["batch_key", "item_key"]
    op.create_index("ix_batch_items_waiting", "batch_items", columns, sqlite_where=waits, postgresql_where=waits)
