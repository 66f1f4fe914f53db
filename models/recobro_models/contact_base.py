"""Rates of a portfolio: the log-odds of reaching somebody by channel, weekday and hour, drawn towards a prior.

A channel's hours are one smooth curve (a Gaussian process over the clock around the prior hours), so an hour with few
calls leans on its neighbours; how far the curve may bend is what the calls themselves say (the largest evidence). That
evidence, set against a flat curve's, tells whether the hours differ at all. Messages wait to be read: their curve has
one height a part of the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.calibration import log_odds
from recobro_models.features.contact_history import PARTS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Reach per attempt before anything is known. Calls: the field reports 7 to 25 %; the others are our assumption.
PRIOR_RATES: Final = {"call": 0.12, "sms": 0.08, "whatsapp": 0.35, "email": 0.15, "visit": 0.30}
#: Channels that somebody answers when they come; messages wait to be read.
IN_PERSON: Final = ("call", "visit")
#: Log-odds of an hour against the channel's mean: evenings and Saturdays are better than office hours (Weeks, Kulka and
#: Pierson 1987; Kulka and Weeks 1988).
_PRIOR_HOURS: Final = {
    7: -0.3, 8: -0.1, 9: -0.1, 12: 0.1, 13: 0.1, 17: 0.1, 18: 0.3, 19: 0.3, 20: 0.2,
}  # fmt: skip
_PRIOR_SATURDAY: Final = 0.1
#: Standard deviations of the priors in log-odds, of a channel's level and of its weekdays; how far its hours may bend.
_LEVEL_SPREAD, _DAY_SPREAD = 0.45, 0.2
_HOUR_SPREADS: Final = (0.15, 0.3, 0.6, 1.2)
#: Hours over which the curve of the day is alike.
_ALIKE_HOURS: Final = 1.5
#: Of what sets an hour apart, the share that it has in common with its neighbours.
_SMOOTH_SHARE: Final = 0.8
#: The prior's rate counts as so many attempts.
_RATE_WEIGHT: Final = 50.0
#: Log of the evidence for a curve against a flat line from which hours are said to differ (20 to 1), and down to which
#: they are said not to.
_DIFFER, _SAME = 3.0, -1.0
_ROUNDS: Final = 6


@dataclass(frozen=True)
class Slots:
    """Attempts, a value a row: channel (its place in `CHANNELS`), weekday (Monday 0), local hour, whether reached, and
    what the attempt counts as."""

    place: Ints
    weekday: Ints
    hour: Ints
    reached: Floats
    weight: Floats

    @classmethod
    def of(cls, attempts: pd.DataFrame, weight: Floats) -> Slots:
        """The slots of a frame of attempts."""
        weekday, hour = (attempts[name].to_numpy(np.int64) for name in ("weekday", "hour"))
        reached = attempts["reached"].to_numpy(np.float64)
        return cls(places(attempts["channel"].to_numpy(object)), weekday, hour, reached, weight)

    def only(self, kept: NDArray[np.bool_]) -> Slots:
        """Those of the rows that are kept."""
        return Slots(self.place[kept], self.weekday[kept], self.hour[kept], self.reached[kept], self.weight[kept])

    def rates(self) -> Floats:
        """Share reached by channel, drawn towards the prior."""
        prior = np.array([PRIOR_RATES[channel] for channel in CHANNELS])
        n, hits = (np.bincount(self.place, self.weight * values, len(CHANNELS)) for values in (1.0, self.reached))
        rates: Floats = (hits + _RATE_WEIGHT * prior) / (n + _RATE_WEIGHT)
        return rates


@dataclass(frozen=True)
class HourCheck:
    """Whether the hours of a channel differ: `evidence` is the log of the Bayes factor against a flat line."""

    n_attempts: int
    evidence: float

    @property
    def verdict(self) -> str:
        """`differ`, `no difference`, or `not known` where too little was seen to tell."""
        if self.evidence >= _DIFFER:
            return "differ"
        return "no difference" if self.evidence <= _SAME else "not known"

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return {"hours": self.verdict, "log_evidence": round(self.evidence, 2), "n_attempts": self.n_attempts}


def prior_log_odds() -> Floats:
    """Log-odds by (channel, weekday, hour) before any attempt is known."""
    rates = np.array([PRIOR_RATES[channel] for channel in CHANNELS])
    z: Floats = np.tile(log_odds(rates)[:, None, None], (1, 7, 24))
    for channel in IN_PERSON:
        place = CHANNELS.index(channel)
        z[place] += _prior_hours(place)
        z[place, 5] += _PRIOR_SATURDAY
    return z


def fit_base(slots: Slots, offset: Floats) -> tuple[Floats, Mapping[str, HourCheck]]:
    """Log-odds by (channel, weekday, hour), and of each channel that was tried whether its hours differ.

    Args:
        slots: the attempts.
        offset: what is known of each attempt's debtor beside, in log-odds; 0 where nothing is.
    """
    z, checks = prior_log_odds(), {}
    for place, channel in enumerate(CHANNELS):
        here = slots.place == place
        if here.any():
            z[place], checks[channel] = _fit_channel(z[place], slots.only(here), offset[here], place)
    return z, checks


def check_hours(slots: Slots, flat: Floats, place: int) -> HourCheck:
    """Whether the hours of one channel differ among these attempts; `flat` are their log-odds without the hour."""
    seen, noise = _estimate(slots.hour, slots, flat, 24)
    evidence = [_evidence(seen, noise, *curve) for curve in _curves(place)]
    return HourCheck(len(slots.hour), max(evidence[1:]) - evidence[0])


def places(channels: Any) -> Ints:
    """Each channel's place in `CHANNELS`."""
    found: Ints = pd.Categorical(channels, categories=list(CHANNELS)).codes.astype(np.int64)
    return found


def logistic(z: Floats) -> Floats:
    """The probability of log-odds."""
    p: Floats = 1 / (1 + np.exp(-z))
    return p


def part_of(hour: int) -> str:
    """The part of the day that an hour lies in."""
    return next(part for part, (first, last) in PARTS.items() if first <= hour < last)


def _fit_channel(prior: Floats, slots: Slots, offset: Floats, place: int) -> tuple[Floats, HourCheck]:
    """One channel's (weekday, hour): its curve of the day and its weekdays in turn, each given the other."""
    hours, days = prior[0].copy(), prior[:, 0] - prior[0, 0]
    prior_days, level = days.copy(), float(log_odds(np.array([PRIOR_RATES[CHANNELS[place]]]))[0])
    for _ in range(_ROUNDS):
        seen, noise = _estimate(slots.hour, slots, hours[slots.hour] + days[slots.weekday] + offset, 24)
        target = np.where(np.isfinite(noise), hours - level + seen, 0.0)
        evidence = [_evidence(target, noise, *curve) for curve in _curves(place)]
        check = HourCheck(len(slots.hour), max(evidence[1:]) - evidence[0])
        hours = level + _posterior(target, noise, evidence, place)
        seen, noise = _estimate(slots.weekday, slots, hours[slots.hour] + days[slots.weekday] + offset, 7)
        weight = _DAY_SPREAD**2 / (_DAY_SPREAD**2 + noise)
        days = prior_days + weight * np.where(np.isfinite(noise), days + seen - prior_days, 0.0)
    return hours[None, :] + days[:, None], check


def _estimate(group: Ints, slots: Slots, z: Floats, n: int) -> tuple[Floats, Floats]:
    """By group, how far the seen log-odds lie above the expected, and the variance of that; endless where none is."""
    p = logistic(z)
    score, weight = (np.bincount(group, slots.weight * one, n) for one in (slots.reached - p, p * (1 - p)))
    noise = np.where(weight > 0, 1 / np.maximum(weight, 1e-12), np.inf)
    return score / np.maximum(weight, 1e-12), noise


def _curves(place: int) -> Iterator[tuple[Floats, Floats]]:
    """Mean and covariance of every curve of the day that a channel may have, around its level: first the flat one."""
    flat = np.full((24, 24), _LEVEL_SPREAD**2)
    yield np.zeros(24), flat
    alike = _alike(place)
    for mean in (_prior_hours(place), np.zeros(24)):
        for spread in _HOUR_SPREADS:
            yield mean, flat + spread**2 * alike


def _alike(place: int) -> Floats:
    """How alike two hours are: by their distance, or for messages whether they lie in the same part of the day."""
    hour = np.arange(24.0)
    if CHANNELS[place] in IN_PERSON:
        close: Floats = np.exp(-0.5 * ((hour[:, None] - hour) / _ALIKE_HOURS) ** 2)
        return _SMOOTH_SHARE * close + (1 - _SMOOTH_SHARE) * np.eye(24)
    parts = np.array([part_of(int(one)) for one in hour])
    return (parts[:, None] == parts).astype(np.float64)


def _prior_hours(place: int) -> Floats:
    tilts = _PRIOR_HOURS if CHANNELS[place] in IN_PERSON else {}
    return np.array([tilts.get(hour, 0.0) for hour in range(24)])


def _evidence(seen: Floats, noise: Floats, mean: Floats, covariance: Floats) -> float:
    """Log density of what was seen, but for a constant; the more a curve may bend, the more it has to explain."""
    there = np.isfinite(noise)
    rest = (seen - mean)[there]
    spread = covariance[np.ix_(there, there)] + np.diag(noise[there])
    bends = float(np.sqrt(covariance[0, 0] - covariance.min())) / _HOUR_SPREADS[0]
    doubt = 2 * np.log(max(bends, 1.0))
    return float(-0.5 * (np.linalg.slogdet(spread)[1] + rest @ np.linalg.solve(spread, rest)) - doubt)


def _posterior(seen: Floats, noise: Floats, evidence: list[float], place: int) -> Floats:
    """The curve of the day that is expected: flat where the hours do not differ, else the mean of all that may be, each
    by its evidence."""
    weights = np.exp(np.array(evidence) - max(evidence[1:]))
    weights = np.where(
        np.arange(len(weights)) == 0, weights[0] >= np.exp(-_SAME), weights * (weights[0] < np.exp(-_SAME))
    )
    there = np.isfinite(noise)
    found = np.zeros(24)
    for weight, (mean, covariance) in zip(weights / weights.sum(), _curves(place), strict=True):
        spread = covariance[np.ix_(there, there)] + np.diag(noise[there])
        found += weight * (mean + covariance[:, there] @ np.linalg.solve(spread, (seen - mean)[there]))
    return found
