from __future__ import annotations

import pytest

from recobro_data.contact_rules import Rulebook, forbids, load_rulebook, needs_consent, zones_of
from recobro_data.errors import RulesError


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("region", ["SP", "BR-SP", "São Paulo", "sao paulo", " SAO PAULO "])
def test_a_state_is_found_by_code_full_code_or_name(rulebook: Rulebook, region: str) -> None:
    assert rulebook.for_place("BR", region).id == "BR-SP"


def test_the_same_place_is_the_same_object(rulebook: Rulebook) -> None:
    assert rulebook.for_place("BR", "SP") is rulebook.for_place("br", "São Paulo")


@pytest.mark.parametrize("country", [None, "", "ZZ", "HN"])
def test_a_country_without_rules_gets_the_default(rulebook: Rulebook, country: str | None) -> None:
    assert rulebook.for_place(country, None).id == "DEFAULT"


def test_a_state_without_a_file_keeps_the_countrys_rules_and_its_own_holidays(rulebook: Rulebook) -> None:
    place = rulebook.for_place("BR", "Minas Gerais")
    assert (place.id, place.place, place.calendar.subdivisions) == ("BR", "BR-MG", ("MG",))


@pytest.mark.parametrize("region", [None, "", "Atlantis"])
def test_an_unknown_region_keeps_the_holidays_of_every_region(rulebook: Rulebook, region: str | None) -> None:
    assert set(rulebook.for_place("BR", region).calendar.subdivisions) >= {"SP", "RJ", "AC", "São Paulo Capital"}


def test_a_subdivision_replaces_only_what_it_says_it_replaces(rulebook: Rulebook) -> None:
    place = rulebook.for_place("BR", "SP")
    assert [layer.id for layer in place.heard("windows")] == ["BR-SP"]
    assert [layer.id for layer in place.heard("limits")] == ["BR-SP", "BR"]


def test_a_subdivision_adds_to_what_the_country_forbids(rulebook: Rulebook) -> None:
    assert rulebook.for_place("BR", "RJ").forbidden == rulebook.for_place("BR", None).forbidden | {
        "third_parties",
        "personal_references",
    }


@pytest.mark.parametrize(
    ("country", "channels"),
    [
        ("CO", {"call", "sms", "whatsapp", "email", "letter"}),
        ("HN", {"sms", "whatsapp", "email"}),
        ("PE", set()),
        ("BR", set()),
    ],
)
def test_channels_that_need_consent(rulebook: Rulebook, country: str, channels: set[str]) -> None:
    assert needs_consent(rulebook.for_place(country, None)) == channels


@pytest.mark.parametrize(
    ("country", "channel", "rule"),
    [
        ("CO", "visit", "CO.forbidden.home_visit"),
        ("HN", "visit", "DEFAULT.forbidden.home_visit"),
        ("BR", "visit", "BR.channel.visit"),
        ("PE", "visit", None),
        ("CL", "call", None),
        ("PE", "pigeon", "PE.channel.pigeon"),
    ],
)
def test_channels_that_are_never_allowed(rulebook: Rulebook, country: str, channel: str, rule: str | None) -> None:
    assert forbids(rulebook.for_place(country, None), channel) == rule


def test_a_given_zone_stands_alone(rulebook: Rulebook) -> None:
    assert zones_of("CL", "Pacific/Easter", rulebook.for_place("CL", None)) == ("Pacific/Easter",)


def test_the_principal_zone_comes_first(rulebook: Rulebook) -> None:
    assert zones_of("BR", None, rulebook.for_place("BR", None))[0] == "America/Sao_Paulo"


def test_a_state_narrows_the_zones(rulebook: Rulebook) -> None:
    assert zones_of("BR", None, rulebook.for_place("BR", "AM")) == ("America/Manaus", "America/Eirunepe")


def test_a_country_without_rules_has_the_zones_of_tzdata(rulebook: Rulebook) -> None:
    assert zones_of("EC", None, rulebook.for_place("EC", None)) == ("America/Guayaquil", "Pacific/Galapagos")


@pytest.mark.parametrize("zone", ["Lima", "America/Atlantis", "../etc/passwd"])
def test_a_zone_that_is_none_is_refused(rulebook: Rulebook, zone: str) -> None:
    with pytest.raises(RulesError, match="Expected an IANA time zone"):
        zones_of("PE", zone, rulebook.for_place("PE", None))
