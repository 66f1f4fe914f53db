"""The cash of a day: what is expected of its open charges, in all and by portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_models.cash_forecast import WEEKS, build_forecast, unpaid_amounts
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import DayRows

Floats = NDArray[np.float64]


def expect_cash(rows: DayRows, readings: pd.DataFrame, curve: PaymentCurve, settings: Settings) -> dict[str, Any]:
    """`all` and, by name, each portfolio: `{"currency", "weeks": [...]}` as `build_forecast` gives them; None where
    nothing is open, or several currencies meet without rates. A currency of None is the one that `rates` convert to."""
    charges = rows.charges
    if not len(charges):
        return {"all": None}
    of_debtor = rows.debtors.set_index("debtor_id")[["currency", "portfolio_id"]].reindex(charges["debtor_id"])
    paid = readings[[f"p_cash_{week}" for week in range(1, WEEKS + 1)]].to_numpy(np.float64)

    def forecast(here: NDArray[np.bool_]) -> dict[str, Any] | None:
        money = _one_money(of_debtor["currency"].to_numpy(object)[here], settings.rates)
        if money is None:
            return None
        amounts = unpaid_amounts(charges[here]) * money[1]
        weeks = build_forecast(
            paid[here], charges[here], amounts, correlation=curve.correlation, seed=settings.learning.seed
        )
        return {"currency": money[0], "weeks": _plain(weeks)}

    whose = of_debtor["portfolio_id"].to_numpy(object)
    portfolios = sorted(set(whose))
    whole = forecast(np.ones(len(charges), bool))
    if len(portfolios) == 1:
        return {"all": whole, portfolios[0]: whole}
    return {"all": whole, **{str(name): forecast(whose == name) for name in portfolios}}


def _one_money(currencies: NDArray[Any], rates: Mapping[str, float]) -> tuple[str | None, Floats] | None:
    """The currency that amounts are told in and what each is multiplied by; None where there is none for all."""
    names = sorted(set(currencies))
    if len(names) <= 1:
        return (names[0] if names else None), np.ones(len(currencies))
    missing = [name for name in names if name not in rates]
    if not rates or len(missing) > 1:
        return None
    worth = {**dict.fromkeys(missing, 1.0), **rates}
    return (missing[0] if missing else None), np.array([worth[name] for name in currencies])


def _plain(weeks: pd.DataFrame) -> list[dict[str, Any]]:
    days = {name: [f"{day:%Y-%m-%d}" for day in weeks[name]] for name in ("starts_on", "ends_on")}
    return [{str(name): value for name, value in row.items()} for row in weeks.assign(**days).to_dict("records")]
