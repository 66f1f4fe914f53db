"""How promises were kept: aggregates over `promises`, as they stood on the day."""

from __future__ import annotations

import ibis

from recobro_data.books import Rows


def source(rows: Rows) -> ibis.Table:
    """Promises with `days_ago` (since they were made)."""
    return rows.promises


def n_promises_365d(promises: ibis.Table) -> ibis.Value:
    """Promises made in the last 365 days."""
    return promises.count(where=promises.days_ago <= 365)


def n_kept_365d(promises: ibis.Table) -> ibis.Value:
    """Promises of the last 365 days that were kept."""
    return promises.count(where=(promises.days_ago <= 365) & (promises.status == "kept"))


def n_broken_365d(promises: ibis.Table) -> ibis.Value:
    """Promises of the last 365 days that were broken or kept in part."""
    return promises.count(where=(promises.days_ago <= 365) & promises.status.isin(("broken", "partly_kept")))


def has_open_promise(promises: ibis.Table) -> ibis.Value:
    """1 where a promise is open."""
    return (promises.count(where=promises.status == "open") > 0).cast("int64")
