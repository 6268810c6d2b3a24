"""What a confidence is made of and worth stands with its answer; a verdict on a sample counts for those like it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("evidence", sa.Text(), nullable=True))
    op.add_column("judgements", sa.Column("weight", sa.Float(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("judgements", "weight")
    op.drop_column("attempts", "evidence")
