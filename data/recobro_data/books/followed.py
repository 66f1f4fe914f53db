"""Which contacts were followed by a payment of the same debtor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Days after an attempt, its own day among them, in which a payment counts as following it.
FOLLOWED_DAYS: Final = 7
#: Attempts that lie longer ago are not asked about.
OLDEST_DAYS: Final = 365
#: More than the days that any of these lie apart, so that a debtor and a day make one number.
_SPAN: Final = 512


def is_followed(attempts: Mapping[str, Any], payments: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Of each attempt: whether it reached its debtor in the last year and a payment was made within the week.

    Args:
        attempts: numbered rows: `debtor_no`, `days_ago`, `reached`.
        payments: the same: `debtor_no`, `days_ago`.
    """
    debtor, ago = (np.asarray(attempts[name], np.int64) for name in ("debtor_no", "days_ago"))
    asked = np.flatnonzero(np.asarray(attempts["reached"], bool) & (ago <= OLDEST_DAYS))
    moment = debtor[asked] * _SPAN + OLDEST_DAYS - ago[asked]
    paid = _moments(payments)
    at = np.searchsorted(paid, moment)
    followed = np.zeros(len(debtor), bool)
    there = at < len(paid)
    followed[asked[there]] = paid[at[there]] < moment[there] + FOLLOWED_DAYS
    return followed


def _moments(payments: Mapping[str, Any]) -> NDArray[np.int64]:
    """Debtor and day of each payment of the last year as one number, in order."""
    debtor, ago = (np.asarray(payments[name], np.int64) for name in ("debtor_no", "days_ago"))
    recent = ago <= OLDEST_DAYS
    found: NDArray[np.int64] = np.sort(debtor[recent] * _SPAN + OLDEST_DAYS - ago[recent])
    return found
