"""A debtor's own hours: which of a few profiles of the day the answered and unanswered calls speak for.

A profile is flat, or has a bump around one stretch of the day or around two ("at lunch and after work"). How many
debtors have each is learnt from everybody's calls; of one debtor there is a posterior over the profiles, so that two
answers at 19:00 are a hint and twenty a habit. How often somebody answers at all is left open (each debtor has a gamma
level, as in a negative binomial), so only the shape of the day speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_floats
from recobro_models.features.contact_history import HOUR_BINS
from recobro_models.rowwise import weigh

Floats = NDArray[np.float64]

BINS: Final = tuple(HOUR_BINS)
#: The bin of each hour of the day.
BIN_OF_HOUR: Final = np.array(
    [next(at for at, (first, last) in enumerate(HOUR_BINS.values()) if first <= hour < last) for hour in range(24)]
)
#: Calls tried in each bin, then those that reached the debtor.
CALLS: Final = names_of(f"n_call_{name}_{what}_365d" for what in ("tried", "reached") for name in BINS)
#: Middle of each bin's working hours, local.
_MIDDLES: Final = np.array([9.0, 11.0, 13.0, 15.5, 18.0, 20.0])
#: Height of a bump in log-odds, and its width in hours. The regression's weight of what comes of them mends the height.
_HEIGHT, _WIDTH = 1.2, 1.2
#: Shape of the gamma level: how much debtors differ in answering at all.
_LEVEL_SHAPE: Final = 4.0
#: Answers that each profile's share counts as before anything is learnt, and rounds of learning the shares.
_SHARE_WEIGHT, _ROUNDS = 2.0, 15


@dataclass(frozen=True)
class Habits:
    """Profiles of the day as log-odds by (profile, bin), the share of debtors with each, and the usual reach by bin."""

    profiles: tuple[tuple[float, ...], ...]
    shares: tuple[float, ...]
    rates: tuple[float, ...]

    @classmethod
    def none(cls) -> Habits:
        """Nobody has hours of his own."""
        return cls(((0.0,) * len(BINS),), (1.0,), (0.12,) * len(BINS))

    @classmethod
    def fit(cls, debtors: pd.DataFrame, rates: Floats) -> Habits:
        """Learn from the counts of one row a debtor; `rates` is the usual reach of a call by bin."""
        tried, reached = counts(debtors)
        if not reached.sum():
            return cls.none()
        profiles = _profiles()
        shares = _learn_shares(profiles, tried * rates, reached)
        return cls(
            tuple(map(tuple, profiles.round(6).tolist())), tuple(shares.round(9).tolist()),
            tuple(np.round(rates, 9).tolist()),
        )  # fmt: skip

    def predict_tilts(self, rows: pd.DataFrame) -> Floats:
        """Log-odds that each row's debtor adds to an hour of each bin, against everybody: (row, bin)."""
        return self.tilts_of(*counts(rows))

    def tilts_of(self, tried: Floats, reached: Floats) -> Floats:
        """`predict_tilts` of debtors whose `counts` these are."""
        bumps = np.exp(np.array(self.profiles))
        tilts: Floats = np.log(weigh(self._posterior(tried, reached), bumps)) - np.log(np.array(self.shares) @ bumps)
        return tilts

    def predict_spread(self, rows: pd.DataFrame) -> Floats:
        """Standard deviation of those log-odds, by what is left open: (row, bin)."""
        profiles, posterior = np.array(self.profiles), self._posterior(*counts(rows))
        variance = posterior @ profiles**2 - (posterior @ profiles) ** 2
        spread: Floats = np.sqrt(np.maximum(variance, 0))
        return spread

    def _posterior(self, tried: Floats, reached: Floats) -> Floats:
        return _posterior(np.array(self.profiles), np.array(self.shares), tried * np.array(self.rates), reached)

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Habits:
        """What `to_json` wrote."""
        return cls(tuple(map(tuple, told["profiles"])), tuple(told["shares"]), tuple(told["rates"]))


def counts(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Calls tried and calls that reached the debtor in the last year, by (row, bin)."""
    found = read_all(rows, CALLS)
    return found[:, : len(BINS)], found[:, len(BINS) :]


def read(rows: pd.DataFrame, name: str) -> Floats:
    """A column as floats; 0 where it is not known or not there."""
    if name not in rows:
        return np.zeros(len(rows))
    return np.nan_to_num(rows[name].to_numpy(np.float64, na_value=np.nan))


def read_all(rows: pd.DataFrame, names: pd.Index[str]) -> Floats:
    """Columns as floats by (row, name); 0 where one is not known or not there."""
    if any(name not in rows for name in names):
        return np.column_stack([read(rows, name) for name in names])
    return np.nan_to_num(np.ascontiguousarray(read_floats(rows, names)))


def _profiles() -> Floats:
    """The flat profile, those with one bump, and those with two."""
    bumps = _HEIGHT * np.exp(-0.5 * ((_MIDDLES[:, None] - _MIDDLES) / _WIDTH) ** 2)
    pairs = [np.maximum(bumps[one], bumps[other]) for one, other in combinations(range(len(BINS)), 2)]
    return np.vstack([np.zeros(len(BINS)), bumps, *pairs])


def _learn_shares(profiles: Floats, expected: Floats, reached: Floats) -> Floats:
    """The share of debtors with each profile (EM)."""
    shares = np.full(len(profiles), 1 / len(profiles))
    for _ in range(_ROUNDS):
        weight = _posterior(profiles, shares, expected, reached).sum(axis=0) + _SHARE_WEIGHT
        shares = weight / weight.sum()
    return shares


def _posterior(profiles: Floats, shares: Floats, expected: Floats, reached: Floats) -> Floats:
    """Probability of each profile by row."""
    level = reached.sum(axis=1, keepdims=True) + _LEVEL_SHAPE
    beyond = _LEVEL_SHAPE + weigh(expected, np.exp(profiles).T)
    z = np.log(shares) + weigh(reached, profiles.T) - level * np.log(beyond)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    posterior: Floats = p / p.sum(axis=1, keepdims=True)
    return posterior
