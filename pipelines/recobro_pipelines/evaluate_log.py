"""Reads the decisions of a window from the lake and the published plans, with all that policies decide by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from recobro_data.contact_rules import Rulebook
from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_data.store import ItemFilters, PlanRow, Store
from recobro_models.day_risk import read_charges, score_debtors
from recobro_models.decision.eligibility import Eligibility, Portfolio, check_eligibility
from recobro_models.decision.lawful import Calendar, find_clocks
from recobro_models.decision.sequencing import plot_course
from recobro_models.decision.strategies import Strategies
from recobro_models.decision.tactics import Tactics
from recobro_models.decision.value import value_options
from recobro_models.off_policy.log import Log, join_decisions, planned_outcomes, read_decisions
from recobro_models.off_policy.policies import EXPECTED_VALUE
from recobro_models.snapshots import DayRows, Snapshots
from recobro_pipelines.plan import Champions
from recobro_pipelines.progress import Steps

Floats = NDArray[np.float64]

#: Days that are read at most, spread evenly over the window, and debtors times days: more cost time and tell little.
_MOST_DAYS: Final = 40
_MOST_ROWS: Final = 2_000_000
_FEWEST_DAYS: Final = 5


@dataclass(frozen=True)
class Window:
    """Which days' decisions to read (both included), seen until the start of a later one."""

    first: date
    last: date
    seen_until: date

    def spread(self, days: Sequence[date], n_debtors: int) -> list[date]:
        """Those of the days that are read: all of few, or as many as are affordable, spread evenly over many."""
        most = int(np.clip(_MOST_ROWS // max(n_debtors, 1), _FEWEST_DAYS, _MOST_DAYS))
        inside = sorted(day for day in days if self.first <= day <= self.last)
        places = np.unique(np.linspace(0, len(inside) - 1, min(len(inside), most)).round().astype(int))
        return [inside[place] for place in places]


@dataclass(frozen=True)
class LogReader:
    """Reads decisions; `lawful` is the configuration by which options are found and, with champions, valued.

    strategies: which of the lawful options the policy of expected value may choose; None: all.
    """

    snapshots: Snapshots
    lawful: Settings
    rulebook: Rulebook
    policy: str
    champions: Champions | None
    strategies: Strategies | None = None

    def read_attempts(self, window: Window, steps: Steps) -> Log:
        """Decisions of days on which somebody was contacted, by what was done.

        Raises:
            UsageError: nobody was, or no contact was lawful.
        """
        days = worked_days(self.snapshots, window)
        return self._read(window, days, steps, lambda _day, outcomes: outcomes)

    def read_plans(self, window: Window, plans: Sequence[PlanRow], store: Store, steps: Steps) -> Log:
        """Decisions of days that have a plan, by what the plan decided.

        Raises:
            UsageError: no plan lets anybody be contacted.
        """
        by_day = {plan.work_date: plan for plan in plans}
        share = self.lawful.policy.control_group

        def planned(day: date, outcomes: pd.DataFrame) -> pd.DataFrame:
            plan_id = by_day[day].plan_id
            drawn = ItemFilters(as_published=True)
            rows = [*store.items(plan_id, filters=drawn), *store.left_alone(plan_id, filters=drawn)]
            return planned_outcomes(outcomes, rows, share)

        return self._read(window, list(by_day), steps, planned)

    def _read(self, window: Window, days: Sequence[date], steps: Steps, decided: Any) -> Log:
        chosen = window.spread(days, self.snapshots.lake.rows("debtors"))
        steps.start("decisions", len(chosen) * len(self.snapshots.pieces()))
        read = self.snapshots.decided_rows(chosen, seen_until=window.seen_until, tick=steps.tick)
        log = join_decisions(self._decisions(read, decided))
        if log is None:
            found = f"none from {window.first} to {window.last}"
            raise UsageError("days on which somebody was contacted", found, "Choose other days with --from and --to.")
        return log.in_one_money(self.lawful.rates)

    def _decisions(
        self, read: Iterator[tuple[date, DayRows, pd.DataFrame]], decided: Any
    ) -> Iterator[tuple[date, Log]]:
        zone = ""
        for day, rows, outcomes in read:
            if len(rows.debtors):
                debtors = self._scored(rows)
                debtors = debtors.assign(zone=find_clocks(debtors, self.rulebook))
                zone = zone or str(debtors["zone"].mode().iloc[0])
                calendar = Calendar(self.rulebook, self.lawful, day, zone)
                has_points = self.snapshots.lake.rows("contact_points") > 0
                eligibility = check_eligibility(
                    Portfolio(debtors, rows.contact_points, has_points, rows.attempts, rows.charges), calendar
                )
                worth = self._worth(debtors, rows.attempts, eligibility, day)
                yield day, read_decisions(debtors, decided(day, outcomes), eligibility, worth)

    def _scored(self, rows: DayRows) -> pd.DataFrame:
        if self.champions is None:
            return rows.debtors
        readings = read_charges(rows, self.champions.curve, self.lawful)
        return score_debtors(rows, readings, (self.policy, set()))

    def _worth(
        self, debtors: pd.DataFrame, attempts: pd.DataFrame, eligibility: Eligibility, day: date
    ) -> Floats | None:
        if self.champions is None or self.policy != EXPECTED_VALUE:
            return None
        models = (self.champions.times, self.champions.effect)
        dated = debtors.assign(attempted_on=pd.Timestamp(day))
        promises = self.champions.promises
        worth = value_options(dated, eligibility.shift, day.weekday(), models, self.lawful, promises=promises).value
        if self.strategies is None:
            return worth
        tactics = Tactics.find(self.strategies, debtors, attempts, bands=self.lawful.bands, work_date=day)
        return np.where(plot_course(worth, eligibility, tactics, day).prefers, worth, -np.inf)


def worked_days(snapshots: Snapshots, window: Window) -> list[date]:
    """The days of the window on which anybody was contacted, in the debtors' time zones."""
    found: set[date] = set()
    for placed, _backend in snapshots.placed():
        made = placed["contact_attempts"].filter(
            (_.attempted_on >= window.first) & (_.attempted_on < window.last + timedelta(days=1))
        )
        found |= set(pd.to_datetime(made.select("attempted_on").distinct().to_pandas()["attempted_on"]).dt.date)
    return sorted(found)


def worked_by_either(settings: Settings, target: Settings) -> Settings:
    """The configuration by which decisions are found: a channel counts where either policy has room on it."""
    closed = [name for name, own in target.channels.items() if 0 in (own.capacity_per_hour, own.capacity_per_day)]
    channels: Mapping[str, Any] = {**target.channels, **{name: settings.channels[name] for name in closed}}
    return target.model_copy(update={"channels": channels})
