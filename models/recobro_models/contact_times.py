"""Contact times: the probability of reaching a debtor on each channel, weekday and hour.

Three layers, each pooled into the one above it, so that two answers at 19:00 are a hint and not a law:

1. rates of the portfolio by channel, then by hour and by weekday, then by cell, each drawn towards its parent;
2. what the debtor answered beyond what those rates expect: in all, on the channel, in the part of the day;
3. a logistic regression that weighs these with how lately and how often the debtor was tried and reached.

Every hour gets a probability; no window is singled out here. Prior hours where nothing was tried yet: evenings and
Saturdays are better than office hours (Weeks, Kulka and Pierson 1987; Kulka and Weeks 1988).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.calibration import log_odds
from recobro_models.features.contact_history import PARTS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Reach per attempt before anything is known. Calls: the field reports 7 to 25 %; the others are our assumption.
PRIOR_RATES: Final = {"call": 0.12, "sms": 0.08, "whatsapp": 0.35, "email": 0.15, "visit": 0.30}
#: Log-odds of an hour against the channel's mean, for calls and visits; messages wait to be read.
_PRIOR_HOURS: Final = {
    7: -0.3,
    8: -0.1,
    9: -0.1,
    10: 0.0,
    11: 0.0,
    12: 0.1,
    13: 0.1,
    17: 0.1,
    18: 0.3,
    19: 0.3,
    20: 0.2,
}
_PRIOR_SATURDAY: Final = 0.1

#: Weights of the priors, in attempts: a rate moves half-way when it has seen as many.
_CHANNEL_WEIGHT, _MARGIN_WEIGHT, _CELL_WEIGHT, _DEBTOR_WEIGHT = 50.0, 100.0, 300.0, 0.6

TERMS: Final = (
    "log_odds_base", "own_all", "own_channel", "own_part", "tried_7d", "tried_30d", "reached_lately", "never_tried",
    "days_past_due",
)  # fmt: skip
#: Before anything was learnt only the base rate counts.
_PRIOR_COEFFICIENTS: Final = (1.0, *(0.0 for _ in TERMS[1:]))


@dataclass(frozen=True)
class ContactTimes:
    """A fitted model of `p_reach`. `base` is (channel, weekday, hour); weekday 0 is Monday."""

    kind: str
    base: Floats
    rates: Floats
    coefficients: Floats
    intercept: float

    @classmethod
    def prior(cls) -> ContactTimes:
        """What holds before any attempt is known."""
        rates = np.array([PRIOR_RATES[channel] for channel in CHANNELS])
        return cls("prior", _prior_base(rates), rates, np.array(_PRIOR_COEFFICIENTS), 0.0)

    @classmethod
    def fit(cls, attempts: pd.DataFrame) -> ContactTimes:
        """Fit to one row an attempt.

        Args:
            attempts: debtor features as of a day shortly before it, `channel`, `weekday`, `hour`, `reached`.
        """
        from sklearn.linear_model import LogisticRegression

        start = cls.fit_rates(attempts)
        if attempts["reached"].nunique() < 2:
            return start
        terms = start.terms(attempts, attempts["channel"], attempts["weekday"], attempts["hour"])
        fitted = LogisticRegression(C=1.0, max_iter=500).fit(terms, attempts["reached"])
        return cls("learned", start.base, start.rates, fitted.coef_[0], float(fitted.intercept_[0]))

    @classmethod
    def fit_rates(cls, attempts: pd.DataFrame) -> ContactTimes:
        """Only the portfolio's rates, drawn towards the prior: what holds where there are too few attempts to weigh."""
        rates, base = _fit_base(attempts)
        return cls("rates", base, rates, np.array(_PRIOR_COEFFICIENTS), 0.0)

    def predict_p_reach(self, rows: pd.DataFrame, channel: Any, weekday: Any, hour: Any) -> Floats:
        """Probability of reaching each row's debtor; channel, weekday and hour one for all or one a row."""
        return _logistic(self.intercept + self.terms(rows, channel, weekday, hour) @ self.coefficients)

    def predict_week(self, rows: pd.DataFrame, channel: str, hours: range) -> Floats:
        """`p_reach` of each row's debtor as (row, weekday, hour of `hours`)."""
        own = self.terms(rows, channel, 0, hours[0])
        steady = self.intercept + own @ (
            self.coefficients * [name not in ("log_odds_base", "own_part") for name in TERMS]
        )
        base = log_odds(self.base[CHANNELS.index(channel), :, hours.start : hours.stop])
        by_part = {part: _own_part(rows, channel, part) for part in PARTS}
        part_terms = np.column_stack([by_part[_part_of(hour)] for hour in hours])
        weights = dict(zip(TERMS, self.coefficients, strict=True))
        z = steady[:, None, None] + weights["log_odds_base"] * base[None, :, :]
        return _logistic(z + weights["own_part"] * part_terms[:, None, :])

    def terms(self, rows: pd.DataFrame, channel: Any, weekday: Any, hour: Any) -> Floats:
        """The regression's columns, in the order of `TERMS`."""
        n = len(rows)
        channels = np.broadcast_to(np.asarray(channel, dtype=object), n)
        place = _places(channels)
        hours = np.broadcast_to(np.asarray(hour, np.int64), n)
        days = np.broadcast_to(np.asarray(weekday, np.int64), n)
        since = rows["days_since_last_reached"].to_numpy(np.float64, na_value=np.inf)
        return np.column_stack(
            [
                log_odds(self.base[place, days, hours]),
                self._own_all(rows),
                self._own_channel(rows, place),
                _own_parts(rows, channels, hours),
                np.log1p(rows["n_attempts_7d"].to_numpy(np.float64)),
                np.log1p(rows["n_attempts_30d"].to_numpy(np.float64)),
                np.exp(-since / 30),
                (rows["n_attempts_180d"] == 0).to_numpy(np.float64),
                rows["oldest_days_past_due"].fillna(0).clip(-30, 120).to_numpy(np.float64) / 30,
            ]
        )

    def _own_all(self, rows: pd.DataFrame) -> Floats:
        tried = np.column_stack([rows[f"n_{channel}_tried_180d"] for channel in CHANNELS]).astype(np.float64)
        return _beyond(rows["n_reached_180d"].to_numpy(np.float64), tried @ self.rates)

    def _own_channel(self, rows: pd.DataFrame, place: Ints) -> Floats:
        tried = np.column_stack([rows[f"n_{channel}_tried_180d"] for channel in CHANNELS]).astype(np.float64)
        reached = np.column_stack([rows[f"n_{channel}_reached_180d"] for channel in CHANNELS]).astype(np.float64)
        row = np.arange(len(rows))
        return _beyond(reached[row, place], tried[row, place] * self.rates[place])

    def to_files(self) -> dict[str, Any]:
        """The model as JSON by file name."""
        about = {
            "kind": self.kind, "base": self.base.tolist(), "rates": self.rates.tolist(),
            "coefficients": dict(zip(TERMS, self.coefficients.tolist(), strict=True)), "intercept": self.intercept,
        }  # fmt: skip
        return {"model.json": about}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> ContactTimes:
        """The model that `to_files` wrote."""
        about = files["model.json"]
        coefficients = np.array([about["coefficients"][name] for name in TERMS])
        return cls(about["kind"], np.array(about["base"]), np.array(about["rates"]), coefficients, about["intercept"])


def _fit_base(attempts: pd.DataFrame) -> tuple[Floats, Floats]:
    """Rates by channel, and by (channel, weekday, hour), each level drawn towards the one above."""
    place = _places(attempts["channel"].to_numpy(object))
    cell = (place, attempts["weekday"].to_numpy(np.int64), attempts["hour"].to_numpy(np.int64))
    reached = attempts["reached"].to_numpy(np.float64)
    prior = np.array([PRIOR_RATES[channel] for channel in CHANNELS])
    n = np.bincount(place, minlength=len(CHANNELS))
    hits = np.bincount(place, reached, minlength=len(CHANNELS))
    rates = (hits + _CHANNEL_WEIGHT * prior) / (n + _CHANNEL_WEIGHT)
    z = log_odds(_prior_base(rates))
    for axes, weight in ((2, _MARGIN_WEIGHT), (1, _MARGIN_WEIGHT), (None, _CELL_WEIGHT)):
        z += _tilt(z, cell, reached, axes, weight)
    return rates, _logistic(z)


def _tilt(z: Floats, cell: tuple[Ints, Ints, Ints], reached: Floats, axis: int | None, weight: float) -> Floats:
    """How far the seen rates lie from the expected ones, in log-odds, along channel x one axis (None: the cell)."""
    expected, seen = np.zeros_like(z), np.zeros_like(z)
    np.add.at(expected, cell, _logistic(z)[cell])
    np.add.at(seen, cell, reached)
    if axis is not None:
        other = 3 - axis
        expected, seen = expected.sum(other, keepdims=True), seen.sum(other, keepdims=True)
    tilt: Floats = np.log((seen + weight * 0.15) / (expected + weight * 0.15))
    return np.broadcast_to(tilt, z.shape)


def _prior_base(rates: Floats) -> Floats:
    z = np.tile(log_odds(rates)[:, None, None], (1, 7, 24))
    for channel in ("call", "visit"):
        place = CHANNELS.index(channel)
        for hour, tilt in _PRIOR_HOURS.items():
            z[place, :, hour] += tilt
        z[place, 5, :] += _PRIOR_SATURDAY
    return _logistic(z)


def _own_parts(rows: pd.DataFrame, channels: NDArray[Any], hours: Ints) -> Floats:
    parts = np.array([_part_of(hour) for hour in range(24)], dtype=object)[hours]
    found = np.zeros(len(rows))
    for channel in ("call", "visit"):
        for part in PARTS:
            mask = (channels == channel) & (parts == part)
            if mask.any():
                found[mask] = _own_part(rows.loc[mask], channel, part)
    return found


def _own_part(rows: pd.DataFrame, channel: str, part: str) -> Floats:
    """Reached in the part of the day beyond the debtor's own share of tries there; messages have no part."""
    if channel not in ("call", "visit"):
        return np.zeros(len(rows))
    tried = rows[f"n_{channel}_tried_180d"].to_numpy(np.float64)
    share = rows[f"n_{channel}_{part}_tried_180d"].to_numpy(np.float64) / np.maximum(tried, 1)
    expected = rows[f"n_{channel}_reached_180d"].to_numpy(np.float64) * share
    return _beyond(rows[f"n_{channel}_{part}_reached_180d"].to_numpy(np.float64), expected)


def _beyond(seen: Floats, expected: Floats) -> Floats:
    beyond: Floats = np.log((seen + _DEBTOR_WEIGHT) / (expected + _DEBTOR_WEIGHT))
    return beyond


def _places(channels: NDArray[Any]) -> Ints:
    return pd.Categorical(channels, categories=list(CHANNELS)).codes.astype(np.int64)


def _part_of(hour: int) -> str:
    return next(part for part, (first, last) in PARTS.items() if first <= hour < last)


def _logistic(z: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-z))
    return p
