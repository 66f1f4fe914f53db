"""From charges to debtors and accounts: one rule, used wherever more than a charge is spoken of.

- **p_unpaid** of a debtor or account is that of its oldest open charge, in dispute or not: earliest due, then earliest
  issued, then by id. So is all else that is read off a curve.
- **p_any_paid**, the chance that anything is paid, is that of the likeliest of its charges, of which a curve that has
  seen first payments tells it apart from being wholly paid (`PaymentCurve.predict_any_paid`). One debtor's charges are
  paid together or not at all, so that more of them bring no second chance: independent ones would give more, and money
  would be counted on that seldom comes.

So anything is never less likely than the oldest charge whole, nor less likely of a debtor than of one of its accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEBTOR: Final = ("debtor_id",)
#: Two debtors may have accounts of one name.
ACCOUNT: Final = ("debtor_id", "account_id")


def build_levels(charges: pd.DataFrame, p: tuple[Floats, Floats], by: Sequence[str]) -> pd.DataFrame:
    """One row a value of columns `by`: `oldest_charge_id`, `p_unpaid`, `p_any_paid`.

    Args:
        charges: open charges: `charge_id`, `due_on`, `charge_term_days` and `by`.
        p: of each charge, `p_unpaid` after the horizon and `p_any_paid` within it.
        by: whose charges belong together: `DEBTOR` or `ACCOUNT`.
    """
    p_unpaid, p_any_paid = p
    levels = find_levels(charges, p_any_paid, by)
    names = [charges[name].take(levels.oldest).to_numpy() for name in by]
    index = pd.MultiIndex.from_arrays(names, names=by) if len(by) > 1 else pd.Index(names[0], name=by[0])
    oldest = charges["charge_id"].take(levels.oldest).to_numpy()
    told = {"oldest_charge_id": oldest, "p_unpaid": p_unpaid[levels.oldest], "p_any_paid": levels.p_any_paid}
    return pd.DataFrame(told, index=index)


class Levels(NamedTuple):
    """The number of each charge's debtor or account; and of each of those, in the order of their ids, the row of the
    oldest charge and the chance that anything is paid."""

    group: Ints
    oldest: Ints
    p_any_paid: Floats


def find_levels(charges: pd.DataFrame, p_any_paid: Floats, by: Sequence[str]) -> Levels:
    """`build_levels` as arrays."""
    group = _number_groups(charges, by)
    oldest = _oldest(charges, group)
    likeliest = np.full(len(oldest), -np.inf)
    np.maximum.at(likeliest, group, p_any_paid)
    return Levels(group, oldest, likeliest)


def find_likeliest(charges: pd.DataFrame, p: Floats, by: Sequence[str]) -> Ints:
    """The row of the charge with the highest `p` of each value of columns `by`, in their order."""
    group = _number_groups(charges, by)
    order = np.lexsort((-p, group))
    return order[np.flatnonzero(np.diff(group[order], prepend=-1))]


def _number_groups(charges: pd.DataFrame, by: Sequence[str]) -> Ints:
    """The number of each row's values of columns `by`, in their order."""
    found = np.zeros(len(charges), np.int64)
    for name in by:
        numbers, names = pd.factorize(charges[name], sort=True)
        found = found * max(len(names), 1) + numbers
    return np.unique(found, return_inverse=True)[1]


def _oldest(charges: pd.DataFrame, group: Ints) -> Ints:
    """The row of each group's oldest charge."""
    due, term = charges["due_on"].to_numpy(), charges["charge_term_days"].to_numpy(np.float64)
    order = np.lexsort((-term, due, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    first = np.repeat(order[starts], np.diff(starts, append=len(order)))
    alike = order[(due[order] == due[first]) & (term[order] == term[first])]
    if len(alike) == len(starts):
        return alike
    # Ids are fetched only to break a tie.
    _, rank = np.unique(charges["charge_id"].take(alike).to_numpy(object).astype(str), return_inverse=True)
    alike = alike[np.lexsort((rank, group[alike]))]
    return alike[np.flatnonzero(np.diff(group[alike], prepend=-1))]
