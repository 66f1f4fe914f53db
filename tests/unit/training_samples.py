"""A night's training with rows drawn here and a registry that only remembers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from tests.unit.model_samples import build_charges, build_debtors, watch

from recobro_data.errors import NoChampionError
from recobro_data.settings import Settings
from recobro_models.registry import Version
from recobro_models.snapshots import TrainingRows
from recobro_models.splits import split_in_time
from recobro_models.tuning import Budget
from recobro_pipelines.train import Bench, Trained

DAYS = tuple(date(2026, 1, 1) + timedelta(days=20 * step) for step in range(10))
SPLIT = split_in_time(DAYS, label_days=30)


@dataclass
class RegistryInMemory:
    """Remembers versions and champions, and nothing after the test."""

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    champions: dict[str, int] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, model: str, files: dict[str, Any], **about: Any) -> Version:
        self.kept.setdefault(model, []).append(files)
        self.told.setdefault(model, []).append(about)
        return self._version(model, len(self.kept[model]))

    def promote(self, model: str, number: int) -> None:
        self.champions[model] = number

    def champion(self, model: str) -> Version:
        if model not in self.champions:
            raise NoChampionError("a champion", "none", "Train.")
        return self._version(model, self.champions[model])

    def _version(self, model: str, number: int) -> Version:
        told = self.told[model][number - 1]
        return Version(
            model, number, (), told["metrics"], told["tags"], {k: str(v) for k, v in told["parameters"].items()}
        )

    def files(self, version: Version) -> dict[str, Any]:
        return self.kept[version.model][version.number - 1]


def risk_rows(*, before: float, at_last: float) -> pd.DataFrame:
    """Charges paid with one chance a day, with another on the days that test; those late before pay slowly."""
    parts = []
    for place, day in enumerate(DAYS):
        charges = build_charges(400, as_of=pd.Timestamp(day), charge_days_past_due=20 + np.arange(400) % 50)
        charges["late15_share_365d"] = np.arange(400) % 2
        daily = at_last if day in SPLIT.test else before
        parts.append(watch(charges, daily * np.where(np.arange(400) % 2, 0.2, 1.8), 30, seed=place))
    return pd.concat(parts, ignore_index=True)


def attempt_rows(*, at_last: float | None = None) -> pd.DataFrame:
    """Calls answered mostly in the evening; on the days that test, at the given rate whatever the hour."""
    rng = np.random.default_rng(2)
    hour = rng.integers(8, 20, 3000)
    rows = build_debtors(3000, channel="call", weekday=rng.integers(0, 5, 3000), hour=hour)
    rows = rows.assign(
        as_of=pd.to_datetime(np.resize(np.array(DAYS, dtype=object), 3000)), days_since_last_reached=np.nan
    )
    p = np.where(hour > 16, 0.4, 0.1)
    p = np.where(rows["as_of"].isin(pd.to_datetime(list(SPLIT.test))) & (at_last is not None), at_last or 0.0, p)
    return rows.assign(reached=rng.random(3000) < p).reset_index(drop=True)


def bench(
    registry: RegistryInMemory,
    risk: pd.DataFrame,
    attempts: pd.DataFrame | None = None,
    *,
    tuning: Budget | None = None,
) -> Bench:
    rows = TrainingRows(risk, pd.DataFrame(), pd.DataFrame() if attempts is None else attempts)
    settings, tags = Settings(engine={"threads": 1}), {"as_of": "2026-08-01", "data": "d1"}
    return Bench(settings, registry, rows, SPLIT, tags, tuning, FEW)  # type: ignore[arg-type]


#: Trees enough to learn what the rows hold, in the space that tuning searches.
FEW = {"n_estimators": 80, "learning_rate": 0.12, "num_leaves": 6}
USUAL = {"before": 0.06, "at_last": 0.06}


@lru_cache(maxsize=1)
def first_night() -> tuple[RegistryInMemory, list[Trained]]:
    registry = RegistryInMemory()
    return registry, bench(registry, risk_rows(**USUAL)).train_risk(True)


def after_first_night() -> RegistryInMemory:
    """A registry with a learned champion."""
    return deepcopy(first_night()[0])
