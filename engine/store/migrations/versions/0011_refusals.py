"""How many attempts of a job the other side refused: each later one asks under an idempotency key of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
