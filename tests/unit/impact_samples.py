"""A small book whose debtors were worked or left alone by draw, with what they paid since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.unit.lake_samples import load, settings_in
from tests.unit.plan_samples import build_item, build_left_alone, build_plan

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store

#: The first day of a control period of 90 days, and a day on which a horizon from it is over.
ENTERED, AS_OF = date(2026, 10, 1), date(2026, 10, 31)


def load_book(home: Path, paid: Callable[[int], float], *, n: int = 120, paid_on: date = ENTERED) -> Settings:
    """`n` debtors with a charge each, who paid what `paid` says of their number."""
    numbers = range(n)
    settings = settings_in(home)
    load(
        settings,
        debtors=[(f"d{at}", "PE") for at in numbers],
        charges=[(f"c{at}", f"d{at}", f"d{at}", "2026-09-01", "500") for at in numbers],
        payments=[(f"p{at}", f"c{at}", f"d{at}", paid_on, paid(at)) for at in numbers if paid(at)],
        contact_attempts=[
            (f"a{at}", f"d{at}", "call", f"{ENTERED}T15:00:00-05:00", "no_answer") for at in numbers[1::2]
        ],
    )
    return settings


def is_control(number: int) -> bool:
    """Every second debtor."""
    return number % 2 == 0


def publish_draw(settings: Settings, day: date, n: int = 120, **changed: Any) -> None:
    """A plan that works the odd debtors and leaves the even ones alone as the control group."""
    plan_id, common = f"p{day}", {"work_date": day.isoformat(), "p_pay_no_action": 0.5, "amount_to_collect": 100.0}
    common |= {"portfolio_id": "default", "stage": "mid", "channel": "call", "propensity": 0.9} | changed
    items = [build_item(at, plan_id, debtor_id=f"d{at}", **common) for at in range(n) if not is_control(at)]
    alone = {key: value for key, value in common.items() if key not in ("channel", "propensity")}
    left = [
        build_left_alone(at, plan_id, debtor_id=f"d{at}", **({"because": "control_group"} | alone))
        for at in range(n) if is_control(at)
    ]  # fmt: skip
    counts = {"left_alone": {"control_group": len(left), "not_worth_cost": 7}}
    summary = {**counts, "portfolios": {"default": counts}}
    with open_plans(settings) as store:
        store.publish_plan(
            build_plan(plan_id, as_of=day, work_date=day, items=items, left_alone=left, scores=(), summary=summary)
        )


def open_plans(settings: Settings) -> Store:
    """The workspace's store."""
    (settings.home / "data").mkdir(parents=True, exist_ok=True)
    return open_store(settings.store_url)


def days_after(n: int) -> date:
    """A day after the debtors took part."""
    return ENTERED + timedelta(days=n)
