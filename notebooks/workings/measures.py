"""Small measures that both notebooks use: intervals, ranking, shares by day, and a test against chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]


def wilson(hits: ArrayLike, n: ArrayLike, *, z: float = 1.96) -> tuple[Floats, Floats]:
    """Lower and upper end of the interval of a share (95 %); 0 to 1 where nothing was tried.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    k, n = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    tried = np.maximum(n, 1)
    share, z2 = k / tried, z * z
    middle = (share + z2 / (2 * tried)) / (1 + z2 / tried)
    half = z / (1 + z2 / tried) * np.sqrt(share * (1 - share) / tried + z2 / (4 * tried**2))
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def rates(happened: pd.Series[bool], by: Any) -> pd.DataFrame:
    """One row a group: `n`, `hits`, `rate` and its interval `low` to `high`."""
    table = happened.astype("float64").groupby(by, observed=True).agg(n="size", hits="sum", rate="mean")
    low, high = wilson(table["hits"], table["n"])
    return table.assign(low=low, high=high)


def auc(happened: ArrayLike, score: ArrayLike) -> float:
    """Chance that a row where it happened scores above one where it did not; ties count half. NaN with one kind."""
    y = np.asarray(happened, bool)
    n_yes, n_no = int(y.sum()), int((~y).sum())
    if not n_yes or not n_no:
        return float("nan")
    ranks = pd.Series(np.asarray(score, np.float64)).rank().to_numpy()
    return float((ranks[y].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def auc_interval(rows: pd.DataFrame, *, draws: int = 100, seed: int = 1) -> tuple[float, float]:
    """95 % interval of the AUC of `score` for `happened`, by drawing whole debtors (`debtor_id`) with replacement."""
    places = list(rows.groupby("debtor_id").indices.values())
    happened, score = rows["happened"].to_numpy(bool), rows["score"].to_numpy(np.float64)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        drawn = np.concatenate([places[at] for at in rng.integers(0, len(places), len(places))])
        found.append(auc(happened[drawn], score[drawn]))
    low, high = np.nanpercentile(found, [2.5, 97.5]) if not np.all(np.isnan(found)) else (np.nan, np.nan)
    return float(low), float(high)


def share_done(entry: ArrayLike, end: ArrayLike, done: ArrayLike, steps: NDArray[np.int64]) -> pd.DataFrame:
    """Share done by each of `steps`, and how many were watched at it (`n`), each row watched from `entry` to `end`.

    Rows that are watched no longer, or not yet, count only while they are.
    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481.
    """
    entry, end, done = np.asarray(entry), np.asarray(end), np.asarray(done, bool)
    watched = np.array([np.sum((entry <= step) & (end >= step)) for step in steps])
    finished = np.array([np.sum(done & (end == step) & (entry <= step)) for step in steps])
    left = np.cumprod(1 - finished / np.maximum(watched, 1))
    return pd.DataFrame({"n": watched, "share": 1 - left}, index=steps)


def p_by_chance(rows: pd.DataFrame, column: str, *, draws: int = 499, seed: int = 1) -> float:
    """Chance of rates of `reached` that differ this much between values of `column`, if it made no difference.

    Each debtor's values of `column` are shuffled over the debtor's own attempts: who is called when, and who answers at
    all, explain nothing that it finds.
    """
    group = np.unique(rows["debtor_id"], return_inverse=True)[1]
    order = np.argsort(group, kind="stable")
    group, reached = group[order], rows["reached"].to_numpy(np.float64)[order]
    codes = np.unique(rows[column], return_inverse=True)[1][order]
    beyond_own = reached - (np.bincount(group, reached) / np.bincount(group))[group]
    rng = np.random.default_rng(seed)
    shuffled = [codes[np.lexsort((rng.random(len(group)), group))] for _ in range(draws)]
    sums = np.array([np.bincount(each, beyond_own) for each in (codes, *shuffled)])
    # Values that fall to few debtors vary less when shuffled, so each is measured by its own spread.
    spread = np.maximum(sums[1:].std(axis=0), 1e-12)
    distance = (((sums - sums[1:].mean(axis=0)) / spread) ** 2).sum(axis=1)
    return float((1 + np.sum(distance[1:] >= distance[0])) / (1 + draws))


def p_if_equal(rows: pd.DataFrame, column: str) -> float:
    """The same chance without looking at who was tried (Pearson's chi-squared of `column` against `reached`)."""
    table = pd.crosstab(rows[column], rows["reached"]).to_numpy(np.float64)
    if min(table.shape) < 2:
        return 1.0
    equal = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(chdtrc(len(table) - 1, np.sum((table - equal) ** 2 / equal)))
