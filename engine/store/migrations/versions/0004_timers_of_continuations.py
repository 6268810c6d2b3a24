"""Timers let work go on that a diagram wants in a transaction of its own; the purpose tells them from drawn ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timers", sa.Column("purpose", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("timers", "purpose")
