"""Events as they happen, what they change in the day's list, and claims."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""
    for column in ("window_start_at", "window_end_at"):
        op.add_column("items", sa.Column(column, sa.String(40)))
    _create_events()
    _create_positions()
    _create_live()
    _create_claims()


def downgrade() -> None:
    """Drops them."""
    for table in (
        *("idempotency", "leases", "reserves", "live", "live_plans"),
        *("open_charges", "positions", "event_intake", "events"),
    ):
        op.drop_table(table)
    for column in ("window_end_at", "window_start_at"):
        op.drop_column("items", column)


def _plan_seq(*, autoincrement: bool = True) -> "sa.Column[int]":
    reference = sa.ForeignKey("plans.seq", ondelete="CASCADE")
    if not autoincrement:
        return sa.Column("plan_seq", sa.Integer, reference, primary_key=True, autoincrement=False)
    return sa.Column("plan_seq", sa.Integer, reference, primary_key=True)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("table_name", sa.String(30), nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("debtor_id", sa.Text, nullable=False),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("lake_row", sa.Text),
        sa.Column("item_id", sa.String(200)),
        sa.Column("key_id", sa.String(200), nullable=False),
        sa.Column("received_at", sa.String(40), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_key", "events", ["table_name", "row_key", "seq"])
    op.create_index("events_by_debtor", "events", ["debtor_id", "seq"])
    op.create_table(
        "event_intake",
        sa.Column("intake", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("taken_seq", _COUNTED, nullable=False),
        sa.Column("taken_at", sa.String(40), nullable=False),
    )


def _create_positions() -> None:
    op.create_table(
        "positions",
        _plan_seq(),
        sa.Column("debtor_id", sa.Text, primary_key=True),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "open_charges",
        _plan_seq(),
        sa.Column("charge_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("debtor_id", sa.Text, nullable=False),
    )
    op.create_index("open_charges_by_account", "open_charges", ["plan_seq", "account_id"])
    op.create_index("open_charges_by_debtor", "open_charges", ["plan_seq", "debtor_id"])


def _create_live() -> None:
    op.create_table(
        "live_plans",
        _plan_seq(autoincrement=False),
        sa.Column("through_seq", _COUNTED, nullable=False),
        sa.Column("last_rank", sa.Integer, nullable=False),
        sa.Column("last_position", sa.Integer, nullable=False),
        sa.Column("n_changes", _COUNTED, nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
    )
    op.execute(
        "INSERT INTO live_plans (plan_seq, through_seq, last_rank, last_position, n_changes, changed_at)"
        " SELECT seq, 0, n_items, n_left_alone, 0, published_at FROM plans"
    )
    op.create_table(
        "live",
        _plan_seq(),
        sa.Column("debtor_id", sa.Text, primary_key=True),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("was_item", "is_promoted", "is_worked")),
        sa.Column("channel", sa.String(20)),
        sa.Column("stage", sa.String(20)),
        sa.Column("start_hour", sa.Integer),
        sa.Column("window_start_at", sa.String(40)),
        sa.Column("window_end_at", sa.String(40)),
        sa.Column("because", sa.String(40)),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
    )
    op.create_index("live_by_rank", "live", ["plan_seq", "rank"])
    op.create_index("live_by_change", "live", ["plan_seq", "changed_at"])


def _create_claims() -> None:
    op.create_table(
        "reserves",
        _plan_seq(),
        sa.Column("debtor_id", sa.Text, primary_key=True),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("window_start_at", sa.String(40), nullable=False),
        sa.Column("window_end_at", sa.String(40), nullable=False),
        sa.Column("expected_value", sa.Float, nullable=False),
    )
    op.create_index("reserves_by_value", "reserves", ["plan_seq", "channel", "expected_value"])
    op.create_table(
        "leases",
        _plan_seq(),
        sa.Column("debtor_id", sa.Text, primary_key=True),
        sa.Column("item_id", sa.String(200), nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.String(200), nullable=False),
        sa.Column("lease_until", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.String(40)),
    )
    op.create_index("leases_by_agent", "leases", ["plan_seq", "agent_id"])
    op.create_table(
        "idempotency",
        sa.Column("key_id", sa.String(200), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
    )
    op.create_index("idempotency_by_age", "idempotency", ["created_at"])
