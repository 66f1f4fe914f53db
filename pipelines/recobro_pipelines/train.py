"""Training: challengers from history, each compared with its champion, promoted or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from recobro_data.errors import NoChampionError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promotion import Trial, Verdict, judge
from recobro_models.registry import Registry, Version
from recobro_models.snapshots import Snapshots, TrainingRows
from recobro_models.splits import TimeSplit, snapshot_days, split_in_time
from recobro_models.trials import try_contact_times, try_risk
from recobro_pipelines.progress import SILENT, Steps

#: Days between as-of days: one that is no week, so that every weekday is seen.
_EVERY_DAYS = 13
_MOST_SNAPSHOTS = 22
RISK_PARAMETERS = {"n_estimators": 300, "learning_rate": 0.06, "num_leaves": 31}


@dataclass(frozen=True)
class Trained:
    """What became of one challenger."""

    version: Version
    kind: str
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "model": self.version.label, "kind": self.kind, "promoted": self.verdict.promote, "why": self.verdict.why,
            "metrics": {name: round(value, 6) for name, value in self.version.metrics.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class History:
    """How much there is to learn from, as of a day."""

    first_day: date
    n_settled: int
    n_attempts: int

    def is_enough(self, settings: Settings, as_of: date) -> bool:
        """Whether the payment history suffices for a model of its own."""
        learning = settings.learning
        days = (as_of - self.first_day).days
        return self.n_settled >= learning.min_settled_charges and days >= learning.min_history_days


def train_models(settings: Settings, as_of: date, *, steps: Steps = SILENT) -> list[Trained]:
    """Train risk, contact times and contact effect from what was known at the start of `as_of`.

    Gives every challenger's verdict. Where the first one of a model is kept out, a simpler one that needs no trial
    (prior hazards, pooled rates) becomes the champion, so that there is always something to plan with.

    Raises:
        NoDataError: nothing is loaded.
    """
    lake = Lake(settings.lake_dir)
    tags = {"as_of": as_of.isoformat(), "data": lake.version}
    history = measure_history(lake, as_of)
    split = _split(history, settings, as_of)
    days = (*split.fit, *split.calibrate, *split.test)
    snapshots = Snapshots(lake, settings)
    steps.start("features as of past days", len(days) * len(snapshots.parts()))
    rows = snapshots.training_rows(days, seen_until=as_of, tick=steps.tick)
    registry = Registry(settings)
    bench = Bench(settings, registry, rows, split, tags)
    steps.start("risk: payment curve")
    risk = bench.train_risk(history.is_enough(settings, as_of))
    steps.start("contact times")
    contact, times = bench.train_contact(history.n_attempts >= settings.learning.min_attempts)
    steps.start("contact effect")
    effect = bench.train_effect(times)
    return [*risk, *contact, effect]


def measure_history(lake: Lake, as_of: date) -> History:
    """Count what lies before `as_of`: first issue, charges settled, attempts."""
    with duckdb.connect() as con:
        first, settled, attempts = as_of, 0, 0
        if lake.paths("charges"):
            first = con.execute(
                "select coalesce(min(issued_on), ?) from read_parquet(?)", [as_of, lake.paths("charges")]
            ).fetchall()[0][0]
        if lake.paths("payments"):
            settled = con.execute(
                "select count(*) from read_parquet(?) where paid_on < ?", [lake.paths("payments"), as_of]
            ).fetchall()[0][0]
        if lake.paths("contact_attempts"):
            attempts = con.execute(
                "select count(*) from read_parquet(?) where attempted_at < ?", [lake.paths("contact_attempts"), as_of]
            ).fetchall()[0][0]
    return History(first, int(settled), int(attempts))


def _split(history: History, settings: Settings, as_of: date) -> TimeSplit:
    """As-of days over the history; where it is too short to part, all of them fit and none test."""
    horizon = settings.policy.horizon_days
    last = as_of - timedelta(days=horizon)
    first = max(history.first_day + timedelta(days=60), last - timedelta(days=_EVERY_DAYS * _MOST_SNAPSHOTS))
    days = snapshot_days(min(first, last), last, every_days=_EVERY_DAYS)
    split = split_in_time(days, label_days=horizon)
    return split if split.fit else TimeSplit((as_of - timedelta(days=min(horizon, 7)),), (), (), 0)


@dataclass(frozen=True)
class Bench:
    """Everything one night's training shares."""

    settings: Settings
    registry: Registry
    rows: TrainingRows
    split: TimeSplit
    tags: dict[str, str]

    def train_risk(self, enough: bool) -> list[Trained]:
        """Verdicts of the challenger and, if need be, of its stand-in."""
        fit, calibrate, test = (_at(self.rows.risk, days) for days in self._parts())
        if not enough or not len(test) or fit["is_paid"].nunique() < 2:
            return [self._keep_or_add("risk", PaymentCurve.fit_baseline(self.rows.risk), None)]
        sampled = self._sample(_until(fit, self.split.calibrate[0]))
        parameters = {**RISK_PARAMETERS, "seed": self.settings.learning.seed, "threads": self.settings.engine.threads}
        curve = PaymentCurve.fit(sampled, parameters=parameters).calibrated(_until(calibrate, self.split.test[0]))
        champion = self._champion("risk", PaymentCurve)
        trial = try_risk(curve, champion, test, self.settings.policy.horizon_days)
        trained = self._keep_or_add("risk", curve, trial, parameters)
        return [trained, *self._stand_in(trained, champion, PaymentCurve.fit_baseline(self.rows.risk))]

    def train_contact(self, enough: bool) -> tuple[list[Trained], ContactTimes]:
        """The verdicts, and the contact times that hold after them."""
        fit, calibrate, test = (_at(self.rows.attempts, days) for days in self._parts())
        learn = pd.concat([fit, calibrate], ignore_index=True)
        if not len(learn):
            return [self._keep_or_add("contact", ContactTimes.prior(), None)], ContactTimes.prior()
        times = ContactTimes.fit(learn) if enough else ContactTimes.fit_rates(learn)
        if not enough or not len(test):
            return [self._keep_or_add("contact", times, None)], times
        champion = self._champion("contact", ContactTimes)
        trained = self._keep_or_add("contact", times, try_contact_times(times, champion, test))
        rates = ContactTimes.fit_rates(learn)
        both = [trained, *self._stand_in(trained, champion, rates)]
        return both, times if trained.verdict.promote else champion or rates

    def _stand_in(self, trained: Trained, champion: Any, simpler: Any) -> list[Trained]:
        """Where a first challenger was kept out, the simpler model that holds until a better one comes."""
        if trained.verdict.promote or champion is not None:
            return []
        return [self._keep_or_add(trained.version.model, simpler, None)]

    def train_effect(self, times: ContactTimes) -> Trained:
        """The challenger's verdict."""
        rows = self.rows.debtors
        seed = self.settings.learning.seed
        effect = ContactEffect.fit(rows, times, seed=seed) if len(rows) and self.split.test else ContactEffect.prior()
        return self._keep_or_add("effect", effect, None)

    def _parts(self) -> tuple[tuple[date, ...], ...]:
        return self.split.fit, self.split.calibrate, self.split.test

    def _sample(self, rows: pd.DataFrame) -> pd.DataFrame:
        """At most the configured number of rows, whole debtors, the same ones every time."""
        most = self.settings.learning.max_training_rows / 6  # a charge has about six intervals
        if len(rows) <= most:
            return rows
        place = pd.util.hash_array(rows["debtor_id"].to_numpy(object)) / 2**64
        return rows[place < most / len(rows)].reset_index(drop=True)

    def _champion(self, model: str, kind: Any) -> Any:
        try:
            return kind.from_files(self.registry.files(self.registry.champion(model)))
        except NoChampionError:
            return None

    def _keep_or_add(self, model: str, challenger: Any, trial: Trial | None, parameters: Any = None) -> Trained:
        """Record the challenger and promote it if the rules let it; without a trial it is promoted if it differs."""
        files = challenger.to_files()
        verdict = judge(trial) if trial is not None else self._without_trial(model, challenger)
        version = self.registry.add(
            model, files, metrics=dict(trial.measures) if trial else {}, parameters=parameters or {},
            tags={**self.tags, "kind": challenger.kind, "verdict": verdict.why},
        )  # fmt: skip
        if verdict.promote:
            self.registry.promote(model, version.number)
        return Trained(version, challenger.kind, verdict)

    def _without_trial(self, model: str, challenger: Any) -> Verdict:
        champion = self._champion(model, type(challenger))
        if champion is None:
            return Verdict(True, "promoted: the first champion")
        if champion.to_files() == challenger.to_files():
            return Verdict(False, "kept out: it equals the champion")
        if challenger.kind in ("prior", "baseline") and champion.kind != challenger.kind:
            return Verdict(False, f"kept out: the champion is {champion.kind}, this is only {challenger.kind}")
        return Verdict(True, "promoted: the same method on newer data")


def _at(rows: pd.DataFrame, days: tuple[date, ...]) -> pd.DataFrame:
    wanted = pd.to_datetime(pd.Series(list(days), dtype=object))
    return rows[rows["as_of"].isin(wanted)].reset_index(drop=True) if len(rows) else rows


def _until(rows: pd.DataFrame, end: date) -> pd.DataFrame:
    """The same charges as if watching had stopped at the start of `end`."""
    most = (pd.Timestamp(end) - rows["as_of"]).dt.days
    inside = rows["watched_days"] <= most
    return rows.assign(is_paid=rows["is_paid"] & inside, watched_days=np.minimum(rows["watched_days"], most))
