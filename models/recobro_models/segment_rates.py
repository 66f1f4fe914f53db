"""How often charges are 5 or more days late: by product within portfolio, by portfolio and over all, each drawn to the
one above as far as chance alone could part them, learnt at training and kept with the model.

So a debtor with two charges is neither ignored nor believed: `pooled_late5_share` is the share that the debtor's own
charges and the segment's usual rate give together. The row of a debtor depends on the model and the debtor alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The columns that `SegmentRates.predict` gives.
RATE_COLUMNS: Final = ("segment_late5_rate", "pooled_late5_share")
#: Charges that the rate above counts as, beside what was seen: at least, at most, and where nothing tells.
_LEAST, _MOST, _UNKNOWN = 1.0, 1000.0, 20.0


@dataclass(frozen=True)
class SegmentRates:
    """Smoothed rates of late charges; `weight` is what a segment's rate counts as beside a debtor's own charges."""

    overall: float = 0.2
    portfolios: Mapping[str, float] = field(default_factory=dict)
    products: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    weight: float = _UNKNOWN

    @classmethod
    def learn(cls, rows: pd.DataFrame) -> SegmentRates:
        """From one row a charge and as-of day; of each debtor and segment the newest day counts.

        Args:
            rows: `debtor_id`, `as_of`, `portfolio`, `product`, `late5_share_365d`, `n_charges_365d`.
        """
        seen = _newest(rows)
        if not seen["n"].sum() > 0:
            return cls()
        overall = float(seen["late"].sum() / seen["n"].sum())
        portfolios = _smoothed(seen, ["portfolio"], np.full(len(seen), overall))
        above = seen["portfolio"].map(portfolios).to_numpy(np.float64)
        products = _smoothed(seen, ["portfolio", "product"], above)
        own = pd.MultiIndex.from_frame(seen[["portfolio", "product"]]).map(products).to_numpy(np.float64)
        nested: dict[str, dict[str, float]] = {}
        for (portfolio, product), rate in products.items():
            nested.setdefault(portfolio, {})[product] = rate
        return cls(round(overall, 9), portfolios, nested, _weight(seen["late"], seen["n"], own))

    def predict(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """`RATE_COLUMNS` of the rows; a segment that was never seen has the rate of the one above it."""
        n = rows["n_charges_365d"].to_numpy(np.float64, na_value=0.0)
        return self._pooled(self._rates(rows), n, rows["late5_share_365d"].to_numpy(np.float64, na_value=np.nan))

    def predict_of(self, records: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """`predict` of rows that are records; None is not known."""
        rates = [self._rate(str(one["portfolio"] or ""), str(one["product"] or "")) for one in records]
        n, share = (_numbers(records, name) for name in ("n_charges_365d", "late5_share_365d"))
        return self._pooled(np.array(rates, np.float64), np.where(np.isnan(n), 0.0, n), share)

    def _pooled(self, segment: Floats, n: Floats, late_share: Floats) -> tuple[Floats, Floats]:
        late = n * np.where(np.isnan(late_share), 0.0, late_share)
        return segment, (late + self.weight * segment) / (n + self.weight)

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> SegmentRates:
        """What `to_json` wrote."""
        return cls(**told)

    def _rates(self, rows: pd.DataFrame) -> Floats:
        portfolio, portfolios = pd.factorize(_names(rows["portfolio"]))
        product, products = pd.factorize(_names(rows["product"]))
        pairs, of_row = np.unique(portfolio * len(products) + product, return_inverse=True)
        found = [self._rate(portfolios[pair // len(products)], products[pair % len(products)]) for pair in pairs]
        return np.array(found, np.float64)[of_row]

    def _rate(self, portfolio: str, product: str) -> float:
        known = self.products.get(portfolio, {})
        return known.get(product, self.portfolios.get(portfolio, self.overall))


def _numbers(records: Sequence[Mapping[str, Any]], name: str) -> Floats:
    return np.array([one[name] for one in records], np.float64)


def _names(column: pd.Series[str]) -> NDArray[np.object_]:
    names = column.to_numpy(object)
    return np.where(pd.isna(names), "", names).astype(str).astype(object)


def _segments(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["portfolio", "product"]].astype(object).fillna("").astype(str)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a debtor and segment: `late` of `n` charges."""
    n = rows["n_charges_365d"].to_numpy(np.float64, na_value=0.0)
    late = n * np.nan_to_num(rows["late5_share_365d"].to_numpy(np.float64, na_value=np.nan))
    seen = _segments(rows).assign(debtor_id=rows["debtor_id"], as_of=rows["as_of"], n=n, late=late)
    newest = seen.sort_values("as_of", kind="stable").drop_duplicates(
        ["debtor_id", "portfolio", "product"], keep="last"
    )
    return newest[newest["n"] > 0].sort_values(["portfolio", "product", "debtor_id"], ignore_index=True)


def _smoothed(seen: pd.DataFrame, by: list[str], above: Floats) -> dict[Any, float]:
    """The rate of each group, drawn to the rate above it."""
    sums = (
        seen.assign(expected=above * seen["n"]).groupby(by if len(by) > 1 else by[0])[["late", "n", "expected"]].sum()
    )
    usual = sums["expected"] / sums["n"]
    weight = _weight(sums["late"], sums["n"], usual.to_numpy(np.float64))
    rates = (sums["late"] + weight * usual) / (sums["n"] + weight)
    return {name: round(float(rate), 9) for name, rate in rates.items()}


def _weight(late: pd.Series, n: pd.Series, usual: Floats) -> float:
    """Charges that the usual rate counts as: the fewer, the more units differ beyond what chance explains.

    Method of moments for a beta-binomial (Kleinman 1973).
    """
    counts = n.to_numpy(np.float64)
    expected = float(np.sum(usual * (1 - usual)))
    if len(counts) < 2 or expected <= 0:
        return _UNKNOWN
    spread = float(np.sum((late.to_numpy(np.float64) - counts * usual) ** 2 / counts))
    between = (spread - expected) / float(np.sum(counts - 1)) if np.sum(counts - 1) > 0 else 0.0
    variance = expected / len(counts)
    return round(float(np.clip(variance / between - 1, _LEAST, _MOST)), 6) if between > 0 else _MOST
