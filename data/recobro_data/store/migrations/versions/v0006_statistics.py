"""PostgreSQL keeps common values of every column in its statistics, where no forgetting reaches: not of these."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Columns that name a debtor or tell of one, by table; the planner finds rows by their keys without them.
_OF_DEBTORS = {
    "items": ("debtor_id", "body"),
    "left_alone": ("debtor_id", "body"),
    "scores": ("debtor_id", "body"),
    "events": ("debtor_id", "row_key", "row", "lake_row"),
    "positions": ("debtor_id", "body"),
    "open_charges": ("debtor_id", "charge_id", "account_id"),
    "live": ("debtor_id", "body"),
    "reserves": ("debtor_id",),
    "leases": ("debtor_id",),
    "webhook_events": ("debtor_id", "body"),
}


def upgrade() -> None:
    """Keeps no values of these columns in the statistics."""
    _set_statistics(0)


def downgrade() -> None:
    """Keeps as many as of other columns."""
    _set_statistics(-1)


def _set_statistics(target: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in _OF_DEBTORS.items():
        for column in columns:
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS {target}')
