"""Plans as a planner would hand them over, small and made by rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recobro_data.store import ITEM_FIELDS, PublishedPlan

PORTFOLIOS = ("north", "south")
CHANNELS = ("call", "whatsapp", "email")
STAGES = ("early", "mid", "late")
VERSIONS = {"policy": "expected-value-1", "risk_model": "risk-1", "contact_model": "contact-1"}
VERSIONS |= {"effect_model": "effect-1", "rules": "rules-1"}

OFFER = {"id": "now", "kind": "discount", "terms": {"discount": 0.1}, "expected_value": 5.0, "basis": "assumed"}
REASONS = [{"code": "past_due", "value": 40, "contribution": 0.8, "numbers": {"oldest_days_past_due": 40}}]


def build_item(rank: int, plan_id: str = "p1", **changed: Any) -> dict[str, Any]:
    hour = 8 + rank % 10
    start, end = (f"2026-03-02T{hour + more:02d}:00:00-05:00" for more in (0, 1))
    item = {
        **dict.fromkeys(ITEM_FIELDS),
        "item_id": f"{plan_id}-{rank}",
        "plan_id": plan_id,
        "work_date": "2026-03-02",
        "portfolio_id": PORTFOLIOS[rank % 2],
        "rank": rank,
        "debtor_id": f"d{rank}",
        "currency": "PEN",
        "days_past_due": rank - 3,
        "balance_due": 100.0 * rank,
        "amount_to_collect": 90.0 * rank,
        "stage": STAGES[rank % 3],
        "channel": CHANNELS[rank % 3],
        "window_start": start,
        "window_end": end,
        "p_unpaid": 0.4,
        "risk_band": "C",
        "p_reach": 0.2,
        "p_pay": 0.5,
        "p_pay_no_action": 0.4,
        "expected_recovery": 9.0,
        "cost": 0.3,
        "expected_value": 8.7,
        "reasons": REASONS,
        "alternatives": [{"channel": "email", "window_start": start, "window_end": end, "expected_value": 1.0}],
        "arm": "best",
        "propensity": 0.95,
        **VERSIONS,
        "template": "standard.call.mid.plain.es",
        "message": "Hola, {{name}}.",
        "promise_on": "2026-03-13",
        "offer": OFFER,
        "agent_id": "agent-1",
        "language": "es",
    }
    return item | changed


def build_left_alone(number: int, plan_id: str = "p1", **changed: Any) -> dict[str, Any]:
    kept = ("plan_id", "work_date", "portfolio_id", "currency", "days_past_due", "balance_due", "stage", "p_unpaid")
    item = build_item(number, plan_id)
    row = {name: item[name] if name in (*kept, *VERSIONS, "language", "risk_band") else None for name in ITEM_FIELDS}
    row |= {"debtor_id": f"a{number}", "because": "promise_open", "rule": "promise", "until": "2026-03-09"}
    return row | changed


def build_scores(n_channels: int = 2) -> dict[str, Any]:
    p_reach = [[round(0.01 * (day + hour), 3) for hour in range(15)] for day in range(7)]
    lawful = [[day < 6 and hour < 13 for hour in range(15)] for day in range(7)]
    table = {"first_hour": 7, "p_reach": p_reach, "lawful": lawful}
    risk = {
        "as_of": "2026-03-02",
        "horizon_days": 30,
        "p_unpaid": 0.4,
        "risk_band": "C",
        "expected_paid_on": None,
        "curve": [{"day": day, "p_paid": 0.02 * day} for day in range(1, 31)],
        "reasons": REASONS,
    }
    channels = dict.fromkeys(CHANNELS[:n_channels], table)
    return {"risk": risk, "contact": {"timezone": "America/Lima", "channels": channels}, "language": "es"}


def build_plan(plan_id: str = "p1", n_items: int = 6, **changed: Any) -> PublishedPlan:
    items = [build_item(rank, plan_id) for rank in range(1, n_items + 1)]
    left_alone = [build_left_alone(number, plan_id) for number in range(1, 5)]
    everybody = [*items, *left_alone]
    fields: dict[str, Any] = {
        "plan_id": plan_id,
        "as_of": date(2026, 3, 2),
        "work_date": date(2026, 3, 2),
        "created_at": datetime(2026, 3, 2, 3, tzinfo=UTC),
        **VERSIONS,
        "summary": {"gap": 0.01, "portfolios": {name: {"n_items": n_items // 2} for name in PORTFOLIOS}},
        "items": items,
        "left_alone": left_alone,
        "scores": [(row["debtor_id"], row["portfolio_id"], build_scores()) for row in everybody],
    }
    return PublishedPlan(**(fields | changed))


class Clock:
    """A clock that moves on by a minute each time it is read."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 2, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.instant += timedelta(minutes=1)
        return self.instant


def ranks(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    return [row["rank"] for row in rows]
