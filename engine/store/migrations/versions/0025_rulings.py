"""What policies said about a call of a model, beside the call."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("rulings", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("attempts", "rulings")
