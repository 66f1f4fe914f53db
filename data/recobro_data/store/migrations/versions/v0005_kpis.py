"""What the nightly run measured, so that the API answers with the figures of the report."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table as it stood at this revision."""
    op.create_table(
        "kpis",
        sa.Column("as_of", sa.Date, primary_key=True),
        sa.Column("portfolio_id", sa.Text, primary_key=True),
        sa.Column("data", sa.String(200), nullable=False),
        sa.Column("measured_at", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("kpis")
