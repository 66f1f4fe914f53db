"""What a debtor owes now: aggregates over `open_charges`."""

from __future__ import annotations

import ibis
from ibis import _

from recobro_data.books import Rows


def source(rows: Rows) -> ibis.Table:
    """The open charges."""
    return rows.charges.filter(_.is_open)


def n_open(open_charges: ibis.Table) -> ibis.Value:
    """Open charges."""
    return open_charges.count()


def n_overdue(open_charges: ibis.Table) -> ibis.Value:
    """Open charges past their due date."""
    return open_charges.count(where=open_charges.days_past_due > 0)


def open_amount(open_charges: ibis.Table) -> ibis.Value:
    """Unpaid amount of all open charges (major units)."""
    return open_charges.outstanding.sum().round(2)


def overdue_amount(open_charges: ibis.Table) -> ibis.Value:
    """Unpaid amount past its due date (major units)."""
    return open_charges.outstanding.sum(where=open_charges.days_past_due > 0).fill_null(0.0).round(2)


def oldest_days_past_due(open_charges: ibis.Table) -> ibis.Value:
    """Days since the oldest open charge fell due; negative before."""
    return open_charges.days_past_due.max()
