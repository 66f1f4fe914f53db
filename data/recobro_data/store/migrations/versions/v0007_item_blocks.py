"""Items as they are answered, a hundred ranks a row. Plans published before have none and are read item by item."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table as it stood at this revision."""
    op.create_table(
        "item_blocks",
        sa.Column("plan_seq", sa.Integer, sa.ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("portfolio_id", sa.Text),
        sa.Column("language", sa.String(10)),
        sa.Column("n_fields", sa.Integer, nullable=False),
        sa.Column("n_items", sa.Integer, nullable=False),
        sa.Column("bounds", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Copied out whole on every reading: uncompressed costs the least. It tells of debtors: no statistics of it.
        op.execute("ALTER TABLE item_blocks ALTER COLUMN body SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE item_blocks ALTER COLUMN body SET STATISTICS 0")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("item_blocks")
