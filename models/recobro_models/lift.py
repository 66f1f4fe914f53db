"""Lift: how an action moves a chance, against no action; learnt from both, told in log-odds.

Two steps, each learnt on one half of the subjects and told to the other (Künzel, Sekhon, Bickel and Yu 2019):

1. `soon`: the chance when nothing is done;
2. `shift`: by how many log-odds the action moves it. First one number for each kind of action, drawn towards its prior;
   then shallow trees that start from it, mixed in only as far as they help on the other half.

A shift in log-odds is the form in which an action hardly moves those who will do it anyway and those who never will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recobro_models.booster import BoostedClassifier
from recobro_models.calibration import log_odds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Nobody is surer than this.
_SURE: Final = (1e-4, 1 - 1e-4)
#: How far the shift of a kind of action is thought to lie from its prior (log-odds).
_SHIFT_SPREAD: Final = 0.4
#: Subjects acted on that each half needs before trees are grown.
_MIN_ACTED: Final = 400
_SOON_TREES: Final[dict[str, Any]] = {
    "n_estimators": 150, "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 40, "feature_fraction": 0.5,
    "reg_lambda": 1.0, "threads": 1,
}  # fmt: skip
_SHIFT_TREES: Final[dict[str, Any]] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 60, "lambda_l2": 10.0,
    "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1, "deterministic": True, "force_row_wise": True,
    "boost_from_average": False, "num_threads": 1, "verbosity": -1,
}  # fmt: skip
_N_SHIFT_TREES: Final = 80
#: As many fits with other draws are averaged: shallow trees on weak signals differ from draw to draw.
_N_DRAWS: Final = 3


@dataclass(frozen=True)
class Examples:
    """What a lift is learnt from, one row a subject and occasion.

    x: what the chance depends on when nothing is done. z: what the shift depends on. y: what came of it (0 or 1).
    place: the kind of action; -1 where nothing was done. acted: whether the action got to the subject. fold: 0 or 1.
    """

    x: Floats
    z: Floats
    y: Floats
    place: Ints
    acted: Bools
    fold: Ints


@dataclass(frozen=True)
class Lift:
    """A fitted lift. `soon` and `shifts` are trees as texts; `level` is by kind of action, `mix` the trees' share."""

    soon: str
    level: Floats
    shifts: tuple[str, ...] = ()
    mix: float = 0.0

    @classmethod
    def fit(cls, seen: Examples, prior: Floats, *, seed: int) -> tuple[Lift, Halves]:
        """Fit; `prior` is the shift of each kind of action before anything is learnt.

        The halves tell each row what was learnt on the other half.
        """
        alone, soon = seen.place < 0, np.zeros(len(seen.y))
        for side in (0, 1):
            other = seen.fold == side
            soon[other] = _fit_soon(seen, alone & ~other, seed).predict_proba(seen.x[other])[:, 1]
        soon, acted = np.clip(soon, *_SURE), seen.acted
        level = _levels(seen.y[acted], log_odds(soon[acted]), seen.place[acted], prior)
        start, columns = log_odds(soon) + level[seen.place], _shift_columns(seen.z, soon, seen.place)
        halves, own = Halves(seen, soon, level), np.zeros(len(seen.y))
        if min((acted & (seen.fold == side)).sum() for side in (0, 1)) >= _MIN_ACTED:
            learn = [acted & (seen.fold != side) for side in (0, 1)]
            halves.shifts = [_boost(columns[part], seen.y[part], start[part], seed) for part in learn]
            own = halves.own(columns)
            halves.mix = _how_much(seen.y[acted], start[acted], own[acted])
        shifts = _boost(columns[acted], seen.y[acted], start[acted], seed) if halves.mix else ()
        return cls(_fit_soon(seen, alone, seed).to_text(), level, shifts, halves.mix), halves

    def predict_soon(self, x: Floats) -> Floats:
        """The chance of each row when nothing is done."""
        chance = _booster(self.soon).predict(x, num_threads=1)
        return np.clip(np.asarray(chance, np.float64), *_SURE)

    def predict_acted(self, z: Floats, soon: Floats, place: int) -> Floats:
        """The chance of each row once the action of that kind gets to it; `soon` is its chance when nothing is done."""
        shift = np.full(len(z), self.level[place])
        if self.mix:
            shift += self.mix * _raw(self.shifts, _shift_columns(z, soon, np.full(len(z), place)))
        return np.asarray(expit(log_odds(soon) + shift))

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name."""
        about = {"level": self.level.tolist(), "mix": self.mix, "n_shifts": len(self.shifts)}
        trees = {f"shift_{number}.txt": text for number, text in enumerate(self.shifts, start=1)}
        return {"lift.json": about, "soon.txt": self.soon, **trees}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> Lift:
        """The model that `to_files` wrote."""
        about = files["lift.json"]
        shifts = tuple(files[f"shift_{number}.txt"] for number in range(1, about["n_shifts"] + 1))
        return cls(files["soon.txt"], np.array(about["level"]), shifts, about["mix"])


@dataclass
class Halves:
    """What was learnt on each half, told to the other: `soon` by row, and the chance had an action got to it."""

    seen: Examples
    soon: Floats
    level: Floats
    shifts: list[tuple[str, ...]] = field(default_factory=list)
    mix: float = 0.0

    def acted(self, place: int) -> Floats:
        """Chance of each row, had the action of that kind got to it."""
        start = log_odds(self.soon) + self.level[place]
        if not self.mix:
            return np.asarray(expit(start))
        columns = _shift_columns(self.seen.z, self.soon, np.full(len(self.soon), place))
        return np.asarray(expit(start + self.mix * self.own(columns)))

    def own(self, columns: Floats) -> Floats:
        """The trees' shift of each row, by the other half."""
        found = np.zeros(len(columns))
        for side, trees in enumerate(self.shifts):
            other = self.seen.fold == side
            found[other] = _raw(trees, columns[other])
        return found


def _shift_columns(z: Floats, soon: Floats, place: Ints) -> Floats:
    return np.column_stack([z, soon, place])


def _fit_soon(seen: Examples, learn: Bools, seed: int) -> BoostedClassifier:
    return BoostedClassifier(seed=seed, **_SOON_TREES).fit(seen.x[learn], seen.y[learn])


def _levels(y: Floats, start: Floats, place: Ints, prior: Floats) -> Floats:
    """Shift by kind of action, most likely given its prior (a normal one), by Newton's steps."""
    level = prior.copy()
    for kind in np.unique(place):
        mine = place == kind
        for _ in range(25):
            p = expit(start[mine] + level[kind])
            slope = (y[mine] - p).sum() - (level[kind] - prior[kind]) / _SHIFT_SPREAD**2
            level[kind] += np.clip(slope / ((p * (1 - p)).sum() + 1 / _SHIFT_SPREAD**2), -1, 1)
    return level


def _boost(columns: Floats, y: Floats, start: Floats, seed: int) -> tuple[str, ...]:
    import lightgbm

    return tuple(
        lightgbm.train(
            _SHIFT_TREES | {"seed": seed + number},
            lightgbm.Dataset(columns, label=y, init_score=start, params={"verbosity": -1}), _N_SHIFT_TREES,
        ).model_to_string()
        for number in range(_N_DRAWS)
    )  # fmt: skip


def _raw(trees: tuple[str, ...], columns: Floats) -> Floats:
    raw = [_booster(text).predict(columns, raw_score=True, num_threads=1) for text in trees]
    mean: Floats = np.mean(raw, axis=0)
    return mean


@lru_cache(maxsize=32)
def _booster(text: str) -> Any:
    # Reading the trees costs more than asking them about a few rows.
    import lightgbm

    return lightgbm.Booster(model_str=text)


def _how_much(y: Floats, start: Floats, own: Floats) -> float:
    """Share of the trees' shift to mix in: its most likely weight less a standard error, between nothing and all."""
    weight, curvature = 0.0, 1.0
    for _ in range(25):
        p = expit(start + weight * own)
        curvature = max(float((own**2 * p * (1 - p)).sum()), 1e-12)
        weight += float(np.clip((own * (y - p)).sum() / curvature, -1, 1))
    return float(np.clip(weight - 1 / np.sqrt(curvature), 0, 1))
