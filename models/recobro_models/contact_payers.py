"""Kinds of payers: who pays unasked, who forgets and pays once reminded, who is late whatever is done, who never pays.

Of each kind there is a rate of paying on a day, by how late the oldest charge is and how lately a contact about it got
to the debtor (`features.paying_days`). How many debtors are of each kind and what its rates are is learnt from
everybody's days (a mixture of Poisson processes, by expectation and maximisation); of one debtor there is a posterior
over the kinds, so that one charge paid on the day of a call is a hint and six of them are a habit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from recobro_data.frames import names_of, read_floats
from recobro_models.calibration import log_odds
from recobro_models.decision.draws import draw
from recobro_models.features.paying_days import CELLS, PAYING_DAYS, SINCE_NAMES, find_cell
from recobro_models.rowwise import weigh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_COUNTS: Final = names_of(PAYING_DAYS)
#: Where learning begins: rates of each kind against everybody's, in all and on days after a contact got there.
_LEVELS, _ANSWERS = (0.1, 0.6, 1.2, 2.4), (0.7, 1.5)
#: Payments that a kind's own rate counts as those of its level, and debtors that each kind's share counts as more.
_RATE_WEIGHT, _SHARE_WEIGHT, _ROUNDS = 3.0, 2.0, 60
#: More debtors than this would tell the same.
_MOST_DEBTORS: Final = 50_000
#: Days ahead over which the kinds are asked about, and the farthest that a chance may lie from 0 and 1.
_SOON, _HORIZON, _SURE = 7, 30, 1e-4
#: A charge that is not near: it counts for no cell.
_FAR: Final = -10_000


@dataclass(frozen=True)
class Foreseen:
    """What kinds of payers tell of rows.

    columns: by (row, column), log-odds of paying within a week if nobody acts, how much higher they are once a contact
    reaches the debtor today, and the change in the chance of the month. added_soon, added_month: the hazard that such a
    contact adds to the week's and the month's.
    """

    columns: Floats
    added_soon: Floats
    added_month: Floats


@dataclass(frozen=True)
class Payers:
    """The share of debtors of each kind, and its rates of paying on a day by (kind, cell)."""

    shares: tuple[float, ...]
    rates: tuple[tuple[float, ...], ...]

    @classmethod
    def none(cls) -> Payers:
        """Everybody is alike, and nothing is known of them."""
        return cls((1.0,), ((0.0,) * len(CELLS),))

    @classmethod
    def fit(cls, debtors: pd.DataFrame) -> Payers:
        """Learn from `PAYING_DAYS` of one row a debtor; without them, or if nobody paid, nothing is known."""
        few = draw(debtors["debtor_id"], "kinds of payers") < _MOST_DEBTORS / max(len(debtors), 1)
        owed, paid = _counts(debtors[few])
        if not paid.sum():
            return cls.none()
        rates, shares = _beginnings(owed, paid), np.full(len(_LEVELS) * len(_ANSWERS), 0.125)
        for _ in range(_ROUNDS):
            posterior = _posterior(shares, rates, owed, paid)
            rates, shares = _rates(posterior, owed, paid), posterior.sum(axis=0) + _SHARE_WEIGHT
            shares = shares / shares.sum()
        return cls(tuple(shares.round(9).tolist()), tuple(map(tuple, rates.round(9).tolist())))

    @property
    def is_known(self) -> bool:
        """Whether anything was learnt."""
        return len(self.shares) > 1

    def predict(self, rows: pd.DataFrame, late: Floats, since: Floats) -> Foreseen:
        """What the kinds make of each row's debtor, and of a contact that reached him today.

        Args:
            rows: debtor features with `PAYING_DAYS`.
            late: days past due of the oldest open charge; NaN where there is none.
            since: days since a contact last reached the debtor; NaN where none did.
        """
        (shares, rates), begins = self._arrays, (_whole(late, _FAR), _whole(since, -_FAR))
        posterior, today = _posterior(shares, rates, *_counts(rows)), (begins[0], np.zeros(len(rows), np.int64))
        soon, of_soon, month, of_month = (
            np.clip(_unpaid(posterior, rates, *days, length), _SURE, 1 - _SURE)
            for length in (_SOON, _HORIZON) for days in (begins, today)
        )  # fmt: skip
        untouched = log_odds(1 - soon)
        columns = np.column_stack([untouched, log_odds(1 - of_soon) - untouched, month - of_month])
        return Foreseen(columns, np.log(soon / of_soon), np.log(month / of_month))

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.shares), np.array(self.rates)

    def to_json(self) -> dict[str, Any]:
        """For the model's file."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Payers:
        """What `to_json` wrote."""
        return cls(tuple(told["shares"]), tuple(map(tuple, told["rates"])))


def _counts(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Days owed and days paid by (row, cell)."""
    # They come together; looking for each of them would cost more than reading all.
    there = PAYING_DAYS[0] in rows
    found = np.nan_to_num(read_floats(rows, _COUNTS)) if there else np.zeros((len(rows), len(PAYING_DAYS)))
    return found[:, : len(CELLS)], found[:, len(CELLS) :]


def _beginnings(owed: Floats, paid: Floats) -> Floats:
    """Rates from which the kinds begin to part."""
    of_all = (paid.sum(axis=0) + 0.5) / (owed.sum(axis=0) + 20)
    reminded = np.tile(np.arange(len(SINCE_NAMES)) > 0, len(CELLS) // len(SINCE_NAMES))
    return np.array([of_all * level * np.where(reminded, answer, 1.0) for level, answer in product(_LEVELS, _ANSWERS)])


def _rates(posterior: Floats, owed: Floats, paid: Floats) -> Floats:
    """The rates of each kind, drawn to those of everybody at the kind's own level."""
    of_all = (paid.sum(axis=0) + 0.5) / (owed.sum(axis=0) + 20)
    days, payments = posterior.T @ owed, posterior.T @ paid
    level = (payments.sum(axis=1) + 1) / (days @ of_all + 1)
    usual = np.maximum(of_all * level[:, None], 1e-6)
    rates: Floats = (payments + _RATE_WEIGHT) / (days + _RATE_WEIGHT / usual)
    return rates


def _posterior(shares: Floats, rates: Floats, owed: Floats, paid: Floats) -> Floats:
    """Probability of each kind by row."""
    z = np.log(shares) + weigh(paid, np.log(np.maximum(rates, 1e-12)).T) - weigh(owed, rates.T)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    posterior: Floats = p / weigh(p, np.ones(len(shares)))[:, None]
    return posterior


def _whole(days: Floats, unknown: int) -> Ints:
    return np.where(np.isnan(days), unknown, days).astype(np.int64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _unpaid(posterior: Floats, rates: Floats, late: Ints, since: Ints, length: int) -> Floats:
    """Chance of each row that nothing is paid in the coming days, today first, if nobody is reached on a later one."""
    chance, hazard = np.zeros(len(late)), np.empty(len(rates))
    for row in range(len(late)):
        hazard[:] = 0.0
        for ahead in range(length):
            cell = find_cell(late[row] + ahead, since[row] + ahead)
            if cell >= 0:
                for kind in range(len(rates)):
                    hazard[kind] += rates[kind, cell]
        for kind in range(len(rates)):
            chance[row] += posterior[row, kind] * np.exp(-hazard[kind])
    return chance
