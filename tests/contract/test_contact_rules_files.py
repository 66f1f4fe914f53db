"""What every rule file that recobro ships must hold."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from recobro_data.contact_rules import load_rulebook
from recobro_data.contact_rules.calendars import HolidayCalendar, subdivisions_of
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.files import SHIPPED, load_entries
from recobro_data.contact_rules.strictness import lies_within
from recobro_data.contact_rules.table import rules_as_markdown
from recobro_data.contact_rules.zones import zones_of_country
from recobro_data.vocabulary import CHANNELS

COMPILED = date(2026, 11, 21)
FILES = sorted(SHIPPED.glob("*.yaml"))
ENTRIES = load_entries()
#: The federal rule caps calls alone and names no number for the rest; a plan has at most one item a day anyway.
UNCAPPED = {"US": {"sms", "whatsapp", "email", "letter"}}
SURE = ("full_text", "quoted")
DOCS = Path(__file__).parents[2] / "docs" / "contact-rules-table.md"
each_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))


def test_every_jurisdiction_that_was_looked_through_has_its_file() -> None:
    assert " ".join(sorted(ENTRIES)) == (
        "AR AR-C BO BR BR-AL BR-AM BR-ES BR-RJ BR-SP CL CO CR DEFAULT DO EC ES GB GT IN MX PA PE PY US US-MA US-NYC "
        "US-WA UY"
    )


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


def months_until_a_new_look(entry: Entry) -> int:
    """Twelve; three less where the wording was not seen, three less where a change is pending."""
    if entry.id == "DEFAULT":
        return 12  # it rests on no law that could change
    leading = (*entry.windows, *entry.limits)[0]
    return 12 - 3 * (leading.level not in SURE) - 3 * bool(entry.watch)


@each_entry
def test_a_file_holds_the_shorter_the_less_sure_and_the_more_watched_it_is(entry: Entry) -> None:
    months = COMPILED.month + months_until_a_new_look(entry)
    assert entry.holds_until == date(COMPILED.year + (months - 1) // 12, (months - 1) % 12 + 1, COMPILED.day)


@each_entry
def test_no_evidence_is_newer_than_the_compilation(entry: Entry) -> None:
    assert entry.as_of is None or entry.as_of <= COMPILED.isoformat()


@each_entry
def test_contact_on_holidays_is_opened_by_law_alone(entry: Entry) -> None:
    assert not entry.holidays.allowed or entry.holidays.basis == "law"


@each_entry
def test_every_place_has_a_cap_on_every_channel_it_opens(entry: Entry) -> None:
    family = [entry, *([ENTRIES[entry.parent]] if entry.parent else [])]
    opened = {one for hours in entry.windows for one in hours.channels}
    capped = {one for layer in family for limit in layer.limits for one in limit.channels}
    assert opened - capped == UNCAPPED.get(entry.id, set())


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
    assert set(CHANNELS) - opened <= {"visit"} or (entry.parent and not entry.windows)


def test_the_default_is_inside_the_weekday_hours_of_every_other_file() -> None:
    (start, end), *rest = ENTRIES["DEFAULT"].windows[0].days[0]
    assert not rest
    for entry in ENTRIES.values():
        assert all(hours.days[0][0][0] <= start and end <= hours.days[0][0][1] for hours in entry.windows)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_says_in_its_head_what_it_is_not_and_how_long_it_holds(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("\nid:")[0]
    assert "Not legal advice" in head
    assert re.search(r"# holds_until: \w+ months after the entries were compiled: ", head)


@each_entry
def test_every_wider_reading_says_what_it_reads_and_is_no_reading_of_our_own_caution(entry: Entry) -> None:
    wider = [rule for rule in entry.rules if rule.wider]
    assert all(rule.sources and rule.wider and rule.wider.reads for rule in wider)


@each_entry
def test_every_subdivision_lies_inside_its_country_where_it_is_not_known(entry: Entry) -> None:
    """The country's own hours must be lawful wherever in it the debtor may live."""
    parent = ENTRIES.get(entry.parent or "")
    for hours in entry.windows if parent and entry.overrides_parent else ():
        for channel in hours.channels:
            own = parent.hours_of(channel) if parent else None
            assert own is None or all(map(lies_within, own.days, hours.days))


@each_entry
def test_every_calendar_and_every_subdivision_of_it_is_in_the_library(entry: Entry) -> None:
    calendar = entry.holidays.calendar
    regions = calendar.subdivisions or tuple(set(subdivisions_of(calendar.code).values())) or (None,)
    known = [HolidayCalendar(calendar.code, calendar.categories, (one,) if one else ()) for one in regions]
    assert calendar.code is None or all(one.has(date(year, 12, 25)) for one in known for year in (2026, 2027))


def test_the_docs_hold_the_rules_as_the_files_have_them() -> None:
    assert rules_as_markdown(load_rulebook()) == DOCS.read_text(encoding="utf-8").rstrip("\n"), (
        "print it again with python -m recobro_data.contact_rules.table > docs/contact-rules-table.md"
    )
