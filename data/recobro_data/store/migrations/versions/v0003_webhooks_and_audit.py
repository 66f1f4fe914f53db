"""Webhooks with their deliveries, the audit log, and what keys carry."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables as they stood at this revision."""
    _widen_keys()
    _create_webhooks()
    _create_deliveries()
    _create_audit_log()
    for statement in _APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)
    op.create_table(
        "store_secrets",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    """Drops them, in the order that the references allow."""
    for table in ("store_secrets", "audit_log", "webhook_deliveries", "webhook_events", "webhooks"):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_refuse()")
    for column in ("former_until", "former_hash", "rate_per_minute", "expires_at"):
        op.drop_column("api_keys", column)


def _widen_keys() -> None:
    op.add_column("api_keys", sa.Column("expires_at", sa.String(40)))
    op.add_column("api_keys", sa.Column("rate_per_minute", sa.Integer))
    op.add_column("api_keys", sa.Column("former_hash", sa.String(64)))
    op.add_column("api_keys", sa.Column("former_until", sa.String(40)))


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.String(40), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("portfolios", sa.Text, nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("former_secret", sa.String(100)),
        sa.Column("former_until", sa.String(40)),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("disabled_at", sa.String(40)),
        sa.Column("disabled_because", sa.Text),
    )


def _create_deliveries() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(40), nullable=False, unique=True),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("portfolio_id", sa.Text),
        sa.Column("debtor_id", sa.Text),
        sa.Column("occurred_at", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Index("webhook_events_by_debtor", "debtor_id"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("delivery_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("event_seq", sa.Integer, sa.ForeignKey("webhook_events.seq", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "webhook_id", sa.String(40), sa.ForeignKey("webhooks.webhook_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("n_attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.String(40), nullable=False),
        sa.Column("attempted_at", sa.String(40)),
        sa.Column("answer", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Index("webhook_deliveries_due", "status", "due_at"),
        sa.Index("webhook_deliveries_by_webhook", "webhook_id", "delivery_id"),
        sa.Index("webhook_deliveries_by_event", "event_seq"),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("portfolios", sa.Text, nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("n_rows", sa.Integer, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Index("audit_log_by_time", "at"),
    )


#: What makes the audit log append-only, by database.
_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_log_no_{what} BEFORE {what} ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'audit_log takes no change: it is append-only'); END"
        for what in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_log takes no change: it is append-only'; END $$",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()",
    ),
}
