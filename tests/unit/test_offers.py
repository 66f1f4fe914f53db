"""Which offers are worth making: worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.unit.model_samples import build_owing
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.contact_rules import Jurisdiction, forbids_offers, load_rulebook
from recobro_models.decision.offers import Offered, Reached, choose_offers, value_of
from recobro_models.decision.strategies import Offer

DISCOUNT = Offer(id="now", kind="discount", countries=("CO",), discount=0.1, lift=0.2)
PLAN = Offer(id="parts", kind="payment_plan", countries=("CO",), instalments=3, first_after_days=7, lift=0.2)
BOTH = """offers:
  - {id: now, kind: discount, countries: [CO], discount: 0.1, lift: 0.2}
  - {id: parts, kind: payment_plan, countries: [CO], instalments: 3, lift: 0.4, lift_basis: measured, taken_anyway: 0.1}
"""


def reached(p_pay: float = 0.3, amount: float = 1000.0, n: int = 1) -> Reached:
    return Reached(np.full(n, 0.5), np.full(n, p_pay), np.full(n, amount))


def value(offer: Offer, horizon_days: int = 30, **changed: float) -> float:
    return float(value_of(offer, reached(**changed), horizon_days)[0])


def choose(one: str = "offers: [now, parts]", p_pay: float = 0.3, amount: float = 1000.0, **given: Any) -> Offered:
    debtors = build_owing(1, **({"country": "CO"} | given))
    return choose_offers(debtors, build_tactics(debtors, build_strategies(one, BOTH)), reached(p_pay, amount), 30)


def test_a_discount_is_worth_what_it_moves_less_what_it_gives_away() -> None:
    # Of 1,000 owed by one who is reached every other time: 0.2 more pay 900, and 0.3 who would pay anyway pay 100 less.
    assert value(DISCOUNT) == pytest.approx(0.5 * (0.2 * 900 - 0.3 * 100))


def test_of_a_payment_plan_only_the_instalments_within_the_horizon_count() -> None:
    # After 7, 37 and 67 days: one of three falls into 30 days, two into 60, all into 90.
    assert value(PLAN, 30) == pytest.approx(0.5 * 1000 * (0.2 / 3 - 0.3 * 2 / 3))
    assert value(PLAN, 60) == pytest.approx(0.5 * 1000 * (0.2 * 2 / 3 - 0.3 / 3))
    assert value(PLAN, 90) == pytest.approx(0.5 * 1000 * 0.2)


@pytest.mark.parametrize("offer", [DISCOUNT, PLAN])
def test_an_offer_of_which_nobody_knows_what_it_adds_is_never_worth_making(offer: Offer) -> None:
    unknown = offer.model_copy(update={"lift": 0.0})
    assert value(unknown, p_pay=0.0) == 0
    assert value(unknown, p_pay=0.5) < 0


def test_an_offer_for_larger_amounts_is_worth_nothing_for_smaller_ones() -> None:
    offer = DISCOUNT.model_copy(update={"amount_from": 1000.0})
    assert (value(offer, amount=999.0), value(offer, amount=1000.0) > 0) == (0, True)


def test_of_several_offers_the_one_worth_most_is_made_with_its_terms() -> None:
    told = choose().told(0)
    # 0.5 * 1000 * (0.4 / 3 - 0.3 * 0.1 * 2 / 3) = 56.67 against 75 of the discount.
    assert told == {
        "id": "now", "kind": "discount", "terms": {"discount": 0.1, "valid_days": 7}, "expected_value": 75.0,
        "basis": "assumed",
    }  # fmt: skip
    assert (choose(p_pay=0.9).told(0) or {})["id"] == "now"
    assert (choose("offers: [parts]").told(0) or {})["terms"] == {
        "instalments": 3, "every_days": 30, "first_after_days": 7
    }  # fmt: skip


def test_an_offer_that_gives_away_more_than_it_adds_is_not_made() -> None:
    text = "offers:\n  - {id: now, kind: discount, countries: [CO], discount: 0.5, lift: 0.01}\n"
    debtors = build_owing(1, country="CO")
    tactics = build_tactics(debtors, build_strategies("offers: [now]", text))
    assert choose_offers(debtors, tactics, reached(), 30).told(0) is None


@pytest.mark.parametrize(
    ("one", "given"), [("", {}), ("offers: [now]", {"country": "PE"}), ("offers: [now]", {"country": "MX"})]
)
def test_no_offer_is_made_that_the_strategy_lacks_or_the_country_is_not_cleared_for(one: str, given: Any) -> None:
    assert choose(one, **given).told(0) is None


def test_an_offer_of_one_portfolio_is_made_to_no_other() -> None:
    text = BOTH.replace("discount: 0.1,", "discount: 0.1, portfolios: [north],")
    debtors = build_owing(2, country="CO", portfolio_id=["north", "south"])
    tactics = build_tactics(debtors, build_strategies("offers: [now]", text))
    offered = choose_offers(debtors, tactics, reached(n=2), 30)
    assert [offered.told(at) is None for at in range(2)] == [False, True]


@pytest.mark.parametrize("country", ["PE", "VE"])
def test_no_offer_can_be_cleared_where_the_countrys_rules_forbid_it(country: str) -> None:
    with pytest.raises(ValueError, match=rf"no offers in {country}: .*offer_without_promotion_consent says "):
        Offer(id="now", kind="discount", countries=("CO", country), discount=0.1)


def test_every_country_whose_rules_say_nothing_of_offers_may_be_cleared() -> None:
    entries = load_rulebook().entries.values()
    may = {one.id for one in entries if one.parent is None and one.country and forbids_offers(place_of(one.id)) is None}
    assert may == {one.id for one in entries if one.parent is None} - {"PE", "DEFAULT"}
    assert Offer(id="now", kind="discount", countries=tuple(sorted(may)), discount=0.1).countries


def place_of(country: str) -> Jurisdiction:
    return load_rulebook().for_place(country, None)
