"""The model card: one page that tells who must answer for a model what it is, how good it is and where it ends."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from recobro_models.card_words import ABOUT
from recobro_models.features.families import FAMILIES
from recobro_models.measure_words import name_measure, order_measures
from recobro_models.promotion import Verdict
from recobro_models.reliability_plot import build_reliability_plot, template

_MOST_FEATURES: Final = 15
#: Below this rank correlation a feature is said to work in both directions.
_CLEAR_DIRECTION: Final = 0.2


def _no_measures() -> pd.DataFrame:
    return pd.DataFrame(columns=["slice_kind", "slice", "measure", "value", "low", "high", "n"])


@dataclass(frozen=True)
class CardFacts:
    """What a card tells of one version.

    period: first and last as-of day of the rows it learnt from.
    rows: how many, by what they were for.
    measures: `slice_kind`, `slice`, `measure`, `value`, `low`, `high` (95 %), `n`, out of time; the kind `all` heads
        the page. None for a version that had no trial.
    reliability: one row a group: `n`, `predicted`, `seen`.
    importance: as `importance.build_importance` gives it; importance_plot: shap's plot of the same (SVG).
    digests: SHA-256 of each of the model's files.
    """

    model: str
    kind: str
    as_of: str
    data: str
    period: tuple[str, str]
    rows: Mapping[str, int]
    features: Sequence[str]
    parameters: Mapping[str, Any]
    verdict: Verdict
    digests: Mapping[str, str]
    measures: pd.DataFrame = field(default_factory=_no_measures)
    reliability: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    importance_plot: str = ""
    horizon_days: int | None = None


def build_model_card(facts: CardFacts) -> str:
    """The card as one HTML page that needs nothing beside it: no script, no address; for screen and paper."""
    told = {
        "facts": facts,
        "about": ABOUT[facts.model],
        "families": list(_families(facts.features)),
        "headline": _headline(facts.measures),
        "slices": list(_slices(facts.measures)),
        "plot": None if facts.reliability is None else build_reliability_plot(facts.reliability),
        "importance": None if facts.importance is None else _strongest(facts.importance),
        "importance_plot": base64.b64encode(facts.importance_plot.encode()).decode(),
    }
    return str(template("model_card.html.j2").render(told))


def _families(features: Sequence[str]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Each family that the model has features of: its name, what it is about, and (feature, meaning)."""
    left = list(features)
    for family in FAMILIES:
        own = [(name, _line(family.columns[name])) for name in features if name in family.columns]
        if own:
            yield family.name, family.about, own
            left = [name for name in left if name not in family.columns]
    if left:
        yield "of the moment", "What is asked about, rather than whom.", [(name, "") for name in left]


def _line(function: object) -> str:
    return " ".join((inspect.getdoc(function) or "").split())


def _headline(measures: pd.DataFrame) -> list[dict[str, Any]]:
    whole = measures[measures["slice_kind"] == "all"]
    rows = {row["measure"]: row for row in whole.to_dict("records")}
    return [_figure(rows[name]) for name in order_measures(rows)]


def _slices(measures: pd.DataFrame) -> Iterator[tuple[str, list[str], list[tuple[str, int, list[Any]]]]]:
    """Each kind of slice: its name, the measures, and (slice, n, figure by measure; None where unknown)."""
    parted = measures[measures["slice_kind"] != "all"]
    for kind, rows in parted.groupby("slice_kind", sort=False):
        names = order_measures(rows["measure"])
        table = []
        for name, own in rows.groupby("slice", sort=False):
            by_measure = {row["measure"]: _figure(row) for row in own.to_dict("records")}
            table.append((str(name), int(own["n"].max()), [by_measure.get(measure) for measure in names]))
        yield str(kind), [name_measure(measure) for measure in names], table


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    known = not (pd.isna(row["low"]) or pd.isna(row["high"]))
    return {
        "name": name_measure(row["measure"]), "n": int(row["n"]),
        "value": "not defined" if pd.isna(row["value"]) else f"{row['value']:.3f}",
        "interval": f"{row['low']:.3f} to {row['high']:.3f}" if known else "",
    }  # fmt: skip


def _strongest(importance: pd.DataFrame) -> list[dict[str, Any]]:
    most = importance.nlargest(_MOST_FEATURES, "mean_abs_shap", keep="first")
    scale = max(float(most["mean_abs_shap"].max()), 1e-12) if len(most) else 1.0
    return [
        row | {"share": round(100 * row["mean_abs_shap"] / scale, 1), "way": _way(row["direction"])}
        for row in most.to_dict("records")
        if row["mean_abs_shap"] > 0
    ]


def _way(direction: float) -> str:
    if pd.isna(direction):
        return "unordered"
    return "mixed" if abs(direction) < _CLEAR_DIRECTION else "up" if direction > 0 else "down"
