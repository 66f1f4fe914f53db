"""Promises: the probability that a debtor who is reached promises to pay, and that the promise is kept.

Only who was reached could promise, and who is easily reached is not like the others. So each reached attempt counts as
much as it was unlikely to reach (inverse probability weights): the answer is about any debtor, once reached. Whether a
promise is kept is learnt from promises whose day is over.

Where both are learnt by debtor they also say what a contact adds later than the contact effect sees, which looks at
payments within a week of the contact: a promise for a day after that week which is then kept.

Source: Heckman 1979 (selection); Robins, Rotnitzky and Zhao 1994 (weights by the inverse probability of being seen).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_floats
from recobro_data.vocabulary import CHANNELS
from recobro_models.calibration import log_odds
from recobro_models.contact_times import ContactTimes
from recobro_models.decisions import SOON_DAYS
from recobro_models.shrunk_logit import ShrunkLogit

Floats = NDArray[np.float64]

#: Of debtors reached, the share that promises before anything is learnt: assumptions. Most messages are only read.
PRIOR_PROMISE: Final = {"call": 0.2, "sms": 0.03, "whatsapp": 0.05, "email": 0.03, "visit": 0.25}
#: Of promises, the share that is kept in full on time.
PRIOR_KEPT: Final = 0.5
#: Of promises, the share that is for a day which the contact effect does not see; it weighs as many promises.
PRIOR_LATER, _LATER_WEIGHT = 0.4, 20.0

PROMISE_FEATURES: Final = (
    "oldest_days_past_due", "open_amount", "overdue_amount", "n_overdue", "n_promises_365d", "n_kept_365d",
    "n_broken_365d", "has_open_promise", "n_attempts_30d", "n_reached_180d", "late15_share_365d", "tenure_days",
)  # fmt: skip
_NAMES: Final = names_of(PROMISE_FEATURES)
#: The hardest to reach stand for at most so many times the average.
_MOST_WEIGHT: Final = 5.0
#: Reached attempts, or settled promises, from which something is learnt.
_FEWEST: Final = 50


@dataclass(frozen=True)
class Promises:
    """Two fitted models. `kind` is `prior` where there was too little to learn from, `rates` where debtors are not told
    apart, else `learned`. `later_share`: of promises, those for a day `SOON_DAYS` or more ahead."""

    kind: str = "prior"
    promise: ShrunkLogit = field(default_factory=ShrunkLogit)
    kept: ShrunkLogit = field(default_factory=ShrunkLogit)
    later_share: float = PRIOR_LATER
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def prior(cls) -> Promises:
        """What holds before anything is learnt."""
        return cls()

    @classmethod
    def fit(
        cls, attempts: pd.DataFrame, promises: pd.DataFrame, contact_times: ContactTimes, *, by_debtor: bool = True
    ) -> Promises:
        """Fit to past attempts and to promises whose day is over.

        Args:
            attempts: one row an attempt: debtor features, `channel`, `weekday`, `hour`, `reached`, `promised`.
            promises: one row a promise: debtor features, `due_days`, `is_kept`.
            contact_times: how likely each attempt was to reach.
            by_debtor: False learns the rates of each portfolio only.
        """
        reached = attempts[attempts["reached"].astype(bool)] if len(attempts) else attempts
        enough = len(reached) >= _FEWEST, len(promises) >= _FEWEST
        if not any(enough):
            return cls.prior()
        promise = _fit_promise(reached, contact_times, by_debtor) if enough[0] else ShrunkLogit()
        kept = _fit_kept(promises, by_debtor) if enough[1] else ShrunkLogit()
        about = {"n_reached": len(reached), "n_promises": len(promises)}
        return cls("learned" if by_debtor else "rates", promise, kept, _later_share(promises), about)

    def predict_p_promise(self, rows: pd.DataFrame, channel: Any) -> Floats:
        """Probability that each row's debtor, once reached on the channel (one, or one a row), promises."""
        channels = np.array([channel] * len(rows) if isinstance(channel, str) else list(channel), dtype=object)
        return self.promise.predict(_asked(rows, channels), _prior_promise(channels), _portfolios(rows))

    def predict_p_kept(self, rows: pd.DataFrame) -> Floats:
        """Probability that a promise of each row's debtor is paid in full by the day promised."""
        return self.kept.predict(_columns(rows), _prior_kept(len(rows)), _portfolios(rows))

    def predict_kept_later(self, rows: pd.DataFrame) -> Floats:
        """(row, channel) probability that the debtor, once reached, promises for a day `SOON_DAYS` or more ahead, and
        keeps it; 0 where debtors are not told apart: rates alone would put those first who keep nothing."""
        if self.kind != "learned":
            return np.zeros((len(rows), len(CHANNELS)))
        p_promise, p_kept = self.predict_both(rows, CHANNELS)
        found: Floats = self.later_share * p_promise * p_kept[:, None]
        return found

    def predict_both(self, rows: pd.DataFrame, channels: Sequence[str]) -> tuple[Floats, Floats]:
        """`predict_p_promise` on each of the channels, by (row, channel), and `predict_p_kept`."""
        known, whose, n = _columns(rows), _portfolios(rows), len(rows)
        each = (np.full(n, channel, dtype=object) for channel in channels)
        p_promise = [self.promise.predict(_beside(known, one), _prior_promise(one), whose) for one in each]
        return np.array(p_promise).reshape(len(channels), n).T, self.kept.predict(known, _prior_kept(n), whose)

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name."""
        parts = {"promise": self.promise.to_json(), "kept": self.kept.to_json()}
        return {"model.json": {"kind": self.kind, **parts, "later_share": self.later_share, "about": dict(self.about)}}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> Promises:
        """The model that `to_files` wrote."""
        told = files["model.json"]
        promise, kept = (ShrunkLogit.from_json(told[name]) for name in ("promise", "kept"))
        # One that was trained before promises entered the value does not say it.
        return cls(told["kind"], promise, kept, told.get("later_share", 0.0), told["about"])


def _fit_promise(reached: pd.DataFrame, contact_times: ContactTimes, by_debtor: bool) -> ShrunkLogit:
    p_reach = contact_times.predict_p_reach(reached, reached["channel"], reached["weekday"], reached["hour"])
    weight = 1 / np.maximum(p_reach, 1e-3)
    weight = np.minimum(weight / weight.mean(), _MOST_WEIGHT)
    channels, promised = reached["channel"].to_numpy(object), reached["promised"].to_numpy(np.float64)
    columns = _asked(reached, channels) if by_debtor else np.empty((len(reached), 0))
    return ShrunkLogit.fit(
        columns, promised, _prior_promise(channels), weight=weight / weight.mean(),
        portfolios=_portfolios(reached),
    )  # fmt: skip


def _fit_kept(promises: pd.DataFrame, by_debtor: bool) -> ShrunkLogit:
    n, kept = len(promises), promises["is_kept"].to_numpy(np.float64)
    columns = _columns(promises) if by_debtor else np.empty((n, 0))
    return ShrunkLogit.fit(columns, kept, _prior_kept(n), weight=np.ones(n), portfolios=_portfolios(promises))


def _later_share(promises: pd.DataFrame) -> float:
    later = float((promises["due_days"] >= SOON_DAYS).sum()) if len(promises) else 0.0
    return (later + _LATER_WEIGHT * PRIOR_LATER) / (len(promises) + _LATER_WEIGHT)


def _prior_promise(channels: NDArray[np.object_]) -> Floats:
    return log_odds(np.array([PRIOR_PROMISE[name] for name in channels], np.float64))


def _prior_kept(n: int) -> Floats:
    return log_odds(np.full(n, PRIOR_KEPT))


def _asked(rows: pd.DataFrame, channels: NDArray[np.object_]) -> Floats:
    """The columns of the debtor and which channel it is."""
    return _beside(_columns(rows), channels)


def _beside(columns: Floats, channels: NDArray[np.object_]) -> Floats:
    return np.column_stack([columns, *(channels == name for name in CHANNELS)]).astype(np.float64)


def _columns(rows: pd.DataFrame) -> Floats:
    """The features with amounts, counts and days drawn in, and whether anything is overdue."""
    numbers = read_floats(rows, _NAMES)
    drawn_in = np.sign(numbers) * np.log1p(np.abs(numbers))
    return np.column_stack([drawn_in, numbers[:, 0] > 0])


def _portfolios(rows: pd.DataFrame) -> NDArray[np.object_]:
    """Whose each row is; rows that do not say are nobody's."""
    if "portfolio_id" not in rows:
        return np.full(len(rows), "", dtype=object)
    names = rows["portfolio_id"].to_numpy(object)
    return np.where(pd.isna(names), "", names)
