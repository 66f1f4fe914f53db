"""How payments come together: those of one debtor, those of a whole portfolio, and those of one week.

A one-factor Gaussian copula (Li 2000): each charge's place among its possible days of payment is a normal number, made
of one that the portfolio shares, one that the debtor's charges share, and one of its own. What is kept here are the
shares of its variance. They say nothing about when a charge is paid, only which payments come early or late together.

A week's money strays further, by what no curve knows of that week (a strike, a holiday moved, a bank that is down):
that part is one number for all weeks, learnt from weeks that were forecast and seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Probability that each row's charge is paid by so many days ahead, one column each.
Predict = Callable[[pd.DataFrame, tuple[int, ...]], Floats]

#: Payments within so many days are compared; the window of `calibrated` is usually as long.
_DAYS: Final = 30
#: The portfolio's share where nothing is known, our assumption (one month in three is off by more than 0.07 in a
#: probability of a half), and the months that it weighs as much as.
_USUAL, _USUAL_MONTHS = 0.03, 4.0
#: By how much of itself a week strays where nothing is known, our assumption, and the months that it weighs as much as.
_USUAL_WEEK, _USUAL_WEEK_MONTHS = 0.2, 2.0
#: Payments that a week must be told to bring, or it says nothing of how far weeks stray.
_FEWEST_EXPECTED: Final = 5.0
#: Charges of a debtor further apart in the list than this are not compared.
_NEIGHBOURS: Final = 6
_MOST: Final = 0.95


@dataclass(frozen=True)
class Correlation:
    """Shares of variance: `debtor` of what one debtor's charges share beyond the portfolio's, `portfolio` of that.

    week: standard deviation of a week's money beyond what both explain, as a share of that money.
    """

    debtor: float = 0.3
    portfolio: float = _USUAL
    week: float = _USUAL_WEEK

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
        weeks = tuple(range(7, days + 1, 7))
        told = np.clip(predict(whole, (*weeks, days)), 1e-6, 1 - 1e-6)
        ids = pd.factorize(pd.MultiIndex.from_frame(whole[["as_of", "debtor_id"]]))[0]
        months = (whole["as_of"].max() - whole["as_of"].min()).days / _DAYS
        seen = _Days(pd.factorize(whole["as_of"])[0], ids, months)
        beyond = (_paid_by(whole, days) - told[:, -1]).astype(np.float64)
        portfolio = _of_portfolio(told[:, -1], beyond, seen)
        together = _of_pairs(told[:, -1], beyond, ids)
        return cls(
            cls().debtor if together is None else round(max(together - portfolio, 0.0), 6),
            round(portfolio, 6),
            round(_of_weeks(whole, told[:, :-1], seen), 6),
        )

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


class _Days(NamedTuple):
    """Whose charges they are: number of each row's as-of day and of its debtor on that day, and the months between the
    first day and the last: days near each other share their luck, so that many of them say little more than one."""

    day: NDArray[np.intp]
    debtor: NDArray[np.intp]
    months: float

    def chance(self, beyond: Floats) -> Floats:
        """Variance of each day's sum that comes from its debtors, each on their own."""
        day_of = np.zeros(self.debtor.max() + 1, np.intp)
        day_of[self.debtor] = self.day
        return np.bincount(day_of, np.bincount(self.debtor, beyond) ** 2).astype(np.float64)


def _of_portfolio(p: Floats, beyond: Floats, days: _Days) -> float:
    """How far whole days moved apart beyond what their debtors' chance explains, drawn to the usual."""
    from scipy.special import ndtri

    density = np.bincount(days.day, np.exp(-0.5 * ndtri(p) ** 2) / np.sqrt(2 * np.pi))
    moved = np.bincount(days.day, beyond) / density
    if len(moved) < 2:
        return _USUAL
    seen = max(float(np.var(moved, ddof=1) - np.mean(days.chance(beyond) / density**2)), 0.0)
    return (days.months * seen + _USUAL_MONTHS * _USUAL) / (days.months + _USUAL_MONTHS)


def _of_weeks(rows: pd.DataFrame, told: Floats, days: _Days) -> float:
    """How far weeks strayed from what was told of them, beyond their debtors' chance and as a share of it."""
    expected = np.diff(told, axis=1, prepend=0.0)
    seen: list[float] = []
    for week in range(expected.shape[1]):
        came = _paid_by(rows, 7 * week + 7) & ~_paid_by(rows, 7 * week)
        beyond = came - expected[:, week]
        strayed = np.bincount(days.day, beyond) ** 2 - days.chance(beyond)
        owed = np.bincount(days.day, expected[:, week])
        enough = owed >= _FEWEST_EXPECTED
        seen.extend(strayed[enough] / owed[enough] ** 2)
    if not seen:
        return _USUAL_WEEK
    months = days.months + 1
    variance = months * max(float(np.mean(seen)), 0.0) + _USUAL_WEEK_MONTHS * _USUAL_WEEK**2
    return float(np.sqrt(variance / (months + _USUAL_WEEK_MONTHS)))


def _paid_by(rows: pd.DataFrame, day: int) -> NDArray[np.bool_]:
    paid: NDArray[np.bool_] = (rows["was_paid"] & (rows["followed_days"] <= day)).to_numpy(bool)
    return paid
