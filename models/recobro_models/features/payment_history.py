"""How a debtor paid what fell due before: aggregates over `charges`, the debtor's charges as of the day.

Lateness of a charge is the day it was wholly paid less the day it fell due; of an unpaid overdue one, its days so far.
"""

from __future__ import annotations

from typing import Final

import ibis
from ibis import _

from recobro_data.books import Rows

#: Of `smoothed_late5_share`: days after which a charge weighs half as much, and what stands in for a history: so many
#: charges due today, this share of them late.
_HALF_LIFE_DAYS: Final = 90
_PRIOR_CHARGES: Final = 2
_PRIOR_LATE: Final = 0.1
#: Weights are whole numbers, so that their sums do not depend on the order of rows.
_ONE: Final = 2**20


def source(rows: Rows) -> ibis.Table:
    """Charges with `depth` (lateness, days, never below 0), `is_due` and `nth_due` (0: the one that fell due last)."""
    return rows.charges.mutate(
        depth=ibis.greatest(ibis.coalesce(_.days_late, _.days_past_due.cast("float64")), 0.0),
        is_due=_.days_past_due > 0,
    )


def n_charges_365d(charges: ibis.Table) -> ibis.Value:
    """Charges that fell due in the last 365 days."""
    return charges.count(where=charges.is_due & (charges.days_past_due <= 365))


def n_settled_365d(charges: ibis.Table) -> ibis.Value:
    """Charges wholly paid in the last 365 days."""
    return charges.count(where=charges.paid_off_days_ago <= 365)


def mean_days_late_365d(charges: ibis.Table) -> ibis.Value:
    """Mean of (paid off - due) of charges paid off in the last 365 days; early payment counts below 0 (days)."""
    return charges.days_late.mean(where=charges.paid_off_days_ago <= 365)


def mean_days_late_90d(charges: ibis.Table) -> ibis.Value:
    """Mean of (paid off - due) of charges paid off in the last 90 days (days)."""
    return charges.days_late.mean(where=charges.paid_off_days_ago <= 90)


def mean_days_late_30d(charges: ibis.Table) -> ibis.Value:
    """Mean of (paid off - due) of charges paid off in the last 30 days (days)."""
    return charges.days_late.mean(where=charges.paid_off_days_ago <= 30)


def mean_days_late_180d(charges: ibis.Table) -> ibis.Value:
    """Mean of (paid off - due) of charges paid off in the last 180 days (days)."""
    return charges.days_late.mean(where=charges.paid_off_days_ago <= 180)


def mean_days_late_all(charges: ibis.Table) -> ibis.Value:
    """Mean of (paid off - due) of all charges paid off (days)."""
    return charges.days_late.mean()


def trend_days_late_90d(charges: ibis.Table) -> ibis.Value:
    """How much later charges were paid off in the last 90 days than in the last 365, on average (days)."""
    return mean_days_late_90d(charges) - mean_days_late_365d(charges)


def spread_days_late_365d(charges: ibis.Table) -> ibis.Value:
    """Standard deviation of (paid off - due) over the last 365 days (days)."""
    return _spread(charges, 365)


def spread_days_late_90d(charges: ibis.Table) -> ibis.Value:
    """Standard deviation of (paid off - due) over the last 90 days (days)."""
    return _spread(charges, 90)


def worst_days_late_365d(charges: ibis.Table) -> ibis.Value:
    """Greatest lateness of charges that fell due in the last 365 days, paid or not (days)."""
    return charges.depth.max(where=charges.is_due & (charges.days_past_due <= 365))


def last_days_late(charges: ibis.Table) -> ibis.Value:
    """Lateness of the charge that fell due last (days)."""
    return charges.depth.max(where=charges.is_due & (charges.nth_due == 0))


def late5_share_365d(charges: ibis.Table) -> ibis.Value:
    """Share of the charges due in the last 365 days that were 5 or more days late."""
    return _late_share(charges, 5)


def late15_share_365d(charges: ibis.Table) -> ibis.Value:
    """Share of the charges due in the last 365 days that were 15 or more days late."""
    return _late_share(charges, 15)


def late30_share_365d(charges: ibis.Table) -> ibis.Value:
    """Share of the charges due in the last 365 days that were 30 or more days late."""
    return _late_share(charges, 30)


def late5_share_90d(charges: ibis.Table) -> ibis.Value:
    """Share of the charges due in the last 90 days that were 5 or more days late."""
    return (charges.depth >= 5).mean(where=charges.is_due & (charges.days_past_due <= 90))


def late5_share_all(charges: ibis.Table) -> ibis.Value:
    """Share of all charges that fell due that were 5 or more days late."""
    return (charges.depth >= 5).mean(where=charges.is_due)


def late5_share_year_ago(charges: ibis.Table) -> ibis.Value:
    """Share of the charges due 335 to 395 days ago, at this time of the year, that were 5 or more days late."""
    return (charges.depth >= 5).mean(where=charges.days_past_due.between(335, 395))


def smoothed_late5_share(charges: ibis.Table) -> ibis.Value:
    """Share of due charges 5 or more days late, weights halving every 90 days, drawn to 10 % by two charges more."""
    weight = (_ONE * 0.5 ** (charges.days_past_due / _HALF_LIFE_DAYS)).round().cast("int64")
    late = weight.sum(where=charges.is_due & (charges.depth >= 5)).fill_null(0)
    all_due = weight.sum(where=charges.is_due).fill_null(0)
    return (late + _PRIOR_CHARGES * _PRIOR_LATE * _ONE) / (all_due + _PRIOR_CHARGES * _ONE)


def n_of_last6(charges: ibis.Table) -> ibis.Value:
    """How many of the last six due charges there are (0 to 6)."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6))


def n_late5_of_last6(charges: ibis.Table) -> ibis.Value:
    """Of the last six due charges, how many were 5 or more days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6) & (charges.depth >= 5))


def n_late15_of_last6(charges: ibis.Table) -> ibis.Value:
    """Of the last six due charges, how many were more than 15 days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6) & (charges.depth > 15))


def n_of_last10(charges: ibis.Table) -> ibis.Value:
    """How many of the last ten due charges there are (0 to 10)."""
    return charges.count(where=charges.is_due & (charges.nth_due < 10))


def n_late5_of_last3(charges: ibis.Table) -> ibis.Value:
    """Of the last three due charges, how many were 5 or more days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 3) & (charges.depth >= 5))


def n_late5_of_last10(charges: ibis.Table) -> ibis.Value:
    """Of the last ten due charges, how many were 5 or more days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 10) & (charges.depth >= 5))


def mean_days_late_of_last3(charges: ibis.Table) -> ibis.Value:
    """Mean lateness of the last three due charges, paid or not (days)."""
    return charges.depth.mean(where=charges.is_due & (charges.nth_due < 3))


def mean_days_late_of_last10(charges: ibis.Table) -> ibis.Value:
    """Mean lateness of the last ten due charges, paid or not (days)."""
    return charges.depth.mean(where=charges.is_due & (charges.nth_due < 10))


def worst_days_late_of_last3(charges: ibis.Table) -> ibis.Value:
    """Greatest lateness of the last three due charges, paid or not (days)."""
    return charges.depth.max(where=charges.is_due & (charges.nth_due < 3))


def utilisation_365d(charges: ibis.Table) -> ibis.Value:
    """Share of what fell due in the last 365 days that is unpaid."""
    recent = charges.is_due & (charges.days_past_due <= 365)
    return charges.outstanding.sum(where=recent).round(2) / charges.amount.sum(where=recent).round(2)


def in_parts_share_365d(charges: ibis.Table) -> ibis.Value:
    """Share of the charges settled in the last 365 days that were paid in more than one part."""
    return (charges.n_parts > 1).mean(where=charges.paid_off_days_ago <= 365)


def mean_charge_amount(charges: ibis.Table) -> ibis.Value:
    """Mean amount of all the debtor's charges (major units)."""
    return charges.amount.sum().round(2) / charges.count()


def tenure_days(charges: ibis.Table) -> ibis.Value:
    """Days since the debtor's oldest charge fell due, or its first is due (below 0: none has fallen due yet)."""
    return charges.days_past_due.max()


def _late_share(charges: ibis.Table, days: int) -> ibis.Value:
    return (charges.depth >= days).mean(where=charges.is_due & (charges.days_past_due <= 365))


def _spread(charges: ibis.Table, days: int) -> ibis.Value:
    recent = charges.paid_off_days_ago <= days
    n, sums = charges.count(where=recent), charges.days_late.sum(where=recent)
    squares = (charges.days_late * charges.days_late).sum(where=recent)
    # Sums of whole days are exact, so unlike the engine's own deviation this does not depend on the order of rows.
    return ((n * squares - sums * sums) / (n * (n - 1)).nullif(0)).sqrt()
