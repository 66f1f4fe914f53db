"""Cash to expect by week from the charges that are open, with an interval: their curves, drawn together.

What is assumed: debtors are worked as they were before (`PaymentCurve.worked`); each charge brings its unpaid part on
the day it is wholly paid, so that money paid in parts comes earlier than told; charges issued later bring nothing here.
When each is paid follows its own curve; which are paid early or late together follows `Correlation`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recobro_models.correlation import Correlation
from recobro_models.payment_curve import PaymentCurve

Floats = NDArray[np.float64]

#: Levels of the intervals, by the end of their columns' names.
LEVELS: Final = {80: (0.1, 0.9), 95: (0.025, 0.975)}
WEEKS: Final = 13
#: Portfolios drawn, at most and at least, and charges drawn in all: the more charges, the less is left to chance.
_DRAWS, _FEWEST_DRAWS, _MOST_DRAWN = 2000, 200, 60_000_000
#: Charges read or drawn at once, so that memory stays flat.
_READ, _DRAWN = 10_000, 2_000_000


def forecast_cash(
    curve: PaymentCurve, charges: pd.DataFrame, *, weeks: int = WEEKS, amounts: ArrayLike | None = None, seed: int = 1
) -> pd.DataFrame:
    """One row a week from the charges' as-of day on, as `build_forecast` gives it.

    Args:
        curve: the risk model.
        charges: open charges as of one day: what the curve asks for, `debtor_id`, `charge_amount`, `charge_paid_share`.
        weeks: as far as the curve reaches.
        amounts: unpaid part of each charge in one currency; by default that of its own.
        seed: of the draws.
    """
    money = unpaid_amounts(charges) if amounts is None else amounts
    return build_forecast(
        _paid_by_week(curve, charges, weeks), charges, money, correlation=curve.correlation, seed=seed
    )


def build_forecast(
    paid: Floats, charges: pd.DataFrame, amounts: ArrayLike, *, correlation: Correlation, seed: int = 1
) -> pd.DataFrame:
    """One row a week: `week` (1 is the first), `starts_on`, `ends_on`, the money `expected`, and between which `low_80`
    and `high_80`, `low_95` and `high_95` it comes; `expected_so_far` and its bounds count from the first week.

    `expected` follows from the curves alone, exactly; the bounds are drawn. The same seed gives the same numbers.

    Args:
        paid: probability that each charge is paid by the end of each week, one column a week.
        charges: `debtor_id` and `as_of`.
        amounts: unpaid part of each charge, in one currency.
        correlation: of their payments.
        seed: of the draws.
    """
    money = np.asarray(amounts, np.float64)
    drawn = _draw(paid, money, pd.factorize(charges["debtor_id"])[0], correlation, seed)
    expected = np.diff(money @ paid, prepend=0.0)
    so_far = {"expected": np.cumsum(expected), **_bounds(np.cumsum(drawn, axis=1))}
    told = {"expected": expected, **_bounds(drawn)} | {_so_far(name): values for name, values in so_far.items()}
    return pd.DataFrame(
        _weeks_from(charges, paid.shape[1]) | {name: np.round(values, 2) for name, values in told.items()}
    )


def unpaid_amounts(charges: pd.DataFrame) -> Floats:
    """What is still to be paid of each charge, in its own currency."""
    share = charges["charge_paid_share"].to_numpy(np.float64, na_value=0.0)
    unpaid: Floats = charges["charge_amount"].to_numpy(np.float64) * (1 - share)
    return unpaid


def _paid_by_week(curve: PaymentCurve, charges: pd.DataFrame, weeks: int) -> Floats:
    parts = [np.empty((0, weeks))]
    for at in range(0, len(charges), _READ):
        crossed = curve.cross(charges.iloc[at : at + _READ], 7 * weeks).recalibrated(curve.worked)
        parts.append(crossed.paid_by_day(7 * weeks)[:, 6::7])
    return np.vstack(parts)


def _draw(paid: Floats, money: Floats, debtor: NDArray[np.intp], correlation: Correlation, seed: int) -> Floats:
    """Money by week of one portfolio drawn a row."""
    from scipy.special import ndtri

    draw, weeks, n = np.random.default_rng(seed), paid.shape[1], len(money)
    draws = int(np.clip(_MOST_DRAWN // max(n, 1), _FEWEST_DRAWS, _DRAWS))
    ends = np.ascontiguousarray(ndtri(np.clip(paid, 0, 1)).astype(np.float32).T)
    together, of_debtor = np.sqrt(correlation.portfolio), np.sqrt(correlation.debtor)
    own = np.sqrt(max(1 - correlation.portfolio - correlation.debtor, 0.0))
    rows, found = max(_DRAWN // max(n, 1), 1), []
    for at in range(0, draws, rows):
        m = min(rows, draws - at)
        place = own * draw.standard_normal((m, n), np.float32) + together * draw.standard_normal((m, 1), np.float32)
        place += of_debtor * draw.standard_normal((m, int(debtor.max(initial=0)) + 1), np.float32)[:, debtor]
        # Bytes: as many as a register holds are compared and counted at once.
        week = np.zeros((m, n), np.int8)
        for end in range(weeks):
            week += (place > ends[end]).view(np.int8)
        sums = np.bincount((week + (weeks + 1) * np.arange(m)[:, None]).ravel(), np.tile(money, m), m * (weeks + 1))
        found.append(sums.reshape(m, weeks + 1)[:, :weeks])
    # Drawn last, so that the weeks' own luck changes nothing in who pays when.
    strays = draw.standard_normal((draws, weeks)) * correlation.week - correlation.week**2 / 2
    return np.vstack(found).astype(np.float64) * np.exp(strays)


def _bounds(drawn: Floats) -> dict[str, Floats]:
    shares = {
        f"{side}_{level}": share
        for level, pair in LEVELS.items()
        for side, share in zip(("low", "high"), pair, strict=True)
    }
    return {name: np.quantile(drawn, share, axis=0) for name, share in shares.items()}


def _so_far(name: str) -> str:
    return "expected_so_far" if name == "expected" else f"so_far_{name}"


def _weeks_from(charges: pd.DataFrame, weeks: int) -> dict[str, object]:
    first = charges["as_of"].iloc[0] if len(charges) else pd.NaT
    starts = [first + pd.Timedelta(days=7 * week) for week in range(weeks)]
    ends = [start + pd.Timedelta(days=6) for start in starts]
    return {"week": np.arange(1, weeks + 1), "starts_on": starts, "ends_on": ends}
