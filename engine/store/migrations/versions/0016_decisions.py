"""Which version of a decision said what, and of which variables."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision_evaluations", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("decision_evaluations", sa.Column("inputs", sa.Text(), nullable=True))
