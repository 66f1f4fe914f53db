"""recobro in `bench.decision`: trained on the history, planning anew each day on what the tables then show."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from bench.decision_orders import by_worth, in_order
from bench.decision_world import HOURS, Floats, Ints, Today
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.synthetic import Portfolio, Truth, write_tables
from recobro_data.synthetic.countries import date_of
from recobro_data.synthetic.frames import build_tables
from recobro_data.synthetic.people import CHANNELS
from recobro_data.synthetic.world import World
from recobro_data.vocabulary import CHANNELS as KNOWN_CHANNELS
from recobro_models.day_risk import read_charges, score_debtors
from recobro_models.decision.day import asked_of
from recobro_models.decision.three_criteria import rank_three_criteria
from recobro_models.decision.value import Values, value_options
from recobro_models.registry import Registry
from recobro_models.snapshots import Snapshots
from recobro_pipelines.plan import Champions, load_champions
from recobro_pipelines.train import train_models

#: Place of each of the world's channels among all that recobro knows.
PLACES = [KNOWN_CHANNELS.index(channel) for channel in CHANNELS]


def train(world: World, folder: Path) -> None:
    """A workspace that holds the world's history and the models learnt from it."""
    settings = _load(world, folder)
    train_models(settings, date_of(world.day))


class Recobro:
    """recobro's scores of a day, in a workspace of its own; the models are those of the end of the history."""

    def __init__(self, trained: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recobro-bench-")
        self.home = Path(self._folder.name) / "home"
        shutil.copytree(trained, self.home)
        self._models: Champions | None = None

    def value(self, today: Today) -> Ints:
        """The allocation of what recobro expects each option to add."""
        number, values = self.values(today)
        worth = np.zeros((len(today.lawful), len(CHANNELS), HOURS))
        worth[number] = values.value[:, PLACES]
        return by_worth(worth.reshape(len(worth), -1), today)

    def values(self, today: Today, p_untouched: Floats | None = None) -> tuple[Ints, Values]:
        """The world's numbers of the day's debtors, and what a plan takes each option of theirs for.

        `p_untouched`: chance of paying if nobody acts, by the world's number; else recobro's own.
        """
        debtors, number, settings = self._debtors(today)
        models, day = self._champions(settings), date_of(today.world.day)
        debtors = debtors.assign(amount_to_collect=asked_of(debtors), attempted_on=pd.Timestamp(day))
        if p_untouched is not None:
            debtors = debtors.assign(p_pay_no_action=p_untouched[number])
        shift = np.zeros(len(debtors), np.int64)
        both = (models.times, models.effect)
        return number, value_options(debtors, shift, day.weekday(), both, settings, promises=models.promises)

    def likely_payers(self, today: Today) -> Ints:
        """Those most likely to pay first."""
        return self._ordered(today, lambda rows: 1 - rows["p_unpaid"])

    def likely_money(self, today: Today) -> Ints:
        """The most money likely to be paid first."""
        return self._ordered(today, lambda rows: (1 - rows["p_unpaid"]) * rows["amount_to_collect"])

    def _ordered(self, today: Today, score: object) -> Ints:
        debtors, number, _ = self._debtors(today)
        full = np.full(len(today.lawful), -1.0)
        full[number] = score(debtors).to_numpy(np.float64)  # type: ignore[operator]
        return in_order(full, today)

    def _debtors(self, today: Today) -> tuple[pd.DataFrame, Ints, Settings]:
        """The day's debtors with their scores, and the world's number of each."""
        settings = _load(today.world, self.home)
        rows = Snapshots(Lake(settings.lake_dir), settings).day_rows(date_of(today.world.day))
        readings = read_charges(rows, self._champions(settings).curve, settings)
        debtors = score_debtors(rows, readings, ("bench", set()))
        return debtors, debtors["debtor_id"].str[1:].astype(np.int64).to_numpy(), settings

    def _champions(self, settings: Settings) -> Champions:
        if self._models is None:
            self._models = load_champions(Registry(settings))
        return self._models


def three_criteria(today: Today) -> Ints:
    """The published rule: age, amount and days since the last attempt."""
    view = today.view
    rows = {"portfolio_id": 0, "days_past_due": view.days_past_due, "amount_to_collect": view.owed}
    return in_order(rank_three_criteria(pd.DataFrame(rows | {"days_since_last_attempt": view.rest_days})), today)


def _load(world: World, folder: Path) -> Settings:
    """The world's tables as of its day, loaded into the workspace."""
    settings = load_settings(home=folder, environ={}).settings
    portfolio = Portfolio(tables=build_tables(world), as_of=date_of(world.day), truth=Truth(world))
    write_tables(portfolio, folder / "source", disputes=True)
    load_source(str(folder / "source"), settings)
    return settings
