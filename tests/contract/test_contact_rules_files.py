"""What every rule file that recobro ships must hold."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from recobro_data.contact_rules import load_rulebook
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.files import SHIPPED, load_entries
from recobro_data.contact_rules.table import rules_as_markdown
from recobro_data.contact_rules.zones import zones_of_country
from recobro_data.vocabulary import CHANNELS

COMPILED = date(2026, 11, 21)
FILES = sorted(SHIPPED.glob("*.yaml"))
ENTRIES = load_entries()
DOCS = Path(__file__).parents[2] / "docs" / "contact-rules.md"
each_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))


def test_the_jurisdictions_of_the_first_release_are_there() -> None:
    assert {*ENTRIES} >= {"DEFAULT", "PE", "CO", "CL", "MX", "BR", "BR-SP", "BR-RJ", "BR-ES", "BR-AM", "BR-AL"}


@each_entry
def test_every_file_carries_sources_with_levels(entry: Entry) -> None:
    assert entry.sources or entry.id == "DEFAULT"
    assert all(source.ref and source.level for source in entry.sources.values())


@each_entry
def test_every_law_has_a_citation_to_tell_the_debtor(entry: Entry) -> None:
    laws = [rule for rule in entry.rules if rule.basis == "law"]
    assert all(any(entry.sources[key].cite for key in rule.sources) for rule in laws)


@each_entry
def test_no_rule_is_surer_than_the_sources_it_rests_on(entry: Entry) -> None:
    order = ["full_text", "quoted", "secondary", "memory", "none"]
    for rule in (rule for rule in entry.rules if rule.basis != "policy"):
        best = min(order.index(entry.sources[key].level) for key in rule.sources)
        assert order.index(rule.level) >= best, rule


@each_entry
def test_no_file_may_be_used_longer_than_a_year_without_a_new_look(entry: Entry) -> None:
    assert entry.holds_until - COMPILED <= timedelta(days=365)


@each_entry
def test_no_evidence_is_newer_than_the_compilation(entry: Entry) -> None:
    assert entry.as_of is None or entry.as_of <= COMPILED.isoformat()


@each_entry
def test_contact_on_holidays_is_opened_by_law_alone(entry: Entry) -> None:
    assert not entry.holidays.allowed or entry.holidays.basis == "law"


@each_entry
def test_every_place_has_a_cap_on_every_channel_it_opens(entry: Entry) -> None:
    place = load_rulebook().for_place(entry.country, entry.id.partition("-")[2])
    opened = {one for hours in entry.windows for one in hours.channels}
    capped = {one for layer in place.layers for limit in layer.limits for one in limit.channels}
    assert opened <= capped


@each_entry
def test_a_country_names_every_zone_that_tzdata_knows(entry: Entry) -> None:
    if entry.parent is None and entry.timezones:
        assert set(entry.timezones) == set(zones_of_country(entry.country))


@each_entry
def test_a_state_lies_in_its_countrys_zones(entry: Entry) -> None:
    if entry.parent:
        assert set(entry.timezones) <= set(ENTRIES[entry.parent].timezones)


@each_entry
def test_every_channel_of_the_contract_is_opened_or_closed_on_purpose(entry: Entry) -> None:
    opened = {one for hours in entry.windows for one in hours.channels}
    assert set(CHANNELS) - opened <= {"visit"}


def test_the_default_is_inside_the_weekday_hours_of_every_other_file() -> None:
    (start, end), *rest = ENTRIES["DEFAULT"].windows[0].days[0]
    assert not rest
    for entry in ENTRIES.values():
        assert all(hours.days[0][0][0] <= start and end <= hours.days[0][0][1] for hours in entry.windows)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_says_in_its_head_what_it_is_not_and_how_long_it_holds(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("\nid:")[0]
    assert "Not legal advice" in head
    assert "holds_until: twelve months after" in head


def test_the_docs_hold_the_rules_as_the_files_have_them() -> None:
    assert rules_as_markdown(load_rulebook()) in DOCS.read_text(encoding="utf-8"), (
        "print the tables again with python -m recobro_data.contact_rules.table"
    )
