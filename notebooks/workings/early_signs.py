"""How early it shows: how well what the books knew before ranks the charges that end up very late above the others.

The measure is the AUC: the share of pairs ranked right, 50% by a coin. No score is fitted, so what came later can not
leak in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from workings.lateness import LATE, SIGNALS, VERY_LATE
from workings.measures import auc, auc_interval, rates

#: Spans with fewer charges of either kind say nothing.
_LEAST: Final = 20
#: Ranked right less often than this, by the lower end of the interval, is hardly better than a coin.
_HARDLY: Final = 0.6
Score = Callable[[pd.DataFrame], pd.Series]
TOGETHER: Final = "All five together"


def unpaid_before_due(known: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Charges unpaid in the last `days` days before their due date, each once, as known on the last of these days."""
    ahead = known[known["is_open"] & known["charge_days_past_due"].between(-days, -1)]
    return ahead.sort_values(["as_of", "charge_id"]).drop_duplicates("charge_id", keep="last")


def rank_together(rows: pd.DataFrame) -> pd.Series[float]:
    """Mean place of each row by the signals, 0 to 1; a signal that is not known counts as the middle."""
    return rows[list(SIGNALS)].rank(pct=True).fillna(0.5).mean(axis=1)


def build_auc(known: pd.DataFrame, *, width: int = 5) -> pd.DataFrame:
    """One row a span of `width` days past due (index: its middle): AUC of all signals together for ending up very late.

    `open` is among charges unpaid so far, `clean` among those of them whose debtor owes nothing older, both with
    `_low` and `_high` ends of the interval; `billed` is among all charges billed, the paid ones counted as safe.
    `n`, `still_open` and `turns` (share of the unpaid that end up very late) say of how many; too few give no row.
    """
    spans = known.groupby(known["charge_days_past_due"] // width * width)
    found = {first + (width - 1) / 2: _auc_of_span(rows) for first, rows in spans}
    frame = pd.DataFrame.from_dict(found, orient="index")
    return frame[frame["open"].notna()]


def _auc_of_span(rows: pd.DataFrame) -> dict[str, float]:
    unpaid = rows[rows["is_open"]]
    scored = pd.concat([unpaid.assign(score=rank_together(unpaid)), rows[~rows["is_open"]].assign(score=-1.0)])
    return {
        "n": len(rows),
        "still_open": float(rows["is_open"].mean()),
        "turns": float(unpaid["is_very_late"].mean()),
        "billed": auc(scored["is_very_late"], scored["score"]),
        **_both(unpaid, rank_together),
    }


def build_signal_auc(ahead: pd.DataFrame) -> pd.DataFrame:
    """One row a signal, and one for all together, weakest first: `open` and `clean` as in `build_auc`."""
    scores: dict[str, Score] = {label: partial(_known_or_middle, name=name) for name, label in SIGNALS.items()}
    scores[TOGETHER] = rank_together
    frame = pd.DataFrame.from_dict({label: _both(ahead, score) for label, score in scores.items()}, orient="index")
    return frame.sort_values("open")


def _known_or_middle(rows: pd.DataFrame, *, name: str) -> pd.Series[float]:
    return rows[name].fillna(rows[name].median())


def _both(unpaid: pd.DataFrame, score: Score) -> dict[str, float]:
    """AUC and interval among all the unpaid, and among those whose debtor owes nothing older."""
    found: dict[str, float] = {}
    for name, rows in (("open", unpaid), ("clean", unpaid[unpaid["n_older_open"] == 0])):
        scored = rows.assign(score=score(rows), happened=rows["is_very_late"])
        kinds = scored["happened"].sum(), (~scored["happened"]).sum()
        enough = min(kinds) >= _LEAST and scored["score"].nunique() > 1
        low, high = auc_interval(scored) if enough else (np.nan, np.nan)
        found |= {name: auc(scored["happened"], scored["score"]) if enough else np.nan}
        found |= {f"{name}_low": low, f"{name}_high": high}
    return found


_GROUPS: Final = {
    "last_days_late": ((0, 1, LATE, np.inf), ("on time", "1 to 4 days late", "5 or more days late")),
    "late_of_last6": ((0, 0.01, 0.34, np.inf), ("none", "up to a third", "more than a third")),
    "mean_days_late_365d": (
        (-np.inf, 0, LATE, np.inf),
        ("pays before the due date", "0 to 4 days late", "5 or more days late"),
    ),
    "n_older_open": ((0, 1, 2, np.inf), ("none", "one", "two or more")),
    "first_days_late": ((0, LATE, np.inf), ("less than 5 days late", "5 or more days late")),
}


def build_signal_table(ahead: pd.DataFrame) -> pd.DataFrame:
    """Share very late in each group of each signal: `n`, `rate` with its interval, `times` that of all `ahead`."""
    tables = {}
    for column, (edges, names) in _GROUPS.items():
        group = pd.cut(ahead[column], list(edges), right=False, labels=list(names))
        tables[SIGNALS[column]] = rates(ahead["is_very_late"], group)
    table = pd.concat(tables, names=["signal", "group"])
    return table.assign(times=table["rate"] / ahead["is_very_late"].mean())


def say_how_early(ahead: pd.DataFrame, together: pd.Series[float], *, days: int) -> str:
    """The second sentence of the answer, as the numbers have it; `together` is that row of `build_signal_auc`."""
    if np.isnan(together["open"]):
        return "Too few charges were seen before their due date to say how early it shows."
    when = f"in the {days} days before the due date"
    ranked = f"past payments rank a charge that will be {VERY_LATE} days late above one that will not"
    if together["open_low"] < _HARDLY:
        return f"It hardly shows {when}: {ranked} {together['open']:.0%} of the time."
    behind = ahead.loc[ahead["is_very_late"], "n_older_open"].gt(0).mean()
    mostly = ", but mostly as a debt already there" if behind > 0.5 else ""
    clean = "too few to rank" if np.isnan(together["clean"]) else f"ranked right {together['clean']:.0%} of the time"
    return (
        f"It shows {when}{mostly}: {ranked} {together['open']:.0%} of the time, while among debtors who owe nothing "
        f"older, to whom {1 - behind:.0%} of such charges belong, they are {clean}."
    )


def title_how_early(together: pd.Series[float]) -> str:
    """The finding of the plot; `together` is that row of `build_signal_auc`."""
    if not together["open_low"] >= _HARDLY:
        return "Trouble hardly shows before the due date"
    if together["open"] - together["clean"] > 0.1:
        return "Trouble shows before the due date, mostly in those already behind"
    return "Trouble shows before the due date, also in those not yet behind"
