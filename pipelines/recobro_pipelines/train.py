"""Training: challengers from history, each compared with its champion, promoted or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import duckdb

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.frozen_lake import check_snapshots
from recobro_models.registry import Registry
from recobro_models.sampled_lake import sample_lake
from recobro_models.snapshots import Snapshots
from recobro_models.splits import TimeSplit, snapshot_days, split_in_time
from recobro_models.tuning import Budget
from recobro_pipelines.challengers import RISK_PARAMETERS as RISK_PARAMETERS
from recobro_pipelines.challengers import Bench as Bench
from recobro_pipelines.challengers import Trained as Trained
from recobro_pipelines.progress import SILENT, Steps
from recobro_pipelines.promotions_told import tell_promotions

#: Days between as-of days: one that is no week, so that every weekday is seen.
_EVERY_DAYS: Final = 13
_MOST_SNAPSHOTS: Final = 22


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


def train_models(settings: Settings, as_of: date, *, tune_minutes: float = 0.0, steps: Steps = SILENT) -> list[Trained]:
    """Train risk, contact times, contact effect and promises from what was known at the start of `as_of`.

    Gives every challenger's verdict. Where the first one of a model is kept out, a simpler one that needs no trial
    (prior hazards, pooled rates) becomes the champion, so that there is always something to plan with. With
    `tune_minutes` the risk model's parameters are searched for so long; later trainings go on with the champion's.

    Raises:
        NoDataError: nothing is loaded.
        LeakError: a feature or a label would let the future into training; nothing was trained.
        RecobroError: the registry does not answer; what was in force stays.
    """
    lake, registry = Lake(settings.lake_dir), Registry(settings)
    tags = {"as_of": as_of.isoformat(), "data": lake.version}
    registry.check_reachable()
    history = measure_history(lake, as_of)
    split, days = _split(history, settings, as_of)
    snapshots = Snapshots(sample_lake(lake, most_debtors=settings.learning.max_training_debtors), settings)
    steps.start("features as of past days", len(days) * len(snapshots.pieces()))
    rows = snapshots.training_rows(days, seen_until=as_of, tick=steps.tick)
    steps.start("no later row changes a feature")
    check_snapshots(snapshots, rows.risk, days)
    bench = Bench(settings, registry, rows, split, tags, Budget(tune_minutes) if tune_minutes else None)
    steps.start("risk: payment curve")
    risk = bench.train_risk(history.is_enough(settings, as_of), steps=steps)
    steps.start("contact times")
    contact, times = bench.train_contact(history.n_attempts >= settings.learning.min_attempts)
    steps.start("contact effect")
    effect = bench.train_effect(times)
    steps.start("promises")
    trained = [*risk, *contact, effect, *bench.train_promise(times)]
    tell_promotions(settings, (one.version for one in trained if one.verdict.promote))
    return trained


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


def _split(history: History, settings: Settings, as_of: date) -> tuple[TimeSplit, tuple[date, ...]]:
    """The parts that are tried, and all as-of days to learn from: also those in the gaps and those whose horizon is
    not over. Where the history is too short to part, all fit and none test."""
    horizon = settings.policy.horizon_days
    last = as_of - timedelta(days=horizon)
    first = max(history.first_day + timedelta(days=60), last - timedelta(days=_EVERY_DAYS * _MOST_SNAPSHOTS))
    days = snapshot_days(min(first, last), last, every_days=_EVERY_DAYS)
    split = split_in_time(days, label_days=horizon)
    if not split.fit:
        alone = as_of - timedelta(days=min(horizon, 7))
        return TimeSplit((alone,), (), (), 0), (alone,)
    newer = snapshot_days(last + timedelta(days=_EVERY_DAYS), _newest(last, as_of), every_days=_EVERY_DAYS)
    return split, (*days, *newer)


def _newest(last: date, as_of: date) -> date:
    """The newest day of the grid through `last` that lies before `as_of`."""
    return last + timedelta(days=((as_of - last).days - 1) // _EVERY_DAYS * _EVERY_DAYS)
