"""How good a model is, slice by slice: by time, stage, segment and size of the debtor, with intervals by debtor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recobro_data.settings import Stages
from recobro_data.vocabulary import STAGES
from recobro_models.resampling import TAIL, draw_counts
from recobro_models.weighted_measures import MEASURES, RANGES, Outcomes

Floats = NDArray[np.float64]

#: Segments told by name; the smaller ones are told together.
_MOST_SEGMENTS: Final = 8
OTHERS: Final = "all others"
SIZES: Final = ("smallest quarter", "second quarter", "third quarter", "largest quarter")
_TAKEN: Final = ("happened", "p", "weight", "money")
_COLUMNS: Final = ["slice_kind", "slice", "measure", "value", "low", "high", "n"]


def measure_slices(
    rows: pd.DataFrame,
    p: ArrayLike,
    happened: ArrayLike,
    *,
    slices: Mapping[str, ArrayLike] | None = None,
    n_rounds: int = 200,
) -> pd.DataFrame:
    """One row a slice and measure: `slice_kind`, `slice`, `measure`, `value`, `low`, `high` (95 %), `n` (rows).

    The kind `all` comes first. Measures are `weighted_measures.MEASURES`, NaN where undefined (one outcome only) and
    the interval NaN where most rounds leave it undefined. `top_decile_lift` is the rate in the tenth of rows with the
    greatest `p` over the rate of all; `top_decile_money` the share of the money of rows in which it happened that this
    tenth holds. Intervals are of a bootstrap by debtor; the order of rows changes nothing.

    Args:
        rows: `debtor_id`; `weight` (default 1) and `money` (default: unknown) where there are.
        p: probability of each row.
        happened: whether it came true.
        slices: by kind the name of each row's slice, in the order in which sorted names should stand.
        n_rounds: of the bootstrap.
    """
    code, debtors = pd.factorize(rows["debtor_id"].to_numpy(object), sort=True)
    counts = draw_counts(len(debtors), n_rounds)
    table = {"p": p, "happened": happened, "weight": rows.get("weight", 1.0), "money": rows.get("money", np.nan)}
    known = pd.DataFrame({name: np.asarray(value, np.float64) + np.zeros(len(rows)) for name, value in table.items()})
    known = known.assign(code=code)
    kinds: dict[str, ArrayLike] = {"all": np.full(len(rows), "all", object), **(slices or {})}
    found = [
        {"slice_kind": kind, "slice": name, "n": len(here), **row}
        for kind, labels in kinds.items()
        for name, here in _slices(labels)
        for row in _measure(known.iloc[here], counts)
    ]
    return pd.DataFrame(found, columns=_COLUMNS)


def build_slices(rows: pd.DataFrame, stages: Stages) -> dict[str, NDArray[Any]]:
    """The slices of open charges: as-of day, stage of the charge, portfolio, product, size of what the debtor owes."""
    return {
        "as_of": rows["as_of"].dt.strftime("%Y-%m-%d").to_numpy(object),
        "stage": stage_names(rows["charge_days_past_due"].to_numpy(np.float64), stages),
        "portfolio": _segments(rows["portfolio"]),
        "product": _segments(rows["product"]),
        "debtor_size": _sizes(rows["open_amount"]),
    }


def stage_names(days_past_due: Floats, stages: Stages) -> NDArray[Any]:
    """The stage of each number of days past due by the configured cut-offs."""
    ends = [-1, 0, stages.early, stages.mid, stages.late]
    return pd.Categorical.from_codes(np.searchsorted(ends, days_past_due), list(STAGES), ordered=True)


def _slices(labels: ArrayLike) -> Any:
    """Each slice's name and the positions of its rows; an ordered category keeps its order."""
    named = pd.Series(labels)
    for name, here in pd.Series(np.arange(len(named))).groupby(named, observed=True, sort=True):
        yield name, here.to_numpy()


def _measure(known: pd.DataFrame, counts: NDArray[np.int8]) -> list[dict[str, Any]]:
    """Every measure of one slice; the first round draws every debtor once: the slice as it is."""
    debtors, code = np.unique(known["code"].to_numpy(), return_inverse=True)
    happened, p, weight, money = (known[name].to_numpy(np.float64) for name in _TAKEN)
    own = np.ones((len(counts) + 1, len(debtors)), np.int8)
    own[1:] = counts[:, debtors]
    drawn = Outcomes(happened, p, weight, money, code, len(debtors)).measure(own)
    return [
        {"measure": name, "value": float(drawn[name][0]), **_interval(name, float(drawn[name][0]), drawn[name][1:])}
        for name in MEASURES
    ]


def _interval(measure: str, value: float, drawn: Floats) -> dict[str, float]:
    """Where the measure lies with 95 %: the drawn ones, less what drawing adds to the measure twice over.

    Drawing with replacement raises what takes a greatest or an absolute difference (KS, calibration error), and the
    sample has done so once already.
    """
    known = drawn[~np.isnan(drawn)]
    if 2 * len(known) <= len(drawn):
        return {"low": float("nan"), "high": float("nan")}
    low, high = np.quantile(known, [TAIL, 1 - TAIL]) - 2 * (known.mean() - value)
    least, most = RANGES.get(measure, (0.0, 1.0))
    return {"low": float(min(max(low, least), value)), "high": float(max(min(high, most), value))}


def _segments(column: pd.Series[str]) -> NDArray[Any]:
    """The largest segments by name, those of few rows together, last."""
    known = column.astype(object).where(column.notna(), "none").astype(str)
    counts = known.value_counts(sort=False).sort_index()
    largest = sorted(counts.sort_values(ascending=False, kind="stable").index[:_MOST_SEGMENTS])
    names = np.where(known.isin(largest), known, OTHERS)
    order = [*largest, *([OTHERS] if OTHERS not in largest else [])]
    return pd.Categorical(names, order, ordered=True)


def _sizes(owed: pd.Series[float]) -> NDArray[Any]:
    """Quarters of the charges by what their debtor owes; equal debts stay together."""
    place = owed.fillna(0).rank(method="average", pct=True).to_numpy()
    quarter = np.clip(np.ceil(place * len(SIZES)) - 1, 0, len(SIZES) - 1).astype(np.int64)
    return pd.Categorical.from_codes(quarter, list(SIZES), ordered=True)
