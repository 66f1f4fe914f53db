"""Which strategy is whose: the first of the file that fits the debtor's stage and segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from recobro_data.frames import read_days
from recobro_data.settings import Bands
from recobro_data.vocabulary import BANDS
from recobro_models.decision.history import History
from recobro_models.decision.lawful import Ints, Mask
from recobro_models.decision.strategies.form import GENTLE, Segment, Strategy
from recobro_models.decision.strategies.load import Strategies


@dataclass(frozen=True)
class Tactics:
    """Strategies as they meet the day's debtors.

    of: number of each debtor's strategy. is_vulnerable: whose pressure is to be lighter. follows_up: whose promise is
    due or was just broken. history: what was tried. barred: to whom the rules in force allow no offer in a collection
    message; None: to nobody.
    """

    strategies: Strategies
    of: Ints
    is_vulnerable: Mask
    follows_up: Mask
    history: History
    barred: Mask | None = None

    @classmethod
    def find(
        cls, strategies: Strategies, debtors: pd.DataFrame, attempts: pd.DataFrame, *, bands: Bands, work_date: date
    ) -> Tactics:
        """The tactics of a day.

        Args:
            strategies: in force.
            debtors: `debtor_id`, `stage`, `kind`, `portfolio_id`, `p_unpaid`, `amount_to_collect`,
                `do_not_contact_reason`, `promise_due_amount`, `promise_broken_on`.
            attempts: as for `History.find`.
            bands: cut-offs of the risk bands.
            work_date: the day.
        """
        sequencing = strategies.form.sequencing
        history = History.find(attempts, debtors["debtor_id"].to_numpy(object), work_date, sequencing.vary_days)
        is_vulnerable = debtors["do_not_contact_reason"].to_numpy(object) == "vulnerable"
        is_due = debtors["promise_due_amount"].to_numpy(np.float64) > 0
        follows_up = is_due | is_broken(debtors, work_date, sequencing.broken_days)
        of = find_strategies(strategies.form.strategies, debtors, bands)
        return cls(strategies, of, is_vulnerable, follows_up, history)

    def of_rows(self, rows: slice) -> Tactics:
        """The tactics of some of the debtors."""
        return Tactics(
            self.strategies, self.of[rows], self.is_vulnerable[rows], self.follows_up[rows], self.history.of_rows(rows),
            None if self.barred is None else self.barred[rows],
        )  # fmt: skip

    def strategy_of(self, position: int) -> Strategy:
        """The strategy of a debtor."""
        return self.strategies.form.strategies[int(self.of[position])]

    def tone_of(self, position: int) -> str:
        """The tone for a debtor."""
        return GENTLE if self.is_vulnerable[position] else self.strategy_of(position).tone


def is_broken(debtors: pd.DataFrame, work_date: date, most_days: int) -> Mask:
    """Whose last promise was not kept in full and fell due at most so many days ago."""
    days = np.datetime64(work_date, "D") - read_days(debtors["promise_broken_on"])
    return np.asarray(days <= np.timedelta64(most_days, "D"))


def find_strategies(strategies: Sequence[Strategy], debtors: pd.DataFrame, bands: Bands) -> Ints:
    """The number of each debtor's strategy: of those that fit, the first."""
    found = np.full(len(debtors), len(strategies) - 1, np.int64)
    for place in reversed(range(len(strategies))):
        one = strategies[place]
        found[np.isin(debtors["stage"].to_numpy(object), one.stages) & _fits(one.segment, debtors, bands)] = place
    return found


def _fits(segment: Segment, debtors: pd.DataFrame, bands: Bands) -> Mask:
    fits = np.ones(len(debtors), bool)
    amount = debtors["amount_to_collect"].to_numpy(np.float64)
    for column, wanted in (("kind", segment.kinds), ("portfolio_id", segment.portfolios)):
        if wanted is not None:
            fits &= np.isin(debtors[column].to_numpy(object), wanted)
    if segment.bands is not None:
        number = np.searchsorted((bands.a, bands.b, bands.c, bands.d), debtors["p_unpaid"].to_numpy(np.float64))
        fits &= np.isin(np.array(BANDS)[number], segment.bands)
    if segment.amount_from is not None:
        fits &= amount >= segment.amount_from
    if segment.amount_below is not None:
        fits &= amount < segment.amount_below
    return fits
