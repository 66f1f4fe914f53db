"""How a debtor paid what fell due before: aggregates over `charges`, the debtor's charges as of the day.

Lateness of a charge is the day it was wholly paid less the day it fell due; of an unpaid overdue one, its days so far.
"""

from __future__ import annotations

import ibis
from ibis import _

from recobro_data.books import Books


def source(books: Books) -> ibis.Table:
    """Charges with `depth` (lateness, days, never below 0), `is_due` and `nth_due` (0: the one that fell due last)."""
    charges = books.charges.mutate(
        depth=ibis.greatest(ibis.coalesce(_.days_late, _.days_past_due.cast("float64")), 0.0),
        is_due=_.days_past_due > 0,
    )
    order = ibis.row_number().over(group_by=["debtor_id", "is_due"], order_by=[_.due_on.desc(), _.charge_id.desc()])
    return charges.mutate(nth_due=order)


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


def spread_days_late_365d(charges: ibis.Table) -> ibis.Value:
    """Standard deviation of (paid off - due) over the last 365 days (days)."""
    recent = charges.paid_off_days_ago <= 365
    n, sums = charges.count(where=recent), charges.days_late.sum(where=recent)
    squares = (charges.days_late * charges.days_late).sum(where=recent)
    # Sums of whole days are exact, so unlike the engine's own deviation this does not depend on the order of rows.
    return ((n * squares - sums * sums) / (n * (n - 1)).nullif(0)).sqrt()


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


def n_of_last6(charges: ibis.Table) -> ibis.Value:
    """How many of the last six due charges there are (0 to 6)."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6))


def n_late5_of_last6(charges: ibis.Table) -> ibis.Value:
    """Of the last six due charges, how many were 5 or more days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6) & (charges.depth >= 5))


def n_late15_of_last6(charges: ibis.Table) -> ibis.Value:
    """Of the last six due charges, how many were more than 15 days late."""
    return charges.count(where=charges.is_due & (charges.nth_due < 6) & (charges.depth > 15))


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
