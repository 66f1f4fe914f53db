"""A published plan about which can be asked what if: its summary, and what it was made from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recobro_data.kept_settings import keep_settings
from recobro_data.settings import Settings
from recobro_data.store.inputs import PlanInputs

#: 60 calls an hour all used from 9 to 11 and worth one more; mails without a price.
SUMMARY: dict[str, Any] = {
    "debtors": 500,
    "items": 160,
    "expected_value": 1000.0,
    "value": 980.0,
    "upper_bound": 981.0,
    "items_by_channel": {"call": 120, "email": 40},
    "exploration_cost": 20.0,
    "control_group_cost": 10.0,
    "capacity": {
        "call": {
            "used": 120, "per_day": None, "per_hour": 60, "used_by_hour": {"9": 60, "10": 60}, "shadow_price": 0.0,
            "shadow_price_by_hour": {"9": 1.5, "10": 0.5},
        },
        "email": {
            "used": 40, "per_day": 20000, "per_hour": None, "used_by_hour": {"8": 40}, "shadow_price": 0.0,
            "shadow_price_by_hour": {},
        },
    },
    "teams": {"day": {"shadow_price_by_hour": {"9": 5.0, "10": 3.0}}},
    "budgets": {"all": {"per_day": 50, "used": 50, "shadow_price": 2.0}},
    "rule_costs": {"PE.limits.week": {"debtors": 9, "cost": 12.0}},
    "portfolios": {},
}  # fmt: skip


def settings_with(**policy: float) -> Settings:
    """Settings that leave nothing to chance but what is given."""
    return Settings(home=Path("nowhere"), policy={"exploration": 0.0, "control_group": 0.0} | policy)


def build_inputs(settings: Settings, **given: Any) -> PlanInputs:
    """A record of what a plan was made from, with these settings."""
    document = {
        "as_of": "2026-03-02", "data": "d1", "rules": "rules-1", "policy": "expected-value-1", "models": {},
        "settings": keep_settings(settings), "files": {}, "recobro": "1",
    } | given  # fmt: skip
    return PlanInputs(document=document, recorded_at=datetime(2026, 3, 2, 3, tzinfo=UTC), made_with={}, files={})
