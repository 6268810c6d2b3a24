"""People's verdicts on models' answers are kept as evidence, by what the answers were asked with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("fingerprint", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "judgements",
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), server_default="", nullable=False),
        sa.Column("element_id", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("is_in_scope", sa.Boolean(), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=False),
        sa.Column("judged_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("job_key", "number", name=op.f("pk_judgements")),
    )
    op.create_index(op.f("ix_judgements_instance_key"), "judgements", ["instance_key"], unique=False)
    place = ["process_id", "element_id", "model", "fingerprint", "judged_at"]
    op.create_index("ix_judgements_place", "judgements", place, unique=False)


def downgrade() -> None:
    op.drop_table("judgements")
    op.drop_column("attempts", "fingerprint")
