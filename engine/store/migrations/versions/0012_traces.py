"""Which trace an instance was started under, and what made a job."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("instances", "jobs"):
        op.add_column(table, sa.Column("traceparent", sa.Text(), server_default="", nullable=False))
