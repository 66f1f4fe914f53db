"""What is kept beside a version: its card, measures by slice, reliability plot, SHAP summary and signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_data.settings import Settings
from recobro_models.contact_effect import EFFECT_FEATURES
from recobro_models.contact_terms import POSITION as CONTACT_POSITION
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import calibration_table
from recobro_models.explanation.summary import build_shap_summary, plot_shap_summary
from recobro_models.features.families import DEBTOR_FAMILIES
from recobro_models.horizon import build_outcomes
from recobro_models.model_card import CardFacts, build_model_card
from recobro_models.model_files import bytes_of, digests_of
from recobro_models.payment_curve import RISK_FEATURES, PaymentCurve
from recobro_models.promises import PROMISE_FEATURES
from recobro_models.promotion import Verdict
from recobro_models.reliability_plot import build_reliability_plot
from recobro_models.signature import build_signature
from recobro_models.slices import build_slices, measure_slices, stage_names
from recobro_models.splits import Parts

#: Charges whose SHAP values are summed up; more would tell the same.
_EXPLAINED: Final = 500
_CONTACT_FEATURES: Final = (
    *next(tuple(one.columns) for one in DEBTOR_FAMILIES if one.name == "contact_history"), *CONTACT_POSITION
)  # fmt: skip
_FEATURES: Final[Mapping[str, Sequence[str]]] = {
    "risk": RISK_FEATURES, "contact": _CONTACT_FEATURES, "effect": EFFECT_FEATURES,
    "promise": PROMISE_FEATURES,
}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What a challenger learnt from and how it did; nothing of what is not known.

    because: why no better model was tried. period: first and last as-of day. rows: how many, by what they were for.
    measures: as `measure_slices` gives them. reliability: as `calibration_table`. importance: as `build_importance`,
    with shap's plot of it (SVG).
    """

    because: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    period: tuple[str, str] = ("?", "?")
    rows: Mapping[str, int] = field(default_factory=dict)
    measures: pd.DataFrame | None = None
    reliability: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    importance_plot: str = ""
    horizon_days: int | None = None


def risk_evidence(curve: PaymentCurve, parts: Parts, settings: Settings) -> Evidence:
    """How a payment curve did on the newest days: of staying unpaid over the horizon, by slice."""
    horizon, rows = settings.policy.horizon_days, parts.tested
    stage = stage_names(rows["charge_days_past_due"].to_numpy(np.float64), settings.stages)
    outcomes = build_outcomes(curve, rows, horizon, stage)
    there = rows.loc[outcomes.index]
    debtors = np.where(np.arange(len(rows)) < len(parts.test), "learnt from", "never learnt from")[outcomes.index]
    slices = {**build_slices(there, settings.stages), "debtors": debtors}
    few = rows.iloc[np.linspace(0, len(rows), min(len(rows), _EXPLAINED), endpoint=False).astype(np.int64)]
    named = {"fitted to": parts.fit, "calibrated on": parts.calibrate, "tested on": parts.test,
             "tested on, of debtors never learnt from": parts.unseen}  # fmt: skip
    return Evidence(
        period=_period(pd.concat([parts.fit["as_of"], parts.calibrate["as_of"]])),
        rows={name: len(part) for name, part in named.items()},
        measures=measure_slices(outcomes, outcomes["p"], outcomes["happened"], slices=slices),
        reliability=calibration_table(outcomes["happened"], outcomes["p"], weight=outcomes["weight"]),
        importance=build_shap_summary(curve, few, days=horizon),
        importance_plot=plot_shap_summary(curve, few, days=horizon),
        horizon_days=horizon,
    )


def contact_evidence(times: ContactTimes, learnt: pd.DataFrame, test: pd.DataFrame) -> Evidence:
    """How contact times did on later attempts, by channel, weekday and as-of day."""
    p = times.predict_p_reach(test, test["channel"], test["weekday"], test["hour"])
    slices = {
        "as_of": test["as_of"].dt.strftime("%Y-%m-%d").to_numpy(object),
        "channel": test["channel"].to_numpy(object), "weekday": test["weekday"].to_numpy(),
    }  # fmt: skip
    return replace(
        contact_rates_evidence(times, learnt),
        because="",
        rows={"learnt from": len(learnt), "tested on": len(test)},
        measures=measure_slices(test[["debtor_id"]], p, test["reached"], slices=slices),
        reliability=calibration_table(test["reached"], p),
    )


def contact_rates_evidence(times: ContactTimes, learnt: pd.DataFrame) -> Evidence:
    """What contact times were learnt from: whether the hours of each channel differ, weeks left out, and why not more
    was learnt."""
    told = {f"hours_of_{name}": check["hours"] for name, check in times.about.get("channels", {}).items()}
    outages = [f"{one['channel']} from {one['week']}" for one in times.about.get("outages", ())]
    told |= {"weeks_left_out": ", ".join(outages)} if outages else {}
    told |= {"half_life_days": times.about["half_life_days"]} if times.about.get("half_life_days") else {}
    alike = len(learnt) and learnt["reached"].nunique() < 2
    because = "every attempt ended alike, only rates are known" if alike else ""
    return Evidence(because, told, _period(learnt["as_of"]), {"learnt from": len(learnt)})


def build_documents(
    whose: tuple[str, str, Mapping[str, Any]], verdict: Verdict, tags: Mapping[str, str], evidence: Evidence
) -> dict[str, str]:
    """The documents of a version by name: always its card and signature, the rest where it is known.

    Args:
        whose: the model, its kind and its files.
        verdict: what the promotion rules said.
        tags: `as_of` and `data`.
        evidence: what it learnt from and how it did.
    """
    model, kind, files = whose
    known = {} if evidence.measures is None else {"measures": evidence.measures}
    facts = CardFacts(
        model, kind, tags["as_of"], tags["data"], evidence.period, evidence.rows, _FEATURES[model],
        evidence.parameters, verdict, digests_of(bytes_of(files)), reliability=evidence.reliability,
        importance=evidence.importance, importance_plot=evidence.importance_plot, horizon_days=evidence.horizon_days,
        **known,
    )  # fmt: skip
    tables = {"slices.csv": evidence.measures, "shap_summary.csv": evidence.importance}
    found = {name: table.to_csv(index=False) for name, table in tables.items() if table is not None}
    if evidence.reliability is not None:
        found["reliability.svg"] = build_reliability_plot(evidence.reliability)
    if evidence.importance_plot:
        found["shap_summary.svg"] = evidence.importance_plot
    return {"model_card.html": build_model_card(facts), "signature.json": build_signature(model, _FEATURES[model]),
            **found}  # fmt: skip


def _period(days: pd.Series[pd.Timestamp]) -> tuple[str, str]:
    return (str(days.min().date()), str(days.max().date())) if len(days) else ("?", "?")
