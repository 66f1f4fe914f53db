"""Which payment paid which charge: in order of payment, named charge first, then the account's oldest open charges.

The rule, for each account by itself, payments in order of (paid_on, payment_id):

1. A payment that names a charge pays that charge, as far as it is unpaid and not cancelled on that day.
2. What is left, and any payment that names no charge, pays the account's open charges issued by that day, oldest first
   in order of (due_on, issued_on, charge_id).
3. What is still left is the account's credit. It pays the next charges on the day they are issued, in that order.
4. A payment that names a charge nobody knows yet waits for it and pays nothing else.

Amounts are whole cents, so that nothing is lost in rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

#: A day later than any date in the books: "not cancelled".
NEVER = np.int64(2**40)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _put(out: Ints, n: int, row: tuple[int, int, int, int]) -> int:
    out[n, 0], out[n, 1], out[n, 2], out[n, 3] = row
    return n + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spend_credit(
    charge: int, issued: Ints, left: Ints, cancelled: Ints, credit: Ints, head: int, tail: int, out: Ints, n: int
) -> tuple[int, int]:
    """Pay a newly issued charge from the account's credit, oldest credit first."""
    while head < tail and left[charge] > 0 and cancelled[charge] > issued[charge]:
        part = min(left[charge], credit[head, 1])
        left[charge] -= part
        credit[head, 1] -= part
        n = _put(out, n, (credit[head, 0], charge, part, issued[charge]))
        if credit[head, 1] == 0:
            head += 1
    return head, n


@njit(cache=True)  # type: ignore[untyped-decorator]
def _allocate(
    charge_start: Ints, pay_start: Ints, issued: Ints, cancelled: Ints, by_issue: Ints, left: Ints,
    paid_on: Ints, names: Ints, cents: Ints, waits: NDArray[np.bool_], out: Ints,
) -> int:  # fmt: skip
    n = 0
    credit = np.empty((len(cents) + 1, 2), np.int64)
    for account in range(len(charge_start) - 1):
        first, last = charge_start[account], charge_start[account + 1]
        head = tail = 0
        next_issue = oldest = first
        for pay in range(pay_start[account], pay_start[account + 1]):
            day, rest = paid_on[pay], cents[pay]
            while next_issue < last and issued[by_issue[next_issue]] <= day:
                head, n = _spend_credit(by_issue[next_issue], issued, left, cancelled, credit, head, tail, out, n)
                next_issue += 1
            if waits[pay]:
                continue
            named = names[pay]
            if named >= 0 and cancelled[named] > day and left[named] > 0:
                part = min(left[named], rest)
                left[named] -= part
                rest -= part
                n = _put(out, n, (pay, named, part, day))
            while oldest < last and left[oldest] == 0:
                oldest += 1
            charge = oldest
            while rest > 0 and charge < last:
                if left[charge] > 0 and issued[charge] <= day and cancelled[charge] > day:
                    part = min(left[charge], rest)
                    left[charge] -= part
                    rest -= part
                    n = _put(out, n, (pay, charge, part, day))
                charge += 1
            if rest > 0:
                credit[tail, 0], credit[tail, 1] = pay, rest
                tail += 1
        while next_issue < last:
            head, n = _spend_credit(by_issue[next_issue], issued, left, cancelled, credit, head, tail, out, n)
            next_issue += 1
    return n


def allocate_payments(charges: dict[str, Any], payments: dict[str, Any]) -> tuple[Ints, Ints]:
    """Allocate payments to charges.

    Args:
        charges: arrays `account`, `issued`, `cancelled` (day numbers; `NEVER`), `cents`, sorted by
            (account, due_on, issued_on, charge_id); accounts numbered from 0.
        payments: arrays `account`, `paid_on`, `names` (row of the named charge, -1 for none), `waits` (names a charge
            that is not known yet), `cents`, sorted by (account, paid_on, payment_id).

    Returns:
        Rows of (payment, charge, cents, day number) in order of allocation, and the cents left unpaid of each charge.
    """
    n_accounts = int(max(charges["account"].max(initial=-1), payments["account"].max(initial=-1))) + 1
    edges = np.arange(n_accounts + 1)
    charge_start = np.searchsorted(charges["account"], edges).astype(np.int64)
    pay_start = np.searchsorted(payments["account"], edges).astype(np.int64)
    by_issue = np.lexsort((np.arange(len(charges["cents"])), charges["issued"], charges["account"])).astype(np.int64)
    left = charges["cents"].astype(np.int64).copy()
    # Each row of the answer uses up a payment or pays off a charge, which can happen to each but once.
    out = np.empty((len(payments["cents"]) + len(left) + 1, 4), np.int64)
    n = _allocate(
        charge_start, pay_start, charges["issued"], charges["cancelled"], by_issue, left,
        payments["paid_on"], payments["names"], payments["cents"], payments["waits"], out,
    )  # fmt: skip
    return out[:n].copy(), left
