"""What a plan was made from, so that it can be made again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""
    op.create_table(
        "plan_inputs",
        sa.Column("plan_seq", sa.Integer, sa.ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.String(40), nullable=False),
        sa.Column("made_with", sa.Text, nullable=False),
    )
    op.create_table(
        "input_files",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("input_files")
    op.drop_table("plan_inputs")
