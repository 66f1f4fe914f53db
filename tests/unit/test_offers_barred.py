"""A portfolio may bar offers in its collection messages; where the law bars them it can not let them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.model_samples import WORK_DATE, build_owing
from tests.unit.strategy_samples import build_strategies, build_tactics

from recobro_data.contact_rules import explain_rule, forbids_offers, rules_in_force
from recobro_data.errors import ConfigurationError
from recobro_data.settings import Settings
from recobro_models.decision.lawful import Calendar
from recobro_models.decision.offers import Reached, choose_offers, find_barred
from recobro_models.decision.tactics import Tactics

OFFER = "offers:\n  - {id: now, kind: discount, countries: [CO], discount: 0.1, lift: 0.9}\n"


def settings_with(home: Path, place: str, **own: Any) -> Settings:
    return Settings(home=home, rules={"portfolios": {"north": {place: own}}})


def test_a_portfolio_that_bars_offers_bars_them_in_its_place_alone(tmp_path: Path) -> None:
    rulebook = rules_in_force(settings_with(tmp_path, "CO", offers=False))
    barred = [forbids_offers(rulebook.for_place(*of)) for of in (("CO", None, "north"), ("CO", None, "south"))]
    assert [rule is None for rule in barred] == [False, True]
    assert forbids_offers(rulebook.for_place("CL", None, "north")) is None


def test_the_rule_speaks_for_the_portfolio(tmp_path: Path) -> None:
    rulebook = rules_in_force(settings_with(tmp_path, "CO", offers=False))
    rule = forbids_offers(rulebook.for_place("CO", None, "north"))
    assert "north" in explain_rule(str(rule), "es", rulebook=rulebook)


def test_offers_that_the_law_bars_can_not_be_let(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"at least as strict as PE\.forbidden\.offer_without_promotion_consent"
    ):
        rules_in_force(settings_with(tmp_path, "PE", offers=True))


def test_letting_offers_where_the_law_is_silent_changes_nothing(tmp_path: Path) -> None:
    rulebook = rules_in_force(settings_with(tmp_path, "CO", offers=True))
    assert forbids_offers(rulebook.for_place("CO", None, "north")) is None


def tactics_for(portfolios: list[str], settings: Settings) -> Tactics:
    debtors = build_owing(len(portfolios), country="CO", timezone="America/Bogota", portfolio_id=portfolios)
    calendar = Calendar(rules_in_force(settings), settings, WORK_DATE, "America/Bogota")
    return replace(
        build_tactics(debtors, build_strategies("offers: [now]", OFFER)), barred=find_barred(debtors, calendar)
    )


def test_no_offer_is_made_to_debtors_of_a_portfolio_that_bars_them(tmp_path: Path) -> None:
    portfolios = ["south", "north"]
    tactics = tactics_for(portfolios, settings_with(tmp_path, "CO", offers=False))
    reached = Reached(np.full(2, 0.5), np.full(2, 0.2), np.full(2, 100.0))
    debtors = build_owing(2, country="CO", portfolio_id=portfolios)
    assert choose_offers(debtors, tactics, reached, 30).of.tolist() == [0, -1]


def test_of_some_debtors_the_same_are_barred(tmp_path: Path) -> None:
    tactics = tactics_for(["north", "south", "north"], settings_with(tmp_path, "CO", offers=False))
    assert tactics.of_rows(slice(1, 3)).barred is not None
    assert np.array_equal(tactics.of_rows(slice(1, 3)).barred, [False, True])
