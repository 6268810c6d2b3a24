"""Who may start a process, and how long its author wants to keep what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (("history_days", sa.Integer()), ("starter_groups", sa.Text()), ("starter_users", sa.Text()))


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("process_definitions", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in COLUMNS:
        op.drop_column("process_definitions", name)
