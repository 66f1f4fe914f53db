"""The store's tables as they are at the newest migration; a contract test holds the two together."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from recobro_data.store.metadata import METADATA as METADATA
from recobro_data.store.schema_day import EVENT_INTAKE as EVENT_INTAKE
from recobro_data.store.schema_day import EVENTS as EVENTS
from recobro_data.store.schema_day import IDEMPOTENCY as IDEMPOTENCY
from recobro_data.store.schema_day import LEASES as LEASES
from recobro_data.store.schema_day import LIVE as LIVE
from recobro_data.store.schema_day import LIVE_PLANS as LIVE_PLANS
from recobro_data.store.schema_day import OPEN_CHARGES as OPEN_CHARGES
from recobro_data.store.schema_day import POSITIONS as POSITIONS
from recobro_data.store.schema_day import RESERVES as RESERVES

PLANS: Final = Table(
    "plans",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("plan_id", String(200), nullable=False, unique=True),
    Column("as_of", Date, nullable=False),
    Column("work_date", Date, nullable=False),
    # Instants are ISO text in UTC: SQLite has no type that keeps an offset.
    Column("created_at", String(40), nullable=False),
    Column("published_at", String(40), nullable=False),
    Column("policy", String(200), nullable=False),
    Column("risk_model", String(200)),
    Column("contact_model", String(200)),
    Column("effect_model", String(200)),
    Column("rules", String(200), nullable=False),
    Column("summary", Text, nullable=False),
    Column("n_items", Integer, nullable=False),
    Column("n_left_alone", Integer, nullable=False),
    Index("plans_by_work_date", "work_date", "seq"),
)

ITEMS: Final = Table(
    "items",
    METADATA,
    Column("plan_seq", Integer, ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("debtor_id", Text, nullable=False),
    Column("portfolio_id", Text, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("start_hour", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # The window in UTC, so that a claim finds what is lawful now whatever the debtors' offsets.
    Column("window_start_at", String(40)),
    Column("window_end_at", String(40)),
    UniqueConstraint("plan_seq", "debtor_id", name="items_one_a_debtor"),
    Index("items_by_portfolio", "plan_seq", "portfolio_id", "rank"),
)

#: Items as they are answered, so many ranks a row, a comma behind each; `bounds` is where each begins, as JSON.
ITEM_BLOCKS: Final = Table(
    "item_blocks",
    METADATA,
    Column("plan_seq", Integer, ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Null where its items differ in it.
    Column("portfolio_id", Text),
    Column("language", String(10)),
    # An item of another version's fields is told anew.
    Column("n_fields", Integer, nullable=False),
    Column("n_items", Integer, nullable=False),
    Column("bounds", Text, nullable=False),
    Column("body", Text, nullable=False),
)

LEFT_ALONE: Final = Table(
    "left_alone",
    METADATA,
    Column("plan_seq", Integer, ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
    # Their order in the plan: without an action there is no rank to page on.
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("debtor_id", Text, nullable=False),
    Column("portfolio_id", Text, nullable=False),
    Column("stage", String(20)),
    Column("because", String(40), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("plan_seq", "debtor_id", name="left_alone_one_a_debtor"),
    Index("left_alone_by_portfolio", "plan_seq", "portfolio_id", "position"),
)

SCORES: Final = Table(
    "scores",
    METADATA,
    Column("plan_seq", Integer, ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
    Column("debtor_id", Text, primary_key=True),
    Column("portfolio_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

PLAN_INPUTS: Final = Table(
    "plan_inputs",
    METADATA,
    Column("plan_seq", Integer, ForeignKey("plans.seq", ondelete="CASCADE"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("recorded_at", String(40), nullable=False),
    Column("made_with", Text, nullable=False),
)

#: Texts that plans were made from, each once, whatever its name and in however many plans.
INPUT_FILES: Final = Table(
    "input_files",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)

API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("key_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("portfolios", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("revoked_at", String(40)),
    Column("expires_at", String(40)),
    Column("rate_per_minute", Integer),
    # The secret before the last rotation, valid for a while beside the new one.
    Column("former_hash", String(64)),
    Column("former_until", String(40)),
)

WEBHOOKS: Final = Table(
    "webhooks",
    METADATA,
    Column("webhook_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Text, nullable=False),
    Column("portfolios", Text, nullable=False),
    # Signing needs the secret itself: no hash would do.
    Column("secret", String(100), nullable=False),
    Column("former_secret", String(100)),
    Column("former_until", String(40)),
    Column("created_at", String(40), nullable=False),
    Column("disabled_at", String(40)),
    Column("disabled_because", Text),
)

WEBHOOK_EVENTS: Final = Table(
    "webhook_events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("portfolio_id", Text),
    # So that a forgotten debtor leaves this table too.
    Column("debtor_id", Text),
    Column("occurred_at", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Index("webhook_events_by_debtor", "debtor_id"),
)

WEBHOOK_DELIVERIES: Final = Table(
    "webhook_deliveries",
    METADATA,
    Column("delivery_id", Integer, primary_key=True, autoincrement=True),
    Column("event_seq", Integer, ForeignKey("webhook_events.seq", ondelete="CASCADE"), nullable=False),
    Column("webhook_id", String(40), ForeignKey("webhooks.webhook_id", ondelete="CASCADE"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("n_attempts", Integer, nullable=False),
    Column("due_at", String(40), nullable=False),
    Column("attempted_at", String(40)),
    Column("answer", Integer),
    Column("error", Text),
    Index("webhook_deliveries_due", "status", "due_at"),
    Index("webhook_deliveries_by_webhook", "webhook_id", "delivery_id"),
    Index("webhook_deliveries_by_event", "event_seq"),
)

#: Triggers of migration 0003 refuse to change or delete its rows.
AUDIT_LOG: Final = Table(
    "audit_log",
    METADATA,
    # Given by the writer: the chain of hashes leaves no gaps.
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("who", String(200), nullable=False),
    Column("method", String(10), nullable=False),
    Column("route", String(200), nullable=False),
    Column("portfolios", Text, nullable=False),
    Column("subject", String(64)),
    Column("status", Integer, nullable=False),
    Column("n_rows", Integer, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
    Index("audit_log_by_time", "at"),
)

#: Random values that this store keeps to itself, made when first asked for.
STORE_SECRETS: Final = Table(
    "store_secrets",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

#: An empty `portfolio_id` is all of them together.
KPIS: Final = Table(
    "kpis",
    METADATA,
    Column("as_of", Date, primary_key=True),
    Column("portfolio_id", Text, primary_key=True),
    Column("data", String(200), nullable=False),
    Column("measured_at", String(40), nullable=False),
    Column("body", Text, nullable=False),
)
