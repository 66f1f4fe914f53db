"""Small days under every kind of limit: teams with skills and shifts, zones, money, minimum shares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from tests.unit.model_samples import ugly_index

from recobro_data.settings import Settings
from recobro_models.decision.capacity import UNLIMITED, Capacity
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.decision.team import Worked, team_capacity

#: A Wednesday.
DAY = date(2026, 10, 14)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def build_worked(n: int, **given: Any) -> Worked:
    """Debtors of one portfolio who speak Spanish; `given` columns replace what they are."""
    plain = {"portfolio_id": "a", "language": "es", "stage": "early", "region": "L", "currency": "PEN"}
    debtors = pd.DataFrame({**plain, **given}, index=ugly_index(n))
    return Worked(debtors, np.ones(n))


def build_capacity(worked: Worked, **sections: Any) -> Capacity:
    """The capacity of a day under those sections of the configuration."""
    return team_capacity(Settings(home=Path("nowhere"), **sections), DAY, worked)


def draw_day(seed: int, n: int) -> tuple[Floats, Capacity]:
    """A day on which everything is scarce."""
    rng = np.random.default_rng(seed)
    worked = build_worked(
        n,
        portfolio_id=rng.choice(["a", "b"], n),
        language=rng.choice(["es", "pt"], n),
        region=rng.choice(["L", "M"], n),
    )
    capacity = build_capacity(
        worked,
        teams={
            "one": {"agents": 1, "attempts_per_hour": {"call": 2, "whatsapp": 3}, "shifts": {"wed": "09:00-11:00"}},
            "two": {"agents": 1, "attempts_per_hour": {"call": 1}, "languages": ["pt"]},
        },
        budget={"per_day": float(rng.integers(1, 9))},
        portfolios={"a": {"min_share": 0.4}, "b": {"budget_per_day": 0.8}},
        channels={"visit": {"capacity_per_zone": 1, "cost": 2.0}, "email": {"capacity_per_day": 2}},
    )
    return draw_worth(rng, n), capacity


def draw_worth(rng: np.random.Generator, n: int) -> Floats:
    """Values at 9 to 12, a third not allowed, some below nothing."""
    worth = np.full((n, N_SLOTS), -np.inf)
    here = np.tile((np.arange(24) >= 9) & (np.arange(24) < 12), 5)
    drawn = rng.lognormal(1, 1, (n, 1)) * rng.uniform(0.2, 1, (n, int(here.sum()))) - 0.5
    worth[:, here] = np.where(rng.random(drawn.shape) < 0.3, -np.inf, drawn)
    return worth


def best_value(worth: Floats, capacity: Capacity, demanded: Ints | None = None) -> float:
    """The optimum by mixed-integer programming; `demanded` by resource: at least so much of minimum shares."""
    n, group = len(worth), capacity.groups_of(len(worth))
    who, slot, way = np.nonzero((worth > 0)[:, :, None] & capacity.is_way[group])
    if not len(who):
        return 0.0
    uses, weight = capacity.uses[group[who], slot, way], capacity.weight[group[who], slot, way]
    column = np.broadcast_to(np.arange(len(who))[:, None], uses.shape)
    rows = np.concatenate([who, n + uses[uses >= 0]])
    columns = np.concatenate([np.arange(len(who)), column[uses >= 0]])
    units = np.concatenate([np.ones(len(who)), weight[uses >= 0]])
    matrix = csr_array((units, (rows, columns)), shape=(n + len(capacity.limit), len(who)))
    limit = np.where(capacity.limit < UNLIMITED, capacity.limit, 1e15) - (0 if demanded is None else demanded)
    found = milp(
        -worth[who, slot], integrality=np.ones(len(who)), bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, ub=np.concatenate([np.ones(n), limit])), options={"mip_rel_gap": 0},
    )  # fmt: skip
    return float(-found.fun)
