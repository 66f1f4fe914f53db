"""One open charge: columns of the charge itself, beside its debtor's features."""

from __future__ import annotations

import ibis

from recobro_data.books import Books


def source(books: Books) -> ibis.Table:
    """Open charges with their debtor's `region` and `kind`."""
    debtors = books.known.debtors.select("debtor_id", "region", debtor_kind="kind")
    return books.open_charges.left_join(debtors, "debtor_id").drop("debtor_id_right")


def charge_amount(charges: ibis.Table) -> ibis.Value:
    """Amount of the charge (major units)."""
    return charges.amount


def charge_days_past_due(charges: ibis.Table) -> ibis.Value:
    """Days since the charge fell due; negative before."""
    return charges.days_past_due


def charge_term_days(charges: ibis.Table) -> ibis.Value:
    """Days from issue to due date."""
    return charges.due_on.delta(charges.issued_on, unit="day")


def charge_age_days(charges: ibis.Table) -> ibis.Value:
    """Days since the charge was issued."""
    return charges.days_past_due + charges.due_on.delta(charges.issued_on, unit="day")


def charge_paid_share(charges: ibis.Table) -> ibis.Value:
    """Share of the charge that is paid already."""
    return charges.paid_amount / charges.amount


def n_older_open(charges: ibis.Table) -> ibis.Value:
    """Open charges of the debtor that fell due before this one."""
    return ibis.rank().over(group_by="debtor_id", order_by=charges.due_on)


def due_weekday(charges: ibis.Table) -> ibis.Value:
    """Weekday of the due date, 0 is Monday."""
    return charges.due_on.day_of_week.index()


def due_day_of_month(charges: ibis.Table) -> ibis.Value:
    """Day of the month of the due date."""
    return charges.due_on.day()


def product(charges: ibis.Table) -> ibis.Value:
    """What was sold or lent (category)."""
    return charges.product


def portfolio(charges: ibis.Table) -> ibis.Value:
    """The creditor's book (category)."""
    return charges.portfolio_id


def region(charges: ibis.Table) -> ibis.Value:
    """State or department (category)."""
    return charges.region


def kind(charges: ibis.Table) -> ibis.Value:
    """Person or company (category)."""
    return charges.debtor_kind
