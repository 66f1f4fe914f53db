"""What each debtor of a plan owes by charge, as the store keeps it to hold the events of the day against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from recobro_models.cash_forecast import unpaid_amounts


def build_positions(debtors: pd.DataFrame, charges: pd.DataFrame) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(debtor_id, portfolio_id, position) of every debtor, in their order.

    Args:
        debtors: `debtor_id`, `portfolio_id`, `zone`, `promise_due_amount`.
        charges: every open charge of theirs, sorted by debtor_id: `charge_id`, `account_id`, `is_disputed` and the
            risk features.
    """
    cents = np.round(unpaid_amounts(charges) * 100).astype(np.int64)
    days = charges["charge_days_past_due"].to_numpy(np.int64)
    disputed = charges["is_disputed"].to_numpy(bool)
    rows = zip(
        charges["charge_id"].astype(str), charges["account_id"].astype(str), days.tolist(), cents.tolist(),
        disputed.tolist(), strict=True,
    )  # fmt: skip
    by_debtor: dict[str, list[tuple[str, str, int, int, bool]]] = {}
    for debtor_id, row in zip(charges["debtor_id"].astype(str), rows, strict=True):
        by_debtor.setdefault(debtor_id, []).append(row)
    promised = np.round(debtors["promise_due_amount"].to_numpy(np.float64) * 100).astype(np.int64).tolist()
    columns = (debtors[name].astype(str) for name in ("debtor_id", "portfolio_id", "zone"))
    for debtor_id, portfolio_id, zone, due in zip(*columns, promised, strict=True):
        position = {"zone": zone, "charges": by_debtor.get(debtor_id, []), "promise_due_cents": due}
        yield debtor_id, portfolio_id, position
