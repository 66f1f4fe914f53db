"""How payments come together: those of one debtor, and those of a whole portfolio.

A one-factor Gaussian copula (Li 2000): each charge's place among its possible days of payment is a normal number, made
of one that the portfolio shares, one that the debtor's charges share, and one of its own. What is kept here are the
shares of its variance. They say nothing about when a charge is paid, only which payments come early or late together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Probability that each row's charge is unpaid after so many days.
Predict = Callable[[pd.DataFrame, NDArray[np.int64]], Floats]

#: Payments within so many days are compared; the window of `calibrated` is usually as long.
_DAYS: Final = 30
#: The portfolio's share where nothing is known, our assumption (one month in three is off by more than 0.07 in a
#: probability of a half), and the as-of days that it weighs as much as.
_USUAL, _USUAL_DAYS = 0.03, 4.0
#: Charges of a debtor further apart in the list than this are not compared.
_NEIGHBOURS: Final = 6
_MOST: Final = 0.95


@dataclass(frozen=True)
class Correlation:
    """Shares of variance: `debtor` of what one debtor's charges share beyond the portfolio's, `portfolio` of that."""

    debtor: float = 0.3
    portfolio: float = _USUAL

    @classmethod
    def seen(cls, rows: pd.DataFrame, predict: Predict) -> Correlation:
        """From charges followed for 30 days (or as long as any) as of several days.

        Args:
            rows: `debtor_id`, `as_of`, `followed_days`, `was_paid`, and what `predict` asks for.
            predict: the curve that the payments are compared with.
        """
        days = int(min(_DAYS, rows["followed_days"].max())) if len(rows) else 0
        whole = rows[rows["was_paid"] | (rows["followed_days"] >= days)].reset_index(drop=True)
        if len(whole) < 2 or days < 1:
            return cls()
        p = np.clip(1 - predict(whole, np.array(days)), 1e-6, 1 - 1e-6)
        paid = (whole["was_paid"] & (whole["followed_days"] <= days)).to_numpy(np.float64)
        ids = pd.factorize(pd.MultiIndex.from_frame(whole[["as_of", "debtor_id"]]))[0]
        portfolio = _of_portfolio(p, paid - p, pd.factorize(whole["as_of"])[0], ids)
        together = _of_pairs(p, paid - p, ids)
        return cls(cls().debtor if together is None else round(max(together - portfolio, 0.0), 6), round(portfolio, 6))

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Correlation:
        """What `to_json` wrote."""
        return cls(**told)


def _of_pairs(p: Floats, beyond: Floats, ids: NDArray[np.intp]) -> float | None:
    """The correlation with which pairs of one debtor's charges are paid together as often as they were."""
    order = np.argsort(ids, kind="stable")
    pairs = [(order[:-step], order[step:]) for step in range(1, min(_NEIGHBOURS, len(order)))]
    one, other = (np.concatenate([pair[side] for pair in pairs]) if pairs else np.empty(0, int) for side in (0, 1))
    same = ids[one] == ids[other]
    one, other = one[same], other[same]
    if len(one) < 2:
        return None
    seen = float(np.sum(beyond[one] * beyond[other]))
    least, most = 0.0, _MOST
    for _ in range(12):
        middle = (least + most) / 2
        least, most = (middle, most) if _together(p[one], p[other], middle) < seen else (least, middle)
    return (least + most) / 2


def _together(p: Floats, q: Floats, correlation: float) -> float:
    """Sum over pairs of the chance that both are paid, beyond that of independent ones."""
    from scipy.special import ndtr, ndtri

    points, weights = np.polynomial.hermite_e.hermegauss(40)
    rest = np.sqrt(1 - correlation)
    total = 0.0
    for point, weight in zip(np.sqrt(correlation) * points, weights / weights.sum(), strict=True):
        total += weight * float(np.sum(ndtr((ndtri(p) - point) / rest) * ndtr((ndtri(q) - point) / rest)))
    return total - float(np.sum(p * q))


def _of_portfolio(p: Floats, beyond: Floats, day: NDArray[np.intp], ids: NDArray[np.intp]) -> float:
    """How far whole days moved apart beyond what their debtors' chance explains, drawn to the usual."""
    from scipy.special import ndtri

    density = np.bincount(day, np.exp(-0.5 * ndtri(p) ** 2) / np.sqrt(2 * np.pi))
    moved = np.bincount(day, beyond) / density
    by_debtor = np.bincount(ids, beyond)
    day_of = np.zeros(len(by_debtor), np.intp)
    day_of[ids] = day
    chance = np.bincount(day_of, by_debtor**2) / density**2
    free = len(moved) - 1
    seen = float(np.sum((moved - moved.mean()) ** 2) - free * chance.mean())
    return max(seen + _USUAL_DAYS * _USUAL, 0.0) / (free + _USUAL_DAYS)
