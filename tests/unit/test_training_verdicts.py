"""A night's training: who becomes champion, with a registry that only remembers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges, build_debtors, watch

from recobro_data.errors import NoChampionError
from recobro_data.settings import Settings
from recobro_models.registry import Version
from recobro_models.snapshots import TrainingRows
from recobro_models.splits import split_in_time
from recobro_pipelines.train import Bench, Trained

DAYS = tuple(date(2026, 1, 1) + timedelta(days=20 * step) for step in range(10))
SPLIT = split_in_time(DAYS, label_days=30)


@dataclass
class RegistryInMemory:
    """Remembers versions and champions, and nothing after the test."""

    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    champions: dict[str, int] = field(default_factory=dict)

    def add(self, model: str, files: dict[str, Any], **about: Any) -> Version:
        self.kept.setdefault(model, []).append(files)
        return Version(model, len(self.kept[model]), (), about["metrics"], about["tags"])

    def promote(self, model: str, number: int) -> None:
        self.champions[model] = number

    def champion(self, model: str) -> Version:
        if model not in self.champions:
            raise NoChampionError("a champion", "none", "Train.")
        return Version(model, self.champions[model], (), {}, {})

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


def bench(registry: RegistryInMemory, risk: pd.DataFrame, attempts: pd.DataFrame | None = None) -> Bench:
    rows = TrainingRows(risk, pd.DataFrame(), pd.DataFrame() if attempts is None else attempts)
    return Bench(Settings(engine={"threads": 1}), registry, rows, SPLIT, {"as_of": "2026-08-01"})  # type: ignore[arg-type]


USUAL = {"before": 0.06, "at_last": 0.06}


@lru_cache(maxsize=1)
def _first_night() -> tuple[RegistryInMemory, list[Trained]]:
    registry = RegistryInMemory()
    return registry, bench(registry, risk_rows(**USUAL)).train_risk(True)


def after_first_night() -> RegistryInMemory:
    """A registry with a learned champion."""
    return deepcopy(_first_night()[0])


def test_a_good_first_challenger_becomes_the_champion() -> None:
    registry, (trained,) = _first_night()
    assert (trained.kind, trained.verdict.promote) == ("learned", True)
    assert registry.champions == {"risk": 1}


def test_where_the_first_challenger_is_kept_out_a_baseline_stands_in() -> None:
    registry = RegistryInMemory()
    refused, stand_in = bench(registry, risk_rows(before=0.02, at_last=0.30)).train_risk(True)
    assert (refused.kind, refused.verdict.promote) == ("learned", False)
    assert (stand_in.kind, stand_in.verdict.promote) == ("baseline", True)
    assert registry.champions == {"risk": stand_in.version.number}


def test_a_champion_that_is_there_needs_no_stand_in() -> None:
    registry = after_first_night()
    (trained,) = bench(registry, risk_rows(before=0.02, at_last=0.3)).train_risk(True)
    assert not trained.verdict.promote
    assert registry.champions == {"risk": 1}


def test_a_baseline_gives_way_to_a_challenger_that_is_better() -> None:
    registry = RegistryInMemory()
    bench(registry, risk_rows(**USUAL)).train_risk(False)
    (trained,) = bench(registry, risk_rows(**USUAL)).train_risk(True)
    assert trained.verdict.why == "promoted: better than the champion beyond noise"


def test_a_learned_champion_does_not_give_way_to_a_baseline() -> None:
    (trained,) = bench(after_first_night(), risk_rows(**USUAL)).train_risk(False)
    assert trained.verdict.why == "kept out: the champion is learned, this is only baseline"


@pytest.mark.parametrize(("at_last", "kinds"), [(None, ["learned"]), (0.9, ["learned", "rates"])])
def test_contact_times_kept_out_at_first_leave_the_pooled_rates(at_last: float | None, kinds: list[str]) -> None:
    registry = RegistryInMemory()
    trained, times = bench(registry, risk_rows(**USUAL), attempt_rows(at_last=at_last)).train_contact(True)
    assert [one.kind for one in trained] == kinds
    assert times.kind == kinds[-1]
    assert registry.champions == {"contact": len(kinds)}


def test_without_an_attempt_the_prior_holds_and_stays() -> None:
    registry = RegistryInMemory()
    first, again = (
        bench(registry, risk_rows(**USUAL), attempt_rows().iloc[:0]).train_contact(True)[0] for _ in range(2)
    )
    assert [one.verdict.why for one in first] == ["promoted: the first champion"]
    assert [one.verdict.why for one in again] == ["kept out: it equals the champion"]
