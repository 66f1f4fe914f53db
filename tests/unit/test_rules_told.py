"""`rules list`, `show` and `check`: pages in three languages, signatures told, and a loaded debtor's own history."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import pytest
from tests.unit.lake_samples import load, settings_in

from recobro_data.contact_rules import Rulebook, load_rulebook, rules_in_force
from recobro_data.errors import UnknownDebtorError
from recobro_data.sections_rules import Rules
from recobro_data.settings import Settings
from recobro_pipelines.rules_check import check_contact, find_debtor
from recobro_pipelines.rules_told import Page, Shown, build_list, build_page

AS_OF = date(2026, 11, 23)
SIGNED = {"rule": "CL.limits.call_or_visit_week", "by": "Ana Soto", "on": "2026-11-01", "why": "opinion"}


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    return load_rulebook()


def page(place: str, language: str = "en", **rules: Any) -> Page:
    given = Rules.model_validate(rules)
    own = rules_in_force(Settings(rules=given)) if rules else rulebook()
    law = own.for_place(place[:2], place[3:] or None)
    return build_page(Shown(own, rulebook(), law, given, language), AS_OF)


def lines(told: Page, heading: str) -> list[str]:
    return [said for _, said in dict(told.sections)[heading]]


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("place", sorted(rulebook().entries))
def test_every_place_has_a_page_in_each_language(place: str, language: str) -> None:
    told = page("HN" if place == "DEFAULT" else place, language)
    text = " ".join(
        [told.title, *told.notes, *(f"{heading} {said}" for heading, all_ in told.sections for _, said in all_)]
    )
    assert len(told.sections) >= 7
    assert not set("{}") & set(text)


def test_the_page_of_a_place_tells_what_each_rule_says_and_its_id() -> None:
    hours = dict(page("CO").sections)["Hours"]
    assert [rule for rule, _ in hours] == ["CO.windows.call", "CO.forbidden.home_visit"]
    assert "Monday to Friday 07:00 to 19:00 and Saturday 08:00 to 15:00" in hours[0][1]


def test_a_portfolios_page_tells_what_it_narrows_and_nothing_that_it_leaves() -> None:
    given = Rules.model_validate(
        {"portfolios": {"north": {"PE": {"hours": {"call": {"mon-fri": "09:00-18:00"}}, "forbidden": ["email"]}}}}
    )
    own = rules_in_force(Settings(rules=given))
    told = build_page(Shown(own, rulebook(), own.for_place("PE", None, "north"), given, "en"), AS_OF)
    rules = [rule for rule, _ in dict(told.sections)["Hours"]]
    north = ["portfolio:north@PE.windows.call", "portfolio:north@PE.channel.email"]
    assert rules == [north[0], "PE.windows.call", "PE.windows.sms", north[1]]


def test_holidays_ahead_are_named_in_the_language_of_the_page() -> None:
    told = " ".join(lines(page("MX", "es"), "Feriados"))
    assert "12 dic 2026 Día del Empleado Bancario, 25 dic 2026 Navidad" in told


def test_a_state_is_told_with_its_country_but_without_the_hours_it_replaces() -> None:
    rules = [rule for _, all_ in page("BR-SP").sections for rule, _ in all_]
    assert {"BR-SP.windows.call", "BR.limits.policy_week"} <= set(rules)
    assert "BR.windows.call" not in rules


def test_a_wider_reading_is_told_with_or_without_its_signature() -> None:
    before, after = (lines(page("CL", **given), "Wider readings") for given in ({}, {"wider": [SIGNED]}))
    assert [("SIGNED" in one, "not signed" in one) for one in before] == [(False, True)] * 3
    assert [one for one in after if "SIGNED by Ana Soto on 2026-11-01: opinion" in one] == [after[1]]


def test_an_emergency_is_told_as_declared_or_not() -> None:
    declared = {"rule": "CL.emergencies.catastrophe", "since": "2026-11-20", "until": "2026-12-31"}
    told = [lines(page("CL", **given), "States of emergency")[0] for given in ({}, {"emergencies": [declared]})]
    assert told[0].endswith("[not declared, not in force]")
    assert told[1].endswith("[declared from 20 Nov 2026 until 31 Dec 2026]")


def test_sources_are_told_with_how_much_was_seen() -> None:
    assert any(
        one.startswith("Ley 2300 de 2023 art. 2 (wording quoted by others)") for one in lines(page("CO"), "Sources")
    )


def test_every_file_stands_on_the_list() -> None:
    assert [one["place"] for one in build_list(rulebook(), "pt")] == sorted(rulebook().entries)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("rules") / "home")
    load(
        settings,
        debtors=[("D1", "CO"), ("D2", "PE")],
        contact_points=[("D1", "call", "false"), ("D1", "sms", "false"), ("D2", "call", "true")],
        charges=[("C1", "D1", "D1", "2026-10-01", 100)],
        payments=[("P1", "C1", "", "2026-10-02", 1)],
        contact_attempts=[("A1", "D1", "sms", "2026-11-20T02:00:00Z", "delivered")],
    )
    return settings


def speaks(settings: Settings, debtor: str, channel: str, at: str) -> str:
    found = find_debtor(settings, debtor, channel)
    verdict = check_contact(rulebook(), found, channel=channel, at=at).verdict
    return "open" if verdict.allowed else verdict.speaks.rule


def test_a_loaded_debtors_attempts_count_on_its_own_clock(loaded: Settings) -> None:
    # 02:00 in UTC is 21:00 of the day before in Bogota.
    asked = {at: speaks(loaded, "D1", "call", f"{at}T10:00") for at in ("2026-11-25", "2026-11-26")}
    assert asked == {"2026-11-25": "CO.one_channel", "2026-11-26": "open"}


def test_an_attempt_that_lies_ahead_of_the_moment_is_not_known_yet(loaded: Settings) -> None:
    assert speaks(loaded, "D1", "call", "2026-11-18T10:00") == "open"


@pytest.mark.parametrize(
    ("debtor", "channel", "rule"),
    [("D1", "email", "CO.consent.email"), ("D2", "call", "contact_points.opted_out"), ("D2", "sms", "open")],
)
def test_a_loaded_debtors_channels_are_asked(loaded: Settings, debtor: str, channel: str, rule: str) -> None:
    assert speaks(loaded, debtor, channel, "2026-11-27T10:00") == rule


def test_a_debtor_who_is_not_loaded_is_refused(loaded: Settings) -> None:
    with pytest.raises(UnknownDebtorError, match="Expected a loaded debtor, found 'D9'"):
        find_debtor(loaded, "D9", "call")
