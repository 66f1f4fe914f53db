"""When a debtor pays: aggregates over `payments`, one row a payment known as of the day, allocated yet or not."""

from __future__ import annotations

import ibis

from recobro_data.books import Rows


def source(rows: Rows) -> ibis.Table:
    """Payments with `days_ago`, `day_of_month`, `weekday` (Monday 0) and `late_amount` (what of it paid a charge after
    its due day)."""
    paid_on = rows.payments.paid_on
    return rows.payments.mutate(day_of_month=paid_on.day(), weekday=paid_on.day_of_week.index())


def n_payments_90d(payments: ibis.Table) -> ibis.Value:
    """Payments in the last 90 days."""
    return payments.count(where=payments.days_ago <= 90)


def days_since_last_payment(payments: ibis.Table) -> ibis.Value:
    """Days since the last payment."""
    return payments.days_ago.min()


def paid_amount_90d(payments: ibis.Table) -> ibis.Value:
    """Paid in the last 90 days (major units)."""
    return payments.amount.sum(where=payments.days_ago <= 90).round(2)


def month_end_share_365d(payments: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made from the 28th to the 3rd."""
    return ((payments.day_of_month >= 28) | (payments.day_of_month <= 3)).mean(where=payments.days_ago <= 365)


def mid_month_share_365d(payments: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made from the 14th to the 18th."""
    return payments.day_of_month.between(14, 18).mean(where=payments.days_ago <= 365)


def payday_early_week_share_365d(payments: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made on Monday or Tuesday."""
    return (payments.weekday <= 1).mean(where=payments.days_ago <= 365)


def payday_late_week_share_365d(payments: ibis.Table) -> ibis.Value:
    """Share of the payments of the last 365 days made from Friday to Sunday."""
    return (payments.weekday >= 4).mean(where=payments.days_ago <= 365)


def late_money_share_365d(payments: ibis.Table) -> ibis.Value:
    """Share of the money of the last 365 days that paid a charge after its due date."""
    recent = payments.days_ago <= 365
    return payments.late_amount.sum(where=recent).fill_null(0.0).round(2) / payments.amount.sum(where=recent).round(2)
