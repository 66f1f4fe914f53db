"""Measures of a probability under many weightings of the same rows at once: the heart of their intervals.

All that is a mean is summed once a debtor, since debtors are drawn whole; only what depends on the order of the rows
is walked through for every weighting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recobro_models.calibration import log_odds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Names, in the order in which people ask.
MEASURES: Final = (
    "rate", "auc", "ks", "gini", "average_precision", "brier", "log_loss", "calibration_error", "calibration_slope",
    "calibration_intercept", "top_decile_lift", "top_decile_money",
)  # fmt: skip
#: Where a measure can lie, if not between 0 and 1.
RANGES: Final = {
    "gini": (-1.0, 1.0), "log_loss": (0.0, np.inf), "calibration_slope": (-np.inf, np.inf),
    "calibration_intercept": (-np.inf, np.inf), "top_decile_lift": (0.0, 10.0),
}  # fmt: skip
#: Rows in a group of the calibration error: in a smaller one chance alone makes a gap.
LEAST_IN_GROUP: Final = 150
_NEWTON_STEPS: Final = 25
#: A calibration line beyond this is one that nothing holds: the outcomes are parted cleanly.
_STEEPEST: Final = 20.0


@dataclass(frozen=True)
class Outcomes:
    """Rows to measure: what `happened` (0 or 1), its probability `p`, each row's `weight` and `money`, and the number
    of its debtor (`code`, 0 to `n_debtors` - 1)."""

    happened: Floats
    p: Floats
    weight: Floats
    money: Floats
    code: Ints
    n_debtors: int

    def measure(self, counts: NDArray[np.int8]) -> dict[str, Floats]:
        """Every measure with each debtor drawn so often in each round (a row); NaN where undefined.

        The first round is the reference: the calibration lines of the others are one Newton step away from its line.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            found = {**self._ranking(counts), **self._means(counts), **self._lines(counts)}
        return {name: np.where(np.isfinite(found[name]), found[name], np.nan) for name in MEASURES}

    def _ranking(self, counts: NDArray[np.int8]) -> dict[str, Floats]:
        order = np.argsort(-self.p, kind="stable")
        p, y, w = self.p[order], self.happened[order], self.weight[order]
        is_end = np.append(p[1:] != p[:-1], True)
        paid = np.stack([w, w * y, w * y * np.nan_to_num(self.money[order])], axis=1)
        totals = self._sums(
            counts, [self.weight, self.weight * self.happened, self.weight * self.happened * self.money]
        )
        walked = np.full((len(counts), 5), np.nan)
        _walk(counts, (self.code[order], paid, is_end), totals, walked)
        area, ks, precision, top, money = walked.T
        n_rows, n_hits, n_money = totals.T
        both = (n_hits > 0) & (n_rows - n_hits > 0)
        auc = np.where(both, area / (n_hits * (n_rows - n_hits)), np.nan)
        return {
            "rate": n_hits / n_rows, "auc": auc, "gini": 2 * auc - 1, "ks": np.where(both, ks, np.nan),
            "average_precision": np.where(both, precision / n_hits, np.nan),
            "top_decile_lift": top / n_hits / 0.1, "top_decile_money": money / n_money,
        }  # fmt: skip

    def _means(self, counts: NDArray[np.int8]) -> dict[str, Floats]:
        y, p = self.happened, np.clip(self.p, 1e-12, 1 - 1e-12)
        loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))
        group = self._groups()
        gaps = [np.where(group == place, self.weight * (p - y), 0.0) for place in range(group.max(initial=0) + 1)]
        sums = self._sums(counts, [self.weight, self.weight * (p - y) ** 2, self.weight * loss, *gaps])
        means = sums[:, 1:] / sums[:, :1]
        return {
            "brier": means[:, 0], "log_loss": means[:, 1], "calibration_error": np.abs(means[:, 2:]).sum(axis=1),
        }  # fmt: skip

    def _groups(self) -> Ints:
        """Tenths by probability, fewer where there are few rows; equal probabilities stay together."""
        n = len(self.p)
        _, place, sizes = np.unique(self.p, return_inverse=True, return_counts=True)
        middle = (np.cumsum(sizes) - (sizes + 1) / 2)[place]
        n_groups = min(max(n // LEAST_IN_GROUP, 1), 10)
        return np.minimum(middle * n_groups // max(n, 1), n_groups - 1).astype(np.int64)

    def _lines(self, counts: NDArray[np.int8]) -> dict[str, Floats]:
        """Intercept and slope of what happened on the log-odds of `p` (Cox 1958)."""
        line = np.array([0.0, 1.0])
        for _ in range(_NEWTON_STEPS):
            step = self._newton_step(counts[:1], line)[0]
            line = line + np.clip(step, -1, 1)
            if not np.abs(step).max() > 1e-9:
                break
        line = line if np.abs(line).max() < _STEEPEST else np.full(2, np.nan)
        lines = line + self._newton_step(counts, line)
        return {"calibration_intercept": lines[:, 0], "calibration_slope": lines[:, 1]}

    def _newton_step(self, counts: NDArray[np.int8], line: Floats) -> Floats:
        z = log_odds(self.p)
        fitted = 1 / (1 + np.exp(-(line[0] + line[1] * z)))
        score, spread = self.weight * (self.happened - fitted), self.weight * fitted * (1 - fitted)
        u0, u1, i00, i01, i11 = self._sums(counts, [score, score * z, spread, spread * z, spread * z * z]).T
        whole = i00 * i11 - i01**2
        whole = np.where(whole > 1e-12 * i00 * i11, whole, np.nan)
        return np.stack([(i11 * u0 - i01 * u1) / whole, (i00 * u1 - i01 * u0) / whole], axis=1)

    def _sums(self, counts: NDArray[np.int8], columns: list[Floats]) -> Floats:
        """The sum of each column in each round: summed a debtor first, because debtors are drawn whole."""
        by_debtor = np.stack([np.bincount(self.code, column, self.n_debtors) for column in columns], axis=1)
        return counts.astype(np.float64) @ by_debtor


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _walk(
    counts: NDArray[np.int8], rows: tuple[Ints, Floats, NDArray[np.bool_]], totals: Floats, found: Floats
) -> None:
    """Go through the rows in falling order of probability, once a round.

    `found`: area under the curve (in pairs), KS, sum of precisions, hits and money in the first tenth. Rows of equal
    probability are one step: half before and half behind each other.
    """
    code, held, is_end = rows
    for at in range(len(counts)):
        n_rows, n_hits, drawn = totals[at, 0], totals[at, 1], counts[at]
        row = hit = money = row0 = hit0 = money0 = area = best = precision = 0.0
        for place in range(len(code)):
            times = drawn[code[place]]
            if times:
                row, hit, money = (
                    row + times * held[place, 0],
                    hit + times * held[place, 1],
                    money + times * held[place, 2],
                )
            if not is_end[place] or row == row0:
                continue
            area += (row - row0 - hit + hit0) * (hit0 + hit) / 2
            best = max(best, hit / n_hits - (row - hit) / (n_rows - n_hits))
            precision += (hit - hit0) * hit / row
            if row0 < 0.1 * n_rows <= row:
                share = (0.1 * n_rows - row0) / (row - row0)
                found[at, 3], found[at, 4] = hit0 + share * (hit - hit0), money0 + share * (money - money0)
            row0, hit0, money0 = row, hit, money
        found[at, 0], found[at, 1], found[at, 2] = area, best, precision
