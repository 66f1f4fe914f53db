"""How far debtors differ in being reached beyond what is known of them: what makes an interval of `p_reach`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.contact_terms import year_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The widest that debtors of one channel are thought to differ, in log-odds: a number that is dead lies further off.
_WIDEST: Final = 1.5
#: How far an attempt's chance lies from the debtor's usual one (his hour, his day, how tired of us he is), in log-odds:
#: an assumption, which no number of attempts narrows.
_OF_THE_DAY: Final = 0.4


@dataclass(frozen=True)
class Unknown:
    """`spread`: standard deviation, in log-odds, of debtors of whom nothing is known on a channel; before anything is
    learnt as wide as the field's reports of what different books reach."""

    spread: float = 0.7

    @classmethod
    def fit(cls, debtors: pd.DataFrame, rates: Floats) -> Unknown:
        """How much more the year's answers of debtors differ than chance makes them (method of moments).

        Args:
            debtors: one row a debtor, with the counts of a year.
            rates: usual reach by channel.
        """
        tried, reached = year_counts(debtors)
        usual = rates * (1 - rates)
        beyond = float(np.sum((reached - tried * rates) ** 2 - tried * usual))
        pairs = float(np.sum(np.maximum(tried * (tried - 1), 0) * usual**2))
        if pairs <= 0:
            return cls()
        return cls(round(float(np.clip(np.sqrt(max(beyond, 0.0) / pairs), 0.0, _WIDEST)), 3))

    def predict_spread(self, rows: pd.DataFrame, place: Ints, rates: Floats) -> Floats:
        """Standard deviation of each row's debtor's log-odds on the channel on one day, given how often he was tried
        on it."""
        tried, _ = year_counts(rows)
        known = tried[np.arange(len(rows)), place] * (rates * (1 - rates))[place]
        spread: Floats = np.hypot(self.spread / np.sqrt(1 + self.spread**2 * known), _OF_THE_DAY)
        return spread

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Unknown:
        """What `to_json` wrote."""
        return cls(**told)
