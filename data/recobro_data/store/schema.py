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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()

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
    UniqueConstraint("plan_seq", "debtor_id", name="items_one_a_debtor"),
    Index("items_by_portfolio", "plan_seq", "portfolio_id", "rank"),
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
)
