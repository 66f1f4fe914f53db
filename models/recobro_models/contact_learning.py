"""How contact times are learnt: rates, habits and weights in turn, each given the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.calibration import log_odds
from recobro_models.contact_base import HourCheck, Slots, check_hours, fit_base, logistic, places, prior_log_odds
from recobro_models.contact_habits import BIN_OF_HOUR, BINS, Habits
from recobro_models.contact_outages import find_outages
from recobro_models.contact_segments import SEGMENTS, Segments
from recobro_models.contact_terms import BY_BIN, CALENDAR, STEADY, TERMS, Looked, build_by_bin, build_steady
from recobro_models.contact_times import PRIOR_COEFFICIENTS, ContactTimes
from recobro_models.contact_unknown import Unknown
from recobro_models.contact_weights import fit_weights
from recobro_models.decision.draws import draw

Floats = NDArray[np.float64]

_ROUNDS: Final = 3
#: A habit and a segment count as what they say until their weights are learnt.
_BELIEVED: Final = tuple(1.0 if name in ("log_odds_base", "segment") else 0.0 for name in TERMS)
#: Fewer calls of a segment than this say nothing of its hours.
_FEWEST_CALLS: Final = 200
#: Days after which an attempt may count half, and the fewest as-of days from which that can be told.
_HALF_LIVES: Final = (30, 90)
_FEWEST_DAYS: Final = 8
#: Attempts on which the half-life is chosen; more would tell the same.
_MOST_TO_CHOOSE: Final = 30_000


def learn_rates(attempts: pd.DataFrame) -> ContactTimes:
    """Contact times of which only the portfolio's rates are learnt."""
    used, about = _read(attempts)
    slots = Slots.of(used, np.ones(len(used)))
    z, checks = fit_base(slots, np.zeros(len(used)))
    about |= {"channels": {name: check.to_json() for name, check in checks.items()}}
    return ContactTimes("rates", logistic(z), slots.rates(), np.array(PRIOR_COEFFICIENTS), 0.0, about=about)


def learn(attempts: pd.DataFrame) -> ContactTimes:
    """Contact times with everything learnt; only the rates where all attempts ended alike.

    Older attempts count less where that predicts the newest ones better.
    """
    used, about = _read(attempts)
    if used["reached"].nunique() < 2:
        return learn_rates(attempts)
    half_life = choose_half_life(used)
    model = _learn(used, ageing_weights(used, half_life))
    return replace(model, about=about | {"half_life_days": half_life} | dict(model.about))


def choose_half_life(attempts: pd.DataFrame) -> int | None:
    """Days after which an attempt counts half, `None` for never: what predicts the newest attempts best, learnt from
    those before; all count alike unless the others are better beyond noise."""
    if "as_of" not in attempts or attempts["as_of"].nunique() < _FEWEST_DAYS:
        return None
    if "debtor_id" in attempts and len(attempts) > _MOST_TO_CHOOSE:
        few = draw(attempts["debtor_id"], "half-life") < _MOST_TO_CHOOSE / len(attempts)
        attempts = attempts[few].reset_index(drop=True)
    days = np.sort(attempts["as_of"].unique())
    is_new = (attempts["as_of"] >= days[-max(len(days) // 4, 1)]).to_numpy()
    old, new = attempts[~is_new].reset_index(drop=True), attempts[is_new].reset_index(drop=True)
    if min(old["reached"].nunique(), new["reached"].nunique()) < 2:
        return None
    losses = {one: _losses(_learn(old, ageing_weights(old, one), rounds=1), new) for one in (None, *_HALF_LIVES)}
    gains = {one: losses[None] - losses[one] for one in _HALF_LIVES}
    best = max(gains, key=lambda one: float(gains[one].mean()))
    noise = float(gains[best].std()) / np.sqrt(len(new))
    return best if gains[best].mean() > 2 * noise else None


def ageing_weights(attempts: pd.DataFrame, half_life: int | None) -> Floats:
    """What each attempt counts as: 1 on the newest day."""
    if half_life is None:
        return np.ones(len(attempts))
    age = (attempts["as_of"].max() - attempts["as_of"]).dt.days.to_numpy(np.float64)
    weights: Floats = 0.5 ** (age / half_life)
    return weights


def _losses(model: ContactTimes, attempts: pd.DataFrame) -> Floats:
    p = model.predict_p_reach(attempts, attempts["channel"], attempts["weekday"], attempts["hour"])
    losses: Floats = -np.log(np.where(attempts["reached"].to_numpy(bool), p, 1 - p))
    return losses


def _learn(used: pd.DataFrame, weight: Floats, *, rounds: int = _ROUNDS) -> ContactTimes:
    slots, newest = Slots.of(used, weight), newest_of(used)
    model, offset = ContactTimes.prior(), np.zeros(len(used))
    checks: Mapping[str, HourCheck] = {}
    for _ in range(rounds):
        base, checks = fit_base(slots, offset)
        z = base[slots.place, slots.weekday, slots.hour]
        habits = Habits.fit(newest, _rates_by_bin(slots, logistic(z)))
        model = replace(model, base=logistic(base), rates=slots.rates(), habits=habits)
        model = replace(model, segments=Segments.fit(used, slots, z + offset))
        columns, usual = _columns(model, used, slots)
        intercept, weights = fit_weights(columns, (slots.reached, slots.weight), _BELIEVED)
        model = replace(model, intercept=intercept, coefficients=weights, usual=usual)
        offset = _beside_rates(columns[:, 1:] @ weights[1:], slots)
    # What depends on the hour is left out, or a segment's own hours would be taken for known.
    steady = columns[:, 1 + len(BY_BIN) :] @ weights[1 + len(BY_BIN) :]
    told = {name: check.to_json() for name, check in checks.items()}
    about = {"channels": told, "segments": _check_segments(used, slots, model.base, _beside_rates(steady, slots))}
    return replace(model, kind="learned", unknown=Unknown.fit(newest, model.rates), about=about)


def _read(attempts: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The attempts that are learnt from, and what is told of them."""
    lost, outages = find_outages(attempts)
    used = attempts[~lost].reset_index(drop=True)
    by_channel = used["channel"].value_counts()
    tried = {channel: int(by_channel.get(channel, 0)) for channel in CHANNELS}
    return used, {"n_attempts": tried, "outages": outages}


def newest_of(attempts: pd.DataFrame) -> pd.DataFrame:
    """One row a debtor, the last one known: a year of counts tells of the same attempts again and again."""
    if "debtor_id" not in attempts:
        return attempts
    ordered = attempts.sort_values("as_of", kind="stable") if "as_of" in attempts else attempts
    return ordered.drop_duplicates("debtor_id", keep="last")


def _rates_by_bin(slots: Slots, p: Floats) -> Floats:
    """Usual reach of a call by bin of the day; that of all where a bin has none."""
    calls = slots.place == CHANNELS.index("call")
    whole = float(p[calls].mean()) if calls.any() else float(logistic(prior_log_odds()[0, 0, 10]))
    bins = BIN_OF_HOUR[slots.hour[calls]]
    n, total = np.bincount(bins, minlength=len(BINS)), np.bincount(bins, p[calls], len(BINS))
    rates: Floats = np.where(n > 0, total / np.maximum(n, 1), whole)
    return rates


def _columns(model: ContactTimes, attempts: pd.DataFrame, slots: Slots) -> tuple[Floats, tuple[float, ...]]:
    """The regression's columns, and what stands in them on average."""
    found = np.empty((len(attempts), len(TERMS)))
    found[:, 0] = log_odds(model.base[slots.place, slots.weekday, slots.hour])
    for place in np.unique(slots.place):
        here = np.flatnonzero(slots.place == place)
        looked, bins = Looked.at(attempts.iloc[here], model.habits), BIN_OF_HOUR[slots.hour[here]]
        by_bin = build_by_bin(looked, CHANNELS[place], model.segments)
        found[here, 1 : 1 + len(BY_BIN)] = by_bin[np.arange(len(here)), bins]
        found[here, 1 + len(BY_BIN) :] = build_steady(looked, CHANNELS[place], model.rates)
    steady = found[:, 1 + len(BY_BIN) :]
    told = np.isfinite(steady)
    usual = np.where(told, steady, 0.0).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
    found[:, 1 + len(BY_BIN) :] = np.where(told, steady, usual)
    # Only the calendar may be untold where the model is used.
    kept = np.array([name in CALENDAR for name in STEADY])
    return found, tuple(np.where(kept, usual, 0.0).round(9).tolist())


def _beside_rates(own: Floats, slots: Slots) -> Floats:
    """What is known of each debtor beside the rates, around the mean of its channel, which is the rates' part."""
    n, total = (np.bincount(slots.place, slots.weight * values, len(CHANNELS)) for values in (1.0, own))
    offset: Floats = own - (total / np.maximum(n, 1e-12))[slots.place]
    return offset


def _check_segments(attempts: pd.DataFrame, slots: Slots, base: Floats, offset: Floats) -> dict[str, Any]:
    """Whether the hours of calls differ in each segment that was called often enough."""
    flat = log_odds(base).mean(axis=2)[slots.place, slots.weekday] + offset
    calls = slots.place == places(np.array(["call"], object))[0]
    found: dict[str, Any] = {}
    for column in (name for name in SEGMENTS if name in attempts):
        names = attempts[column].astype(object).to_numpy()
        for name in sorted({str(one) for one in names[calls] if isinstance(one, str)}):
            here = calls & (names == name)
            if here.sum() >= _FEWEST_CALLS:
                check = check_hours(slots.only(here), flat[here], 0)
                found.setdefault(column, {})[name] = check.to_json()
    return found
