"""The monitor: how the champions do on what has happened since, what has moved, and what somebody should look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from recobro_data.vocabulary import CHANNELS
from recobro_models.evaluation import calibration_table, measure
from recobro_models.labels import last_as_of
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promotion import MAX_CALIBRATION_ERROR
from recobro_models.sampled_lake import sample_lake
from recobro_models.snapshots import Snapshots, TrainingRows
from recobro_models.trials import measure_horizon
from recobro_pipelines.alerts import alert
from recobro_pipelines.drift import measure_drift
from recobro_pipelines.plan import Champions
from recobro_pipelines.ratios import share_with_interval

#: Columns whose drift is watched: what is owed, how it was paid, how the debtor was worked, and who owes.
WATCHED: Final = (
    "charge_amount", "charge_days_past_due", "n_open", "overdue_amount", "late5_share_365d", "late30_share_365d",
    "mean_days_late_365d", "days_since_last_payment", "paid_amount_90d", "n_attempts_30d", "n_reached_180d",
    "n_broken_365d", "product", "portfolio", "region",
)  # fmt: skip
#: Debtors looked at; more would tell the same and take longer.
MOST_DEBTORS: Final = 20_000
#: The days from which attempts are looked at, each for the week that follows: contact counts about the last 30 days.
_DAYS_BACK: Final = (30, 23, 16, 9)
#: Below these counts a measure says more about chance than about a model.
_FEWEST_CHARGES, _FEWEST_ATTEMPTS = 200, 200
#: A champion that ranks worse than this tells next to nothing.
_LEAST_AUC: Final = 0.6
#: Predicted and seen contact of a channel may differ by this factor.
_MOST_OFF: Final = 1.5
#: Days without a new payment after which the books look stale.
_MOST_SILENT_DAYS: Final = 3


def check_day(
    snapshots: Snapshots, champions: Champions, as_of: date, *, tick: Callable[[], Any] = lambda: None
) -> dict[str, Any]:
    """How the champions did and what moved, from what was known at the start of `as_of`, ready for JSON.

    | key | tells |
    |---|---|
    | as_of, looked_at_on | the day, and the newest day before it whose whole horizon has been seen |
    | risk | `measure_horizon` on that day, and its calibration by tenth of p_paid |
    | contact | measures, calibration by tenth and by channel, on the attempts of about the last 30 days |
    | drift | the population stability index of `WATCHED` and of p_unpaid between the two days |
    | alerts | `{code, numbers, text}`, worst first; empty when nothing is the matter |

    Raises:
        NoDataError: nothing is loaded.
    """
    horizon = snapshots.settings.policy.horizon_days
    looked_at = last_as_of(as_of, horizon)
    days = {looked_at, *(as_of - timedelta(days=back) for back in _DAYS_BACK)}
    # Days are compared on the same debtors.
    sampled = replace(snapshots, lake=sample_lake(snapshots.lake, most_debtors=MOST_DEBTORS))
    past = sampled.training_rows(sorted(days), seen_until=as_of, tick=tick)
    then, now = _on(past.risk, looked_at), sampled.day_rows(as_of, tick=tick).charges
    found = {
        "as_of": as_of.isoformat(),
        "looked_at_on": looked_at.isoformat(),
        "horizon_days": horizon,
        "debtors": int(now["debtor_id"].nunique()),
        "risk": check_risk(champions.curve, then, horizon),
        "contact": _check_contact(champions, past),
        "drift": check_drift(champions.curve, then, now, horizon),
    }
    return {**found, "alerts": list(find_alerts(found, _silent_days(snapshots, as_of)))}


def check_risk(curve: PaymentCurve, rows: pd.DataFrame, horizon_days: int) -> dict[str, Any]:
    """`measure_horizon`, and `tenths`: charges by p_paid within the horizon with the share that was paid.

    The share seen is the Kaplan-Meier estimate, because watching a charge stops when its debtor is reached.
    """
    if not len(rows):
        return {"n": 0, "tenths": []}
    measures = _plain(measure_horizon(curve, rows, horizon_days))
    p = 1 - curve.predict_unpaid(rows, np.array(horizon_days))
    tenth = (pd.Series(p).rank(method="first") * 10 // (len(p) + 1)).to_numpy()
    of_each = [tenth == place for place in np.unique(tenth)]
    tenths = [
        {
            "n": int(here.sum()),
            "predicted": round(float(p[here].mean()), 6),
            "seen": _share_paid(rows[here], horizon_days),
        }
        for here in of_each
    ]
    return {**measures, "n": len(rows), "n_watched_whole": int(measures["n"] or 0), "tenths": tenths}


def check_contact(p_reach: Any, attempts: pd.DataFrame) -> dict[str, Any]:
    """Measures of `p_reach` of attempts (`channel`, `reached`), its calibration by tenth, and by channel."""
    if not len(attempts):
        return {"n": 0, "tenths": [], "channels": {}}
    p, reached = np.asarray(p_reach, np.float64), attempts["reached"].to_numpy(np.float64)
    channel = attempts["channel"].to_numpy(object)
    tenths = calibration_table(reached, p).round(6).to_dict("records")
    channels = {
        name: {"predicted": round(float(p[channel == name].mean()), 6)}
        | share_with_interval(reached[channel == name].sum(), (channel == name).sum())
        for name in CHANNELS
        if (channel == name).any()
    }
    return {**_plain(measure(reached, p)), "n": len(attempts), "tenths": tenths, "channels": channels}


def check_drift(curve: PaymentCurve, then: pd.DataFrame, now: pd.DataFrame, horizon_days: int) -> dict[str, Any]:
    """The drift of every watched column, and of `p_unpaid` as the champion tells it on both days."""
    found = {name: measure_drift(then[name], now[name]) for name in WATCHED if name in then and name in now}
    unpaid = [
        pd.Series(curve.predict_unpaid(rows, np.array(horizon_days)) if len(rows) else [], dtype="float64")
        for rows in (then, now)
    ]
    return {"p_unpaid": measure_drift(unpaid[0], unpaid[1]), **found}


def find_alerts(found: Mapping[str, Any], silent_days: int | None) -> Iterator[dict[str, Any]]:
    """What somebody should look at, worst first; `silent_days`: since the newest payment, None where there is none."""
    if silent_days is None:
        yield alert("no_payments")
    elif silent_days > _MOST_SILENT_DAYS:
        yield alert("books_silent", days=silent_days)
    risk, contact = found["risk"], found["contact"]
    if risk["n"] >= _FEWEST_CHARGES:
        if risk["calibration_error"] is not None and risk["calibration_error"] > MAX_CALIBRATION_ERROR:
            yield alert("risk_miscalibrated", error=risk["calibration_error"], most=MAX_CALIBRATION_ERROR)
        if risk["auc"] is not None and risk["auc"] < _LEAST_AUC:
            yield alert("risk_ranks_badly", auc=risk["auc"], least=_LEAST_AUC)
    for name, seen in contact["channels"].items():
        if seen["n"] >= _FEWEST_ATTEMPTS and _is_off(seen):
            yield alert("contact_off", channel=name, predicted=seen["predicted"], seen=seen["rate"], n=seen["n"])
    for name, moved in found["drift"].items():
        if moved["level"] == "moved":
            code = "p_unpaid_moved" if name == "p_unpaid" else "feature_moved"
            yield alert(code, column=name, index=moved["index"], then=moved["then"], now=moved["now"])


def _silent_days(snapshots: Snapshots, as_of: date) -> int | None:
    """Whole days before `as_of` without a payment; None where there is none at all."""
    newest = snapshots.lake.newest().get("payments")
    return (as_of - newest).days - 1 if newest else None


def _is_off(seen: Mapping[str, Any]) -> bool:
    """Predicted lies outside the interval of what was seen, and by more than the factor that matters."""
    predicted, rate = seen["predicted"], max(seen["rate"], 1e-6)
    outside = not seen["low"] <= predicted <= seen["high"]
    return outside and not 1 / _MOST_OFF <= predicted / rate <= _MOST_OFF


def _check_contact(champions: Champions, past: TrainingRows) -> dict[str, Any]:
    attempts = past.attempts
    if not len(attempts):
        return check_contact([], attempts)
    rows = attempts.drop_duplicates("attempt_id", ignore_index=True)
    p = champions.times.predict_p_reach(rows, rows["channel"], rows["weekday"], rows["hour"])
    return check_contact(p, rows)


def _on(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    return rows[rows["as_of"] == pd.Timestamp(day)].reset_index(drop=True) if len(rows) else rows


def _share_paid(rows: pd.DataFrame, horizon_days: int) -> float:
    """Share paid within the horizon (Kaplan and Meier 1958)."""
    days, is_paid = rows["watched_days"].to_numpy(np.int64), rows["is_paid"].to_numpy(bool)
    ends = np.arange(1, horizon_days + 1)
    at_risk = (days[:, None] >= ends).sum(axis=0)
    paid = (is_paid[:, None] & (days[:, None] == ends)).sum(axis=0)
    return round(float(1 - np.prod(1 - paid / np.maximum(at_risk, 1))), 6)


def _plain(measures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if value != value else round(value, 6) for name, value in measures.items()}
