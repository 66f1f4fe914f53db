"""The store's tables of the day: events, what they change in the list, and claims."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from recobro_data.store.metadata import METADATA

#: Event numbers outgrow four bytes; SQLite counts up by itself only in a column of its own integer type.
_COUNTED: Final = BigInteger().with_variant(Integer, "sqlite")


def _plan_seq(autoincrement: bool | Literal["auto"] = "auto") -> Column[int]:
    reference = ForeignKey("plans.seq", ondelete="CASCADE")
    return Column("plan_seq", Integer, reference, primary_key=True, autoincrement=autoincrement)


#: What was accepted, in order of acceptance: each row holds all that was known of its key from then on.
EVENTS: Final = Table(
    "events",
    METADATA,
    Column("seq", _COUNTED, primary_key=True, autoincrement=True),
    Column("table_name", String(30), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("debtor_id", Text, nullable=False),
    Column("portfolio_id", Text, nullable=False),
    Column("row", Text, nullable=False),
    # The lake's row of that key when the first event of it came.
    Column("lake_row", Text),
    Column("item_id", String(200)),
    Column("key_id", String(200), nullable=False),
    Column("received_at", String(40), nullable=False),
    Index("events_by_key", "table_name", "row_key", "seq"),
    Index("events_by_debtor", "debtor_id", "seq"),
    # A number that was pruned must not come again: it would look as if the lake had it.
    sqlite_autoincrement=True,
)

#: One row: up to which event the lake has them all.
EVENT_INTAKE: Final = Table(
    "event_intake",
    METADATA,
    Column("intake", Integer, primary_key=True, autoincrement=False),
    Column("taken_seq", _COUNTED, nullable=False),
    Column("taken_at", String(40), nullable=False),
)

#: What each debtor of a plan owed by charge, so that an event can be held against it.
POSITIONS: Final = Table(
    "positions",
    METADATA,
    _plan_seq(),
    Column("debtor_id", Text, primary_key=True),
    Column("portfolio_id", Text, nullable=False),
    Column("body", Text, nullable=False),
)

OPEN_CHARGES: Final = Table(
    "open_charges",
    METADATA,
    _plan_seq(),
    Column("charge_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("debtor_id", Text, nullable=False),
    Index("open_charges_by_account", "plan_seq", "account_id"),
    Index("open_charges_by_debtor", "plan_seq", "debtor_id"),
)

#: One row a plan: which events its data had, its last rank and position, and a count of the changes since with the
#: instant of the last.
LIVE_PLANS: Final = Table(
    "live_plans",
    METADATA,
    _plan_seq(autoincrement=False),
    Column("through_seq", _COUNTED, nullable=False),
    Column("last_rank", Integer, nullable=False),
    Column("last_position", Integer, nullable=False),
    Column("n_changes", _COUNTED, nullable=False),
    Column("changed_at", String(40), nullable=False),
)

#: Debtors whose row of a plan events have changed. `because` is null while the debtor is on the worklist.
LIVE: Final = Table(
    "live",
    METADATA,
    _plan_seq(),
    Column("debtor_id", Text, primary_key=True),
    Column("portfolio_id", Text, nullable=False),
    # Of a debtor left alone the plan's last rank and the position: one who is promoted comes behind all items.
    Column("rank", Integer, nullable=False),
    Column("was_item", Boolean, nullable=False),
    Column("is_promoted", Boolean, nullable=False),
    Column("is_worked", Boolean, nullable=False),
    Column("channel", String(20)),
    Column("stage", String(20)),
    Column("start_hour", Integer),
    Column("window_start_at", String(40)),
    Column("window_end_at", String(40)),
    Column("because", String(40)),
    Column("body", Text, nullable=False),
    Column("changed_at", String(40), nullable=False),
    Index("live_by_rank", "plan_seq", "rank"),
    Index("live_by_change", "plan_seq", "changed_at"),
)

#: What capacity would be used for that comes free: debtors who wait for it, with their best option.
RESERVES: Final = Table(
    "reserves",
    METADATA,
    _plan_seq(),
    Column("debtor_id", Text, primary_key=True),
    Column("portfolio_id", Text, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("window_start_at", String(40), nullable=False),
    Column("window_end_at", String(40), nullable=False),
    Column("expected_value", Float, nullable=False),
    Index("reserves_by_value", "plan_seq", "channel", "expected_value"),
)

LEASES: Final = Table(
    "leases",
    METADATA,
    _plan_seq(),
    Column("debtor_id", Text, primary_key=True),
    Column("item_id", String(200), nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("key_id", String(200), nullable=False),
    Column("lease_until", String(40), nullable=False),
    Column("ended_at", String(40)),
    Index("leases_by_agent", "plan_seq", "agent_id"),
)

#: Answers kept by `Idempotency-Key`; they hold no id of anybody.
IDEMPOTENCY: Final = Table(
    "idempotency",
    METADATA,
    Column("key_id", String(200), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
    Index("idempotency_by_age", "created_at"),
)
