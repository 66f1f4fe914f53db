"""What became of promises: what was paid within the days of each, and so whether it was kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from recobro_data.books.allocation import Ints
from recobro_data.books.columns import read_column, round_as_engine
from recobro_data.books.numbers import Floats

_STATUS: Final = ("kept", "open", "partly_kept", "broken")
#: Less than this is no money.
_HALF_A_CENT: Final = 0.005


def promise_states(promises: Mapping[str, Any], payments: Mapping[str, Any]) -> dict[str, Any]:
    """`paid_amount` of each promise, what was paid on its account (of any, where it names none) from the day it was
    made until it fell due, and its `status`: kept, open, partly_kept or broken.

    Args:
        promises: numbered rows: `debtor_no`, `account_key` (may be null), `amount`, `days_ago`, `due_days_ago`.
        payments: the same: `debtor_no`, `account_key`, `amount`, `days_ago`.
    """
    names = ("debtor_no", "account_key", "days_ago", "amount")
    made, paid = ({name: read_column(rows[name], {}) for name in names} for rows in (promises, payments))
    amount, due = made["amount"].values, read_column(promises["due_days_ago"], {}).values
    names_account, total = made["account_key"].valid, np.zeros(len(amount))
    debtor = paid["debtor_no"].values
    order = np.argsort(debtor, kind="stable")
    first, end = (np.searchsorted(debtor[order], made["debtor_no"].values, side) for side in ("left", "right"))
    _add_paid(
        (first, end, order),
        (made["days_ago"].values, due, _keys(made["account_key"].values)),
        np.ones(len(amount), bool) if names_account is None else names_account,
        (paid["days_ago"].values, paid["amount"].values, _keys(paid["account_key"].values)),
        total,
    )
    paid_amount = round_as_engine(total, 2)
    kept = paid_amount >= amount - _HALF_A_CENT
    status = np.select([kept, due <= 0, paid_amount > 0], [0, 1, 2], 3)
    return {"paid_amount": paid_amount, "status": pa.array(_STATUS).take(pa.array(status))}


def _keys(values: NDArray[Any]) -> Ints:
    return np.asarray(values).astype(np.uint64).view(np.int64)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _add_paid(
    where: tuple[Ints, Ints, Ints], made: tuple[Ints, Ints, Ints], names_account: NDArray[np.bool_],
    paid: tuple[Ints, Floats, Ints], total: Floats,
) -> None:  # fmt: skip
    (first, end, order), (made_ago, due_ago, account), (paid_ago, amount, account_paid) = where, made, paid
    for row in range(len(total)):
        for at in range(first[row], end[row]):
            payment = order[at]
            is_within = due_ago[row] <= paid_ago[payment] <= made_ago[row]
            if is_within and (not names_account[row] or account[row] == account_paid[payment]):
                total[row] += amount[payment]
