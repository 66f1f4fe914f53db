"""Contact times: the probability of reaching a debtor on each channel, weekday and hour.

Layers, each drawn to the one above it, so that two answers at 19:00 are a hint and not a law:

1. rates of the portfolio by channel, weekday and hour, smooth over the clock (`contact_base`);
2. what segments of debtors add, in all and by stretch of the day (`contact_segments`);
3. what the debtor answered beyond what those rates expect: in all, on the channel, and at his own hours
   (`contact_habits`);
4. a logistic regression that weighs these with how lately and how often the debtor was tried and reached, what is owed,
   and the calendar (`contact_terms`, `contact_weights`).

Every hour gets a probability; no window is singled out here. `about` says where the hours do not differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.calibration import log_odds
from recobro_models.contact_base import PRIOR_RATES, logistic, places, prior_log_odds
from recobro_models.contact_habits import BIN_OF_HOUR, Habits
from recobro_models.contact_segments import Segments
from recobro_models.contact_terms import BY_BIN, STEADY, TERMS, Looked, build_by_bin, build_steady
from recobro_models.contact_unknown import Unknown
from recobro_models.rowwise import weigh

__all__ = ["PRIOR_RATES", "TERMS", "ContactTimes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FORM: Final = 2
#: Before anything was learnt only the base rate counts.
PRIOR_COEFFICIENTS: Final = (1.0, *(0.0 for _ in TERMS[1:]))
_OF_BIN: Final = slice(1, 1 + len(BY_BIN))
_OF_STEADY: Final = slice(1 + len(BY_BIN), len(TERMS))


@dataclass(frozen=True)
class ContactTimes:
    """A fitted model of `p_reach`. `base` is (channel, weekday, hour); weekday 0 is Monday.

    kind: `prior`, `rates` (only the portfolio's rates were learnt) or `learned`.
    habits, segments: what a debtor's own hours and segments add.
    usual: what the calendar's terms were on average, for rows that do not tell their day.
    unknown: how far debtors differ beyond what is known of them.
    about: what was learnt from, whether the hours of each channel differ, and what was left out.
    """

    kind: str
    base: Floats
    rates: Floats
    coefficients: Floats
    intercept: float
    habits: Habits = field(default_factory=Habits.none)
    segments: Segments = field(default_factory=Segments)
    usual: tuple[float, ...] = (0.0,) * len(STEADY)
    unknown: Unknown = field(default_factory=Unknown)
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def prior(cls) -> ContactTimes:
        """What holds before any attempt is known."""
        rates = np.array([PRIOR_RATES[channel] for channel in CHANNELS])
        return cls("prior", logistic(prior_log_odds()), rates, np.array(PRIOR_COEFFICIENTS), 0.0)

    @classmethod
    def fit(cls, attempts: pd.DataFrame) -> ContactTimes:
        """Fit to one row an attempt.

        Args:
            attempts: debtor features as of a day shortly before it, `channel`, `weekday`, `hour`, `reached`, and where
                they are known `debtor_id`, `as_of`, `attempted_on` and the columns of `contact_segments.SEGMENTS`.
        """
        from recobro_models.contact_learning import learn

        return learn(attempts)

    @classmethod
    def fit_rates(cls, attempts: pd.DataFrame) -> ContactTimes:
        """Only the portfolio's rates, drawn towards the prior: what holds where there are too few attempts to weigh."""
        from recobro_models.contact_learning import learn_rates

        return learn_rates(attempts)

    def predict_p_reach(self, rows: pd.DataFrame, channel: Any, weekday: Any, hour: Any) -> Floats:
        """Probability of reaching each row's debtor; channel, weekday and hour one for all or one a row."""
        return logistic(self._log_odds(rows, channel, weekday, hour))

    def predict_interval(
        self, rows: pd.DataFrame, slot: tuple[Any, Any, Any], *, level: float = 0.9
    ) -> tuple[Floats, Floats]:
        """Between which two numbers each row's debtor's own `p_reach` lies with probability `level`.

        It is wide for a debtor of whom little is known and narrow for one who was tried often. `slot` is channel,
        weekday and hour, one for all or one a row.
        """
        from scipy.special import ndtri

        z, reach = self._log_odds(rows, *slot), ndtri(0.5 + level / 2)
        spread = self.unknown.predict_spread(rows, places(_each(slot[0], rows)), self.rates)
        of_hour = np.abs(self.coefficients[1]) * self.habits.predict_spread(rows)
        spread = np.hypot(spread, of_hour[np.arange(len(rows)), BIN_OF_HOUR[_numbers(slot[2], rows)]])
        return logistic(z - reach * spread), logistic(z + reach * spread)

    def predict_week(self, rows: pd.DataFrame, channel: str, hours: range) -> Floats:
        """`p_reach` of each row's debtor as (row, weekday, hour of `hours`)."""
        return self.predict_weeks(rows, (channel,), hours)[channel]

    def predict_weeks(self, rows: pd.DataFrame, channels: Sequence[str], hours: range) -> dict[str, Floats]:
        """`predict_week` by channel."""
        looked, bins = Looked.at(rows, self.habits), BIN_OF_HOUR[hours.start : hours.stop]
        found = {}
        for channel in channels:
            base = self.coefficients[0] * log_odds(self.base[CHANNELS.index(channel), :, hours.start : hours.stop])
            found[channel] = logistic(self._own(looked, channel)[:, bins][:, None, :] + base[None, :, :])
        return found

    def predict_day(self, rows: pd.DataFrame, channel: str, weekday: int, hours: range) -> Floats:
        """`p_reach` of each row's debtor on one weekday as (row, hour of `hours`)."""
        return next(self.predict_days(rows, (channel,), weekday, hours))

    def predict_days(self, rows: pd.DataFrame, channels: Sequence[str], weekday: int, hours: range) -> Iterator[Floats]:
        """`predict_day` of one channel after the other."""
        looked, bins = Looked.at(rows, self.habits), BIN_OF_HOUR[hours.start : hours.stop]
        for channel in channels:
            base = log_odds(self.base[CHANNELS.index(channel), weekday, hours.start : hours.stop])
            yield logistic(self._own(looked, channel)[:, bins] + self.coefficients[0] * base)

    def _log_odds(self, rows: pd.DataFrame, channel: Any, weekday: Any, hour: Any) -> Floats:
        channels, days, hours = _each(channel, rows), _numbers(weekday, rows), _numbers(hour, rows)
        place = places(channels)
        z: Floats = self.coefficients[0] * log_odds(self.base[place, days, hours])
        for at in np.unique(place):
            here = np.flatnonzero(place == at)
            z[here] += self._own(Looked.at(rows.iloc[here], self.habits), CHANNELS[at])[
                np.arange(len(here)), BIN_OF_HOUR[hours[here]]
            ]
        return z

    def _own(self, looked: Looked, channel: str) -> Floats:
        """Log-odds that are each row's debtor's own on the channel, by (row, bin of the day), with the intercept."""
        steady = build_steady(looked, channel, self.rates)
        steady = weigh(np.where(np.isnan(steady), np.array(self.usual), steady), self.coefficients[_OF_STEADY])
        by_bin = weigh(build_by_bin(looked, channel, self.segments), self.coefficients[_OF_BIN])
        own: Floats = by_bin + steady[:, None] + self.intercept
        return own

    def to_files(self) -> dict[str, Any]:
        """The model as JSON by file name."""
        told = {
            "form": _FORM, "kind": self.kind, "base": self.base.tolist(), "rates": self.rates.tolist(),
            "coefficients": dict(zip(TERMS, self.coefficients.tolist(), strict=True)), "intercept": self.intercept,
            "habits": self.habits.to_json(), "segments": self.segments.to_json(), "usual": list(self.usual),
            "unknown": self.unknown.to_json(), "about": dict(self.about),
        }  # fmt: skip
        return {"model.json": told}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> ContactTimes:
        """The model that `to_files` wrote; one of the first form is read without the debtor's own hours, which it
        weighed by parts of the day that are no terms any more."""
        told = files["model.json"]
        coefficients = np.array([told["coefficients"].get(name, 0.0) for name in TERMS])
        plain = (told["kind"], np.array(told["base"]), np.array(told["rates"]), coefficients, told["intercept"])
        if told.get("form", 1) < _FORM:
            return cls(*plain)
        return cls(
            *plain, Habits.from_json(told["habits"]), Segments.from_json(told["segments"]), tuple(told["usual"]),
            Unknown.from_json(told["unknown"]), told["about"],
        )  # fmt: skip


def _each(value: Any, rows: pd.DataFrame) -> NDArray[Any]:
    return np.broadcast_to(np.asarray(value, dtype=object), len(rows))


def _numbers(value: Any, rows: pd.DataFrame) -> Ints:
    return np.broadcast_to(np.asarray(value, np.int64), len(rows))
