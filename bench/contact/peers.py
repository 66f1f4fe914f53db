"""What contact times are held against: base rates, the best global hour, the debtor's best stretch so far, LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_base import places
from recobro_models.contact_habits import BIN_OF_HOUR, counts
from recobro_models.features.families import DEBTOR_FAMILIES

Floats = NDArray[np.float64]

_FEATURES: Final = [
    name for family in DEBTOR_FAMILIES if family.name in ("contact_history", "open_position") for name in family.columns
]
_PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "seed": 1, "deterministic": True, "num_threads": 1,
    "verbosity": -1,
}  # fmt: skip
_TREES: Final = 120


@dataclass(frozen=True)
class Peers:
    """Peers fitted to the same attempts: `cells` is (channel, weekday, hour) reached of tried, `booster` LightGBM."""

    cells: tuple[Floats, Floats]
    booster: Any

    @classmethod
    def fit(cls, attempts: pd.DataFrame) -> Peers:
        """Count the cells and grow the trees."""
        import lightgbm

        cell = (
            places(attempts["channel"].to_numpy(object)),
            attempts["weekday"].to_numpy(),
            attempts["hour"].to_numpy(),
        )
        tried, reached = np.zeros((len(CHANNELS), 7, 24)), np.zeros((len(CHANNELS), 7, 24))
        np.add.at(tried, cell, 1.0)
        np.add.at(reached, cell, attempts["reached"].to_numpy(np.float64))
        data = lightgbm.Dataset(
            _matrix(attempts, *cell), label=attempts["reached"].to_numpy(np.float64), params={"verbosity": -1}
        )
        return cls((tried, reached), lightgbm.train(_PARAMETERS, data, _TREES))

    def predict(self, attempts: pd.DataFrame) -> dict[str, Floats]:
        """Chance of reaching by peer; a raw rate has one attempt of its channel's rate added."""
        place = places(attempts["channel"].to_numpy(object))
        weekday, hour = attempts["weekday"].to_numpy(), attempts["hour"].to_numpy()
        tried, reached = self.cells
        whole = (reached.sum((1, 2)) + 0.1) / (tried.sum((1, 2)) + 1)
        by_hour = (reached.sum(1) + whole[:, None]) / (tried.sum(1) + 1)
        return {
            "channel's rate": whole[place],
            "rate of the hour": by_hour[place, hour],
            "LightGBM": self.booster.predict(_matrix(attempts, place, weekday, hour), num_threads=1),
        }

    def predict_day(self, debtors: pd.DataFrame, weekday: int, hours: range) -> dict[str, Floats]:
        """A call's curve over the hours of one day by peer; only its best hour counts."""
        tried, reached = self.cells
        slot = np.array(hours)
        rates = (reached[0].sum(0) / np.maximum(tried[0].sum(0), 1))[slot]
        everybody = np.tile(rates, (len(debtors), 1))
        hits = counts(debtors)[1][:, BIN_OF_HOUR[slot]]
        by_hour = [
            self.booster.predict(
                _matrix(debtors, *(np.full(len(debtors), one) for one in (0, weekday, hour))), num_threads=1
            )
            for hour in hours
        ]
        return {
            "any hour": np.random.default_rng(1).random(everybody.shape),
            "best global hour": everybody,
            # Where the debtor answered most; of these the best hour of everybody.
            "debtor's best stretch": hits + 0.01 * everybody,
            "LightGBM": np.column_stack(by_hour),
        }


def _matrix(rows: pd.DataFrame, place: Any, weekday: Any, hour: Any) -> Floats:
    own = [rows[name].to_numpy(np.float64, na_value=np.nan) for name in _FEATURES]
    return np.column_stack([*own, place, weekday, hour])
