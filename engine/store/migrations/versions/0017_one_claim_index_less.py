"""Contract: claims read two narrower indexes since 0006, so every job need no longer be written into this one, too.

Nodes from before 0006 go on without it: they sort what they claim.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_jobs_claimable", "jobs")
