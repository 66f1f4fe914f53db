"""From charges to debtors and accounts: one rule, used wherever more than a charge is spoken of.

- **p_unpaid** of a debtor or account is that of its oldest open charge, in dispute or not: earliest due, then earliest
  issued, then by id. So is all else that is read off a curve.
- **p_any_paid**, the chance that anything is paid, is that of the likeliest of its charges: one debtor's charges are
  paid together or not at all, so that more of them bring no second chance.

The second is the upper end of what any dependence allows the likeliest charge to be overtaken by: independent charges
would give more, and money would be counted on that seldom comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DEBTOR: Final = ("debtor_id",)
#: Two debtors may have accounts of one name.
ACCOUNT: Final = ("debtor_id", "account_id")


def build_levels(charges: pd.DataFrame, p_unpaid: NDArray[np.float64], by: Sequence[str]) -> pd.DataFrame:
    """One row a value of columns `by`: `oldest_charge_id`, `p_unpaid`, `p_any_paid`.

    Args:
        charges: open charges: `charge_id`, `due_on`, `charge_term_days` and `by`.
        p_unpaid: of each charge, after the horizon.
        by: whose charges belong together: `DEBTOR` or `ACCOUNT`.
    """
    told = charges[["charge_id", "due_on", "charge_term_days", *by]].assign(p_unpaid=p_unpaid, p_any_paid=1 - p_unpaid)
    ordered = told.sort_values(["due_on", "charge_term_days", "charge_id"], ascending=[True, False, True])
    groups = ordered.groupby(list(by))
    first = groups[["charge_id", "p_unpaid"]].first().rename(columns={"charge_id": "oldest_charge_id"})
    return first.assign(p_any_paid=groups["p_any_paid"].max())
