"""Work is found by type and tenant. Nodes of the release before find it by an older index until they are replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FRESH, TRIED = "state = 'created'", "state IN ('activated', 'failed')"
BEFORE = (
    ("ix_jobs_new", ["type", sa.text("priority DESC"), "key"], FRESH),
    ("ix_jobs_again", ["type", "available_at"], TRIED),
)
AFTER: tuple[tuple[str, list[str | sa.TextClause], str], ...] = (
    ("ix_jobs_fresh", ["type", "tenant_id", sa.text("priority DESC"), "key"], FRESH),
    ("ix_jobs_tried", ["type", "tenant_id", "available_at"], TRIED),
)


def upgrade() -> None:
    for name, _, _ in BEFORE:
        op.drop_index(name, "jobs")
    for name, columns, condition in AFTER:
        where = sa.text(condition)
        op.create_index(name, "jobs", columns, sqlite_where=where, postgresql_where=where)
