"""Days to be allocated: what 60 options (5 channels, 12 hours) of made-up debtors are worth; what the team can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.capacity import UNLIMITED, Capacity
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.team import Worked, team_capacity

Values = NDArray[np.float32]
Ints = NDArray[np.int64]

N_HOURS: Final = 12
N_OPTIONS: Final = len(CHANNELS) * N_HOURS
CASES: Final = ("plain", "nothing binds", "everything binds", "ties everywhere", "teams, money, shares, duties")
_BLOCK: Final = 250_000
_COSTS: Final = (0.30, 0.05, 0.03, 0.01, 8.0)
#: Attempts in a day by channel, a share of the debtors; and how uneven hours may be.
_PER_DAY: Final = (0.05, 0.10, 0.10, 0.15, 0.01)
_DAY: Final = date(2026, 10, 14)


@dataclass(frozen=True)
class Instance:
    """Values by debtor and option, the capacity, and who has a duty."""

    value: Values
    capacity: Capacity
    duties: Ints


def build_instance(case: str, n: int, *, seed: int = 1) -> Instance:
    """One of `CASES` of n debtors."""
    value = np.empty((n, N_OPTIONS), np.float32)
    _fill(value, seed)
    duties = np.empty(0, np.int64)
    if case == "nothing binds":
        return Instance(value, slots_of(n, 30.0), duties)
    if case == "everything binds":
        return Instance(value, slots_of(n, 0.05), duties)
    if case == "ties everywhere":
        return Instance(np.where(np.isfinite(value), np.float32(5.0), value), slots_of(n, 1.0), duties)
    if case == "plain":
        return Instance(value, slots_of(n, 1.0), duties)
    duties = np.random.default_rng(seed).choice(n, max(n // 100, 1), replace=False)
    return Instance(_on_a_day(value), _divided(n, seed), duties)


def write_values(path: Path, n: int, *, seed: int = 1) -> None:
    """The values of the plain case as raw float32 in a file, block by block."""
    with path.open("wb") as file:
        for start in range(0, n, _BLOCK):
            block = np.empty((min(_BLOCK, n - start), N_OPTIONS), np.float32)
            _fill(block, seed + start)
            block.tofile(file)


def slots_of(n: int, plenty: float) -> Capacity:
    """Calls and visits limited by hour, texts by hour and day, mail by day."""
    a_day = np.maximum((np.array(_PER_DAY) * plenty * n).astype(np.int64), 1)
    by_slot = np.repeat(np.maximum(a_day // N_HOURS, 1), N_HOURS).reshape(-1, N_HOURS)
    by_slot[1:3] = np.maximum(by_slot[1:3] * 7 // 5, 1)
    by_slot[3] = UNLIMITED
    return Capacity.of_slots(by_slot, np.where(np.isin(range(5), (1, 2, 3)), a_day, UNLIMITED))


def _fill(value: Values, seed: int) -> None:
    """Money, what a contact changes, the hour's reach of each debtor; three options in ten not allowed."""
    rng = np.random.default_rng([20260101, seed])
    reach = np.random.default_rng(7).uniform(0.05, 0.4, (1, N_OPTIONS))
    for start in range(0, len(value), _BLOCK):
        here = value[start : start + _BLOCK]
        money = rng.lognormal(4, 1, (len(here), 1)) * rng.uniform(0, 0.15, (len(here), 1))
        worth = money * reach * rng.uniform(0.5, 1.5, here.shape) - np.repeat(_COSTS, N_HOURS)[None]
        here[:] = np.where(rng.random(here.shape, np.float32) < 0.3, -np.inf, worth)


def _on_a_day(value: Values) -> Values:
    """The same options at 8 to 20 of a whole day's hours, as plans have them."""
    whole = np.full((len(value), len(CHANNELS), HOURS), -np.inf, np.float32)
    whole[:, :, 8:20] = value.reshape(len(value), len(CHANNELS), N_HOURS)
    return whole.reshape(len(value), -1)


def _divided(n: int, seed: int) -> Capacity:
    """Two teams with skills and shifts, a budget of the day and of a portfolio, a minimum share, visits by zone."""
    rng = np.random.default_rng(seed)
    given: dict[str, Any] = {
        "budget": {"per_day": n * 0.02},
        "teams": {
            "north": {"agents": max(n // 3000, 1), "attempts_per_hour": {"call": 12, "whatsapp": 40},
                      "shifts": {"wed": "08:30-17:00"}, "languages": ["es"]},
            "south": {"agents": max(n // 4000, 1), "attempts_per_hour": {"call": 10}, "shifts": {"wed": "10:00-19:00"}},
        },
        "portfolios": {"a": {"min_share": 0.3}, "b": {"budget_per_day": n * 0.004}},
        "channels": {"visit": {"capacity_per_zone": max(n // 2000, 1)}, "email": {"capacity_per_day": n // 6 + 1},
                     "sms": {"capacity_per_day": n // 10 + 1}},
    }  # fmt: skip
    debtors = pd.DataFrame({
        "portfolio_id": rng.choice(["a", "b", "c"], n, p=[0.2, 0.3, 0.5]), "stage": "early", "currency": "PEN",
        "language": rng.choice(["es", "pt"], n, p=[0.8, 0.2]), "region": rng.choice(["L", "M", "N"], n),
    })  # fmt: skip
    return team_capacity(Settings(home=Path("nowhere"), **given), _DAY, Worked(debtors, np.ones(n)))
