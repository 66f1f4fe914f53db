"""Plans with their items, the debtors left alone and scores; API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision; written out, because the schema module moves on."""
    _create_plans()
    _create_items()
    _create_left_alone()
    _create_scores()
    _create_keys()


def downgrade() -> None:
    """Drops everything, in the order that the references allow."""
    for table in ("api_keys", "scores", "left_alone", "items", "plans"):
        op.drop_table(table)


def _plan_seq() -> sa.Column[int]:
    return sa.Column("plan_seq", sa.Integer, sa.ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True)


def _create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.String(200), nullable=False, unique=True),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("work_date", sa.Date, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("published_at", sa.String(40), nullable=False),
        sa.Column("policy", sa.String(200), nullable=False),
        sa.Column("risk_model", sa.String(200)),
        sa.Column("contact_model", sa.String(200)),
        sa.Column("effect_model", sa.String(200)),
        sa.Column("rules", sa.String(200), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("n_items", sa.Integer, nullable=False),
        sa.Column("n_left_alone", sa.Integer, nullable=False),
    )
    op.create_index("plans_by_work_date", "plans", ["work_date", "seq"])


def _create_items() -> None:
    op.create_table(
        "items",
        _plan_seq(),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("debtor_id", sa.Text, nullable=False),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("start_hour", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("plan_seq", "debtor_id", name="items_one_a_debtor"),
    )
    op.create_index("items_by_portfolio", "items", ["plan_seq", "portfolio_id", "rank"])


def _create_left_alone() -> None:
    op.create_table(
        "left_alone",
        _plan_seq(),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("debtor_id", sa.Text, nullable=False),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("stage", sa.String(20)),
        sa.Column("because", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("plan_seq", "debtor_id", name="left_alone_one_a_debtor"),
    )
    op.create_index("left_alone_by_portfolio", "left_alone", ["plan_seq", "portfolio_id", "position"])


def _create_scores() -> None:
    op.create_table(
        "scores",
        _plan_seq(),
        sa.Column("debtor_id", sa.Text, primary_key=True),
        sa.Column("portfolio_id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _create_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("portfolios", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("revoked_at", sa.String(40)),
    )
