"""Which offer is worth making: what it adds through those who pay because of it, less what it gives to all others.

The money is of the horizon, as everywhere: a discount brings 1 - d of the amount, a payment plan the instalments that
fall due within it. Of a debtor who is reached and asked for an amount A, with a chance p of paying after the contact,

    expected value = p_reach * A * (lift * brings - p * taken_anyway * (1 - brings))

`lift` is the creditor's own figure, assumed or measured; the item says which. Without one no offer is worth making.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import forbids_offers
from recobro_models.decision.lawful import Calendar, Grounds, Ints, Mask
from recobro_models.decision.strategies.form import Offer
from recobro_models.decision.tactics import Tactics

Floats = NDArray[np.float64]

_TERMS: Final = {
    "payment_plan": ("instalments", "every_days", "first_after_days"),
    "discount": ("discount", "valid_days"),
}


@dataclass(frozen=True)
class Reached:
    """Of the debtors who are asked, by position: the chance of reaching them, the chance that they then pay, and the
    amount asked for."""

    p_reach: Floats
    p_pay: Floats
    amount: Floats


@dataclass(frozen=True)
class Offered:
    """By position: the number of the offer in `catalogue` (-1: none) and what it is expected to add."""

    catalogue: tuple[Offer, ...]
    of: Ints
    value: Floats

    def offer_at(self, position: int) -> Offer | None:
        """The offer that is made."""
        number = int(self.of[position])
        return None if number < 0 else self.catalogue[number]

    def told(self, position: int) -> Mapping[str, Any] | None:
        """The offer as an item has it."""
        offer = self.offer_at(position)
        if offer is None:
            return None
        terms = {name: getattr(offer, name) for name in _TERMS[offer.kind]}
        value = round(float(self.value[position]), 2)
        return {
            "id": offer.id, "kind": offer.kind, "terms": terms, "expected_value": value, "basis": offer.lift_basis,
        }  # fmt: skip


def choose_offers(debtors: pd.DataFrame, tactics: Tactics, reached: Reached, horizon_days: int) -> Offered:
    """For each debtor the offer of the strategy that is worth most, where any is worth more than nothing.

    Args:
        debtors: `country`, `portfolio_id`.
        tactics: whose strategy makes which offers.
        reached: of the same debtors.
        horizon_days: money counts so far ahead.
    """
    catalogue = tactics.strategies.form.offers
    best, of = np.zeros(len(debtors)), np.full(len(debtors), -1, np.int64)
    for number, offer in enumerate(catalogue):
        worth = np.where(_may_have(offer, debtors, tactics), value_of(offer, reached, horizon_days), 0.0)
        better = np.round(worth, 2) > np.round(best, 2)
        of[better], best[better] = number, worth[better]
    return Offered(catalogue, of, best)


def value_of(offer: Offer, reached: Reached, horizon_days: int) -> Floats:
    """Money within the horizon that making the offer adds, beside what the contact adds anyway."""
    brings = _brings(offer, horizon_days)
    per_unit = offer.lift * brings - reached.p_pay * offer.taken_anyway * (1 - brings)
    worth: Floats = reached.p_reach * reached.amount * per_unit
    return np.where(reached.amount >= offer.amount_from, worth, 0.0)


def _brings(offer: Offer, horizon_days: int) -> float:
    """Of the amount, the share that comes in within the horizon from who takes the offer."""
    if offer.discount is not None:
        return 1 - offer.discount
    instalments = offer.instalments or 1
    days = (offer.first_after_days + number * offer.every_days for number in range(instalments))
    return sum(day < horizon_days for day in days) / instalments


def _may_have(offer: Offer, debtors: pd.DataFrame, tactics: Tactics) -> Mask:
    makes = np.array([offer.id in one.offers for one in tactics.strategies.form.strategies])
    cleared = debtors["country"].isin(offer.countries).to_numpy(bool)
    own = debtors["portfolio_id"].isin(offer.portfolios).to_numpy(bool) if offer.portfolios is not None else True
    free = True if tactics.barred is None else ~tactics.barred
    return np.asarray(makes[tactics.of] & cleared & own & free)


def find_barred(debtors: pd.DataFrame, calendar: Calendar) -> Mask:
    """To whom no offer may be made in a collection message, by the place's rules or the portfolio's own."""
    grounds = Grounds.find(debtors)
    barred = [forbids_offers(calendar.place(ground)) is not None for ground in grounds.all]
    return np.array(barred, bool)[grounds.of]
