"""Small logs of decisions, written down or drawn by a rule whose propensities are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.off_policy.log import FEATURES, Log

CALL, SMS, WHATSAPP = 0, 1, 2
#: 09:00 to 12:00 and 10:00 alone, as bits.
MORNING, TEN = 0b111 << 9, 1 << 10


def build_log(n: int, *, hours: Any = MORNING, **given: Any) -> Log:
    """Debtors on one Wednesday who may be called and written to, all left alone; `given` columns replace theirs."""
    columns: dict[str, Any] = {name: np.zeros(n) for name in FEATURES}
    columns |= {
        "debtor_id": [f"D{at:04d}" for at in range(n)], "portfolio_id": "book", "currency": "PEN",
        "as_of": pd.Timestamp(2026, 7, 1), "days_past_due": 10, "oldest_days_past_due": 10, "balance_due": 100.0,
        "amount_to_collect": 80.0, "taken": -1, "taken_hour": -1, "propensity": np.nan, "money": 0.0,
        "any_payment": 0.0, "p_pay_no_action": 0.5, "p_unpaid": 0.5,
    }  # fmt: skip
    rows = pd.DataFrame(columns | given)
    open_hours = np.zeros((n, len(CHANNELS)), np.int64)
    open_hours[:, [CALL, WHATSAPP]] = np.broadcast_to(hours, n)[:, None]
    log = Log(rows, open_hours, np.zeros(n, np.int64), np.empty((n, 0), np.float32))
    return log.in_one_money({})


def drawn_log(n_debtors: int, *, days: int = 4, seed: int = 1, adds: float = 20.0) -> Log:
    """A third is called at ten, a third called at a random hour, the rest left alone; a call adds money."""
    rng = np.random.default_rng(seed)
    n = n_debtors * days
    arm, hour = rng.integers(0, 3, n), rng.integers(9, 12, n)
    called = arm < 2
    hour = np.where(arm == 0, 10, hour)
    p_call = np.where(hour == 10, 1 / 3 + 1 / 9, 1 / 9)
    owed = 50 + 100 * rng.random(n_debtors)[np.arange(n) % n_debtors]
    pays = rng.random(n) < 0.4
    dates = pd.Timestamp(2026, 7, 1) + pd.to_timedelta(np.arange(n) // n_debtors, unit="D")
    return build_log(
        n, debtor_id=[f"D{at % n_debtors:04d}" for at in range(n)], as_of=dates,
        taken=np.where(called, CALL, -1), taken_hour=np.where(called, hour, -1),
        propensity=np.where(called, p_call, 1 / 3), balance_due=owed, amount_to_collect=owed,
        any_payment=(pays | called).astype(float), money=np.where(pays, owed, 0.0) + called * adds,
    )  # fmt: skip


def limited(**capacity: tuple[int | None, int | None]) -> Settings:
    """Settings in which only these channels have room, (an hour, a day)."""
    none = {name: {"capacity_per_hour": None, "capacity_per_day": 0} for name in CHANNELS}
    given = {name: {"capacity_per_hour": hour, "capacity_per_day": day} for name, (hour, day) in capacity.items()}
    return Settings(channels=none | given)


def everyone(n: int, channel: int, hour: int = -1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.full(n, channel, np.int64), np.full(n, hour, np.int64)
