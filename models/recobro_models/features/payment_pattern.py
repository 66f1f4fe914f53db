"""When a debtor pays: aggregates over `parts`, the payments that paid the debtor's charges."""

from __future__ import annotations

import ibis

from recobro_data.books import Books


def source(books: Books) -> ibis.Table:
    """Allocated payments with `days_ago` and `day_of_month`."""
    parts = books.allocations
    days_ago = ibis.date(books.as_of).delta(parts.applied_on, unit="day")
    return parts.mutate(days_ago=days_ago, day_of_month=parts.applied_on.day())


def n_payments_90d(parts: ibis.Table) -> ibis.Value:
    """Payments in the last 90 days."""
    return parts.payment_id.nunique(where=parts.days_ago <= 90)


def days_since_last_payment(parts: ibis.Table) -> ibis.Value:
    """Days since the last payment."""
    return parts.days_ago.min()


def paid_amount_90d(parts: ibis.Table) -> ibis.Value:
    """Paid in the last 90 days (major units)."""
    return parts.amount.sum(where=parts.days_ago <= 90)


def month_end_share_365d(parts: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made from the 28th to the 3rd."""
    return ((parts.day_of_month >= 28) | (parts.day_of_month <= 3)).mean(where=parts.days_ago <= 365)


def mid_month_share_365d(parts: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made from the 14th to the 18th."""
    return parts.day_of_month.between(14, 18).mean(where=parts.days_ago <= 365)


def late_money_share_365d(parts: ibis.Table) -> ibis.Value:
    """Share of the money of the last 365 days that came after its charge's due date."""
    recent = parts.days_ago <= 365
    return parts.amount.sum(where=recent & (parts.days_late > 0)).fill_null(0.0) / parts.amount.sum(where=recent)
