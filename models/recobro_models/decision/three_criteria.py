"""The rule of three criteria: age of the debt, amount, days since the last attempt.

The published rule of thumb of the field (Kashio's guide to automated collection): transparent, needs no history, and is
the bar a model has to beat. It ranks portfolios that are too small or too new to learn from.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POLICY: Final = "three-criteria"


def rank_three_criteria(debtors: pd.DataFrame) -> NDArray[np.float64]:
    """A score in (0, 1] by debtor: the mean of its places by the three criteria, the highest first.

    Args:
        debtors: `portfolio_id`, `days_past_due`, `amount_to_collect`, `days_since_last_attempt` (null: never tried,
            which counts as longest). Places are taken within each portfolio; equal values share theirs.
    """
    longest = debtors["days_since_last_attempt"].fillna(np.inf)
    criteria = debtors[["days_past_due", "amount_to_collect"]].assign(waited=longest)
    places = criteria.groupby(debtors["portfolio_id"]).rank(pct=True, method="average")
    return places.mean(axis=1).to_numpy(np.float64)
