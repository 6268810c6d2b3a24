"""When the end of a lease or pause was set, so that what a clock ahead of its time set is known."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("timed_at", sa.BigInteger(), server_default="0", nullable=False))
