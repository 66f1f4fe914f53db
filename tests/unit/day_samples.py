"""A day to hold events against: a plan with positions, and the events that tests tell of it.

Of item d{n}: one charge c{n} on account k{n}, 40 days past due, of as much as the item asks for; d1 has another one,
c1b, that falls due in five days. Debtors left alone are a1 to a4; a1 and a2 wait for capacity, with charges ca1 and
ca2.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.plan_samples import Clock, build_item, build_left_alone, build_plan

from recobro_data.store import PublishedPlan, Store, open_store

DAY = "2026-03-02"
NOON = "2026-03-02T12:00:00-05:00"


def build_reserve(**changed: Any) -> dict[str, Any]:
    option = {
        "channel": "call", "window_start": "2026-03-02T15:00:00-05:00", "window_end": "2026-03-02T16:00:00-05:00",
        "p_reach": 0.3, "p_pay": 0.45, "expected_recovery": 5.0, "cost": 0.3, "expected_value": 4.7,
    }  # fmt: skip
    return option | changed


def build_position(item: dict[str, Any], **changed: Any) -> tuple[str, str, dict[str, Any]]:
    number = item["debtor_id"].removeprefix("d")
    cents = round((item.get("amount_to_collect") or 50.0) * 100)
    charges = [[f"c{number}", f"k{number}", 40, cents, False]]
    if item["debtor_id"] == "d1":
        charges.append(["c1b", "k1", -5, 1000, False])
    position = {"zone": "America/Lima", "charges": charges, "promise_due_cents": 0}
    return item["debtor_id"], item["portfolio_id"], position | changed


def build_day(plan_id: str = "p1", n_items: int = 6, **changed: Any) -> PublishedPlan:
    items = [build_item(rank, plan_id, days_past_due=40) for rank in range(1, n_items + 1)]
    left_alone = [build_left_alone(number, plan_id) for number in range(1, 5)]
    for number, value in ((0, 4.7), (1, 9.7)):
        reserve = build_reserve(expected_value=value, expected_recovery=value + 0.3)
        left_alone[number] |= {"because": "no_capacity", "rule": "channels.capacity", "until": None, "reserve": reserve}
    positions = [build_position(row) for row in (*items, *left_alone[:2])]
    fields = {"items": items, "left_alone": left_alone, "positions": positions, "scores": ()}
    return build_plan(plan_id, **(fields | changed))


def payment(number: int = 1, amount: Any = 30, **row: Any) -> dict[str, Any]:
    told = {"payment_id": f"y{number}", "charge_id": f"c{number}", "paid_on": DAY, "amount": amount}
    return {"table": "payments", "row": told | row}


def attempt(number: int = 1, outcome: str = "right_party", **row: Any) -> dict[str, Any]:
    told = {"attempt_id": f"t{number}", "debtor_id": f"d{number}", "channel": "whatsapp", "attempted_at": NOON}
    return {"table": "contact_attempts", "row": told | {"outcome": outcome} | row}


def promise(number: int = 1, **row: Any) -> dict[str, Any]:
    told = {"promise_id": f"m{number}", "debtor_id": f"d{number}", "made_at": NOON, "due_on": "2026-03-09"}
    return {"table": "promises", "row": told | {"amount": 20} | row}


def dispute(number: int = 1, **row: Any) -> dict[str, Any]:
    told = {"dispute_id": f"x{number}", "charge_id": f"c{number}", "opened_on": DAY}
    return {"table": "disputes", "row": told | row}


def contact_point(number: int = 1, channel: str = "whatsapp", **row: Any) -> dict[str, Any]:
    return {"table": "contact_points", "row": {"debtor_id": f"d{number}", "channel": channel} | row}


def debtor(number: int = 1, **row: Any) -> dict[str, Any]:
    return {"table": "debtors", "row": {"debtor_id": f"d{number}", "country": "PE"} | row}


def charge(number: int = 1, **row: Any) -> dict[str, Any]:
    told = {"charge_id": f"c{number}", "debtor_id": f"d{number}", "due_on": "2026-01-21", "amount": 90.0 * number}
    return {"table": "charges", "row": told | {"account_id": f"k{number}"} | row}


@contextmanager
def open_day_store(folder: Path) -> Iterator[Store]:
    """A store of its own with that day published, its clock at four in the morning; copied, not migrated anew."""
    target = folder / "recobro.db"
    shutil.copy(_template(), target)
    clock = Clock()
    clock()
    with open_store(f"sqlite:///{target}", now=clock) as store:
        yield store


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="recobro-day-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open_store(f"sqlite:///{folder / 'recobro.db'}", now=Clock()) as store:
        store.publish_plan(build_day())
    return folder / "recobro.db"


def statuses(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["status"] for answer in answers]
