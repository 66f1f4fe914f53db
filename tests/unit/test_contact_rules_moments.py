"""Every jurisdiction against the table of worked moments."""

from __future__ import annotations

import pytest
from tests.unit.rule_moments import answer, load_rows, shipped

from recobro_data.contact_rules.entry import Entry

PLACES = sorted({row.place for row in load_rows()})
ENTRIES = shipped().entries


@pytest.mark.parametrize("place", PLACES)
def test_every_worked_moment_is_judged_as_it_was_worked_out(place: str) -> None:
    rows = [row for row in load_rows() if row.place == place]
    wrong = [(str(row), row.verdict, found) for row in rows if (found := answer(shipped(), row)) != row.verdict]
    assert wrong == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_the_table_has_holidays_of_2026_and_2027_where_a_country_closes_them(entry: Entry) -> None:
    country = entry.parent or entry.id
    told = {row.at[:4] for row in load_rows() if row.verdict == f"{country}.holiday"}
    assert told >= {"2026", "2027"} or country == "US"


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_file_has_moments_of_its_own(entry: Entry) -> None:
    named = {row.verdict.partition(".")[0] for row in load_rows()}
    assert entry.id in named
