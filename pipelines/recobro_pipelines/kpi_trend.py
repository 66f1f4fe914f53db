"""The last twelve months as they are known now: what was owed at each month's end, issued, due and collected in it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pandas as pd

from recobro_pipelines.ratios import ratio

_MONTHS: Final = 12


def month_rows(charged: pd.DataFrame, paid: pd.DataFrame, end: date) -> list[dict[str, Any]]:
    """One row a full month before `end` (a first of a month), oldest first; none from before the first charge.

    `balance`, `overdue` and `past_due_share` as of the end of the month, `issued`, `fell_due` and `collected` in it,
    `dso_days` from the three months up to its end. Payments that were recorded late, or reversed since, count as they
    are known now, so a month can differ from what was reported then.

    Args:
        charged: amounts by month of `issued`, `due` and `cancelled`.
        paid: amounts by month `applied`, and `due` and `cancelled` of their charge.
    """
    if not len(charged):
        return []
    charged, paid = _with_months(charged, ("issued", "due", "cancelled")), _with_months(paid, ("due", "cancelled"))
    paid = _with_months(paid, ("applied",))
    starts = pd.date_range(end=pd.Timestamp(end), periods=_MONTHS + 1, freq="MS")
    first = charged["issued"].min()
    return [_month_row(charged, paid, start) for start in starts[:-1] if start >= first]


def _with_months(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in columns})


def _month_row(charged: pd.DataFrame, paid: pd.DataFrame, start: pd.Timestamp) -> dict[str, Any]:
    end = start + pd.offsets.MonthBegin()
    owed = _standing(charged, "issued", end) - _standing(paid, "applied", end)
    late = _standing(charged[charged["due"] < end], "issued", end)
    late -= _standing(paid[paid["due"] < end], "applied", end)
    quarter = end - pd.DateOffset(months=3)
    issued = charged.loc[(charged["issued"] >= quarter) & (charged["issued"] < end), "amount"].sum(skipna=False)
    days = (end - max(quarter, charged["issued"].min())).days
    return {
        "month": f"{start:%Y-%m}",
        "balance": ratio(owed, 1, 2),
        "overdue": ratio(late, 1, 2),
        "past_due_share": ratio(late, owed),
        "issued": ratio(charged.loc[charged["issued"] == start, "amount"].sum(skipna=False), 1, 2),
        "fell_due": ratio(charged.loc[charged["due"] == start, "amount"].sum(skipna=False), 1, 2),
        "collected": ratio(paid.loc[paid["applied"] == start, "amount"].sum(skipna=False), 1, 2),
        "dso_days": ratio(owed * days, issued, 2),
    }


def _standing(frame: pd.DataFrame, since: str, end: pd.Timestamp) -> float:
    """The sum of what began before `end` and belongs to charges that nobody had cancelled by then."""
    stands = (frame[since] < end) & (frame["cancelled"].isna() | (frame["cancelled"] >= end))
    return float(frame.loc[stands, "amount"].astype("float64").sum(skipna=False))
