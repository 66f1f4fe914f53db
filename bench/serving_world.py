"""A plan of as many items as are asked for, made by rule, each as long as a real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import String, bindparam, cast, delete, func, insert, literal, select, update

from recobro_data.store import ITEM_FIELDS, PublishedPlan, Store
from recobro_data.store.blocks import insert_blocks
from recobro_data.store.dialects import renew_statistics, writing
from recobro_data.store.schema import ITEM_BLOCKS, ITEMS, PLANS
from recobro_models.explanation.catalogue import tell

DAY: Final = date(2026, 3, 2)
COPIED: Final = 10_000
PORTFOLIOS: Final = ("consumo", "servicios")
_CHANNELS: Final = ("call", "whatsapp", "sms", "email")
_STAGES: Final = ("early", "mid", "late", "very_late")
_VERSIONS: Final = {
    "policy": "expected-value-1", "risk_model": "recobro-risk/1", "contact_model": "recobro-contact-times/1",
    "effect_model": "recobro-contact-effect/1", "rules": "rules-c6ea08114e4f",
}  # fmt: skip


def publish(store: Store, n_items: int) -> str:
    """Publishes the plan and gives a key that reads it.

    Up to `COPIED` items are published as a planner would; of more, those are copied inside the store.
    """
    n_published = min(n_items, COPIED)
    store.publish_plan(
        PublishedPlan(
            plan_id="bench", as_of=DAY, work_date=DAY, created_at=datetime.now(UTC), summary={},
            items=(build_item(rank) for rank in range(1, n_published + 1)), tell=tell, **_VERSIONS,
        )
    )  # fmt: skip
    if n_items > n_published:
        _copy(store, n_items)
    return store.add_key("bench", ["read"], ["*"])


def debtor_id_of(rank: int) -> str:
    """The debtor of that rank."""
    copy, base = divmod(rank - 1, COPIED)
    return f"D{base + 1:07d}" + (f"-{copy}" if copy else "")


def _copy(store: Store, n_items: int) -> None:
    """Every published item again under other ranks and ids, until there are as many as are asked for."""
    changed = {
        "rank": ITEMS.c.rank + bindparam("shift"),
        "debtor_id": ITEMS.c.debtor_id + bindparam("mark"),
        "body": func.replace(
            func.replace(ITEMS.c.body, ITEMS.c.debtor_id, ITEMS.c.debtor_id + bindparam("mark")),
            literal('"rank":') + cast(ITEMS.c.rank, String) + literal(","),
            literal('"rank":') + cast(ITEMS.c.rank + bindparam("shift"), String) + literal(","),
        ),
    }
    rows = select(*(changed.get(column.name, column) for column in ITEMS.columns))
    rows = rows.where(ITEMS.c.rank <= COPIED, ITEMS.c.rank <= n_items - bindparam("shift"))
    copying = insert(ITEMS).from_select([column.name for column in ITEMS.columns], rows)
    with writing(store._engine).begin() as connection:
        for copy in range(1, -(-n_items // COPIED)):
            connection.execute(copying, {"shift": copy * COPIED, "mark": f"-{copy}"})
        connection.execute(update(PLANS).values(n_items=n_items))
        connection.execute(delete(ITEM_BLOCKS))
        insert_blocks(connection, connection.execute(select(PLANS.c.seq)).scalar_one())
        renew_statistics(connection, ITEMS.name, ITEM_BLOCKS.name)


def build_item(rank: int) -> dict[str, Any]:
    """The item of that rank, with five reasons and three alternatives."""
    channel, hour = _CHANNELS[rank % 4], 8 + rank % 10
    return {**dict.fromkeys(ITEM_FIELDS),
        "item_id": f"{rank:020x}", "plan_id": "bench", "work_date": DAY, "portfolio_id": PORTFOLIOS[rank % 2],
        "rank": rank, "debtor_id": f"D{rank:07d}", "currency": "PEN", "days_past_due": rank % 400,
        "balance_due": 2067.18 + rank % 977, "amount_to_collect": 1033.59 + rank % 977, "stage": _STAGES[rank % 4],
        "channel": channel, "p_unpaid": 0.460442, "risk_band": "D", "p_reach": 0.492512, "p_pay": 0.671945,
        "p_pay_no_action": 0.574818, "expected_recovery": 96.83, "cost": 0.03, "expected_value": 96.8,
        "reasons": list(_reasons(rank, channel)), "alternatives": [_option(channel, hour + n) for n in (1, 2, 3)],
        "arm": "best", "propensity": 0.940161, "language": "es", **_VERSIONS,
        **{name: value for name, value in _option(channel, hour).items() if name.startswith("window")},
    }  # fmt: skip


def _option(channel: str, hour: int) -> dict[str, Any]:
    start, end = (f"2026-03-02T{each:02d}:00:00-05:00" for each in (hour, hour + 1))
    return {"channel": channel, "window_start": start, "window_end": end, "expected_value": 96.8}


def _reasons(rank: int, channel: str) -> Iterator[dict[str, Any]]:
    days = rank % 400
    for code, numbers in (
        ("owes_overdue", {"n_overdue": 1, "overdue_amount": 1034.0 + rank % 977, "currency": "PEN"}),
        ("punctual", {"n_of_last6": 6, "n_late5_of_last6": rank % 6}),
        ("past_due", {"oldest_days_past_due": days}),
        ("contact_adds", {"p_no_action_percent": 57.5, "p_action_percent": 67.2}),
        ("limiting_lawful_hours", {"channel": channel, "first_hour": 8, "last_hour": 20}),
    ):
        yield {"code": code, "value": days, "contribution": -0.4742, "numbers": numbers}
