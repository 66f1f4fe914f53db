"""Days on which a debtor owed and days on which he paid, by how late the oldest charge was and how lately a contact
about it had reached him: of one who forgets and one who can not pay, only the first pays once he is reminded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recobro_data.books.columns import Column, read_column
from recobro_data.books.computed import Debtors

Ints = NDArray[np.int64]

#: Days that are counted, and days before a charge falls due from which it counts as owed and a contact reminds of it.
WINDOW_DAYS: Final = 365
REMINDS_DAYS: Final = 10
#: Stretches of days past due, by the last day of each but the last one.
LATE_NAMES: Final = ("due_in_4_10", "due_in_1_3", "late_0_3", "late_4_10", "late_11_30", "late_31_60", "late_61")
LATE_ENDS: Final = np.array([-4, -1, 3, 10, 30, 60])
#: How long ago a contact about the charge reached the debtor, by the last day of each but the last one.
SINCE_NAMES: Final = ("unreminded", "reached_0_2", "reached_3_7", "reached_8")
SINCE_ENDS: Final = np.array([2, 7])
CELLS: Final = tuple(f"{late}_{since}" for late in LATE_NAMES for since in SINCE_NAMES)
#: Columns of a debtor: days owed in each cell, then those of them on which something was paid.
PAYING_DAYS: Final = tuple(f"n_days_{what}_{cell}_{WINDOW_DAYS}d" for what in ("owed", "paid") for cell in CELLS)

#: No charge was open on that day; a contact never reached the debtor.
_NONE: Final = -(2**30)
_NEVER: Final = 2**30


def compute_paying_days(rows: Mapping[str, Mapping[str, Any]], debtors: Debtors) -> dict[str, Column]:
    """`PAYING_DAYS` of each of `debtors`, who are in order.

    A day counts for one cell, that of the oldest charge then open; a charge counts from ten days before it falls due
    until it is wholly paid, a cancelled one not at all. Days are those of the last year before the as-of day.

    Args:
        rows: numbered rows (`recobro_data.books.numbered`) by table and column.
    """
    counts = np.zeros((len(debtors), 2 * len(CELLS)), np.int16)
    charges, payments, attempts = (rows[name] for name in ("charges", "payments", "attempts"))
    late, paid_off = (_read(charges, name) for name in ("days_past_due", "paid_off_days_ago"))
    until = np.where(paid_off == _NEVER, 1, paid_off)
    is_owed = (paid_off != _NEVER) | _read(charges, "is_open").astype(bool)
    reached = _read(attempts, "reached").astype(bool)
    _count_days(
        _by_debtor(charges, debtors, is_owed, late, until), _by_debtor(payments, debtors, None, _ago(payments)),
        _by_debtor(attempts, debtors, reached, _ago(attempts)), counts,
    )  # fmt: skip
    return {name: Column(values) for name, values in zip(PAYING_DAYS, np.ascontiguousarray(counts.T), strict=True)}


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def find_cell(late: int, since: int) -> int:
    """The place in `CELLS` of a day on which the oldest charge is `late` days past due and a contact reached the debtor
    `since` days ago; -1 where the charge does not count yet."""
    if late < -REMINDS_DAYS:
        return -1
    state = 0 if since > late + REMINDS_DAYS else 1 + np.searchsorted(SINCE_ENDS, since)
    return int(np.searchsorted(LATE_ENDS, late) * len(SINCE_NAMES) + state)


def _read(table: Mapping[str, Any], name: str) -> Ints:
    """Whole numbers; `_NEVER` where there is none."""
    column = read_column(table[name], {})
    values = column.values.astype(np.int64)
    return values if column.valid is None else np.where(column.valid, values, _NEVER)


def _ago(table: Mapping[str, Any]) -> Ints:
    return _read(table, "days_ago")


def _by_debtor(
    table: Mapping[str, Any], debtors: Debtors, kept: NDArray[np.bool_] | None, *values: Ints
) -> tuple[Ints, Ints]:
    """Where the rows of each debtor begin (and the last end), and the values of the rows in that order."""
    debtor = _read(table, "debtor_no")
    rows = np.argsort(debtor, kind="stable")
    if kept is not None:
        rows = rows[kept[rows]]
    ends = np.searchsorted(debtor[rows], debtors, side="right")
    starts = np.searchsorted(debtor[rows], debtors)
    bounds = np.column_stack([starts, ends]).astype(np.int64)
    return bounds, np.column_stack([one[rows] for one in values])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count_days(
    charges: tuple[Ints, Ints], payments: tuple[Ints, Ints], reached: tuple[Ints, Ints], counts: NDArray[np.int16]
) -> None:
    late = np.empty(WINDOW_DAYS + 1, np.int64)
    paid, told = np.empty(WINDOW_DAYS + 1, np.bool_), np.empty(WINDOW_DAYS + 1, np.bool_)
    for debtor in range(len(counts)):
        late[:] = _NONE
        for row in range(charges[0][debtor, 0], charges[0][debtor, 1]):
            days, until = charges[1][row]
            for ago in range(max(until, 1), min(WINDOW_DAYS, days + REMINDS_DAYS) + 1):
                late[ago] = max(late[ago], days - ago)
        _mark(payments, debtor, paid)
        last = _mark(reached, debtor, told)
        for ago in range(WINDOW_DAYS, 0, -1):
            last = ago if told[ago] else last
            if late[ago] != _NONE:
                cell = find_cell(late[ago], last - ago)
                counts[debtor, cell] += 1
                counts[debtor, counts.shape[1] // 2 + cell] += paid[ago]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _mark(events: tuple[Ints, Ints], debtor: int, marks: NDArray[np.bool_]) -> int:
    """Mark the days of a debtor's events; gives the days since the last one before the window."""
    marks[:] = False
    before = _NEVER
    for row in range(events[0][debtor, 0], events[0][debtor, 1]):
        ago = events[1][row, 0]
        if ago > WINDOW_DAYS:
            before = min(before, ago)
        elif ago > 0:
            marks[ago] = True
    return before
