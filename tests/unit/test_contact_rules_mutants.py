"""The worked tables are complete: whatever single rule is changed, some line of them notices."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from types import MappingProxyType

import pytest
from tests.unit.rule_moments import Row, answer, load_rows, shipped
from tests.unit.rule_mutants import Mutant, mutants
from tests.unit.rule_practices import FORBIDDEN

from recobro_data.contact_rules import Rulebook
from recobro_data.contact_rules.entry import Entry

ENTRIES = shipped().entries
each_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
OWN_CODE = "the region's own code says the same"
BESIDE = "the country's calendar holds beside it"
SUNDAY = "an election on a Sunday, which is closed anyway"
PAUSE = "the half hour between attempts is enforced as a day"
ALIKE = "the country's caution has the same hours"
#: Changes that no moment can show, and why.
SAME = {
    **{f"BR-{one}.holiday without {what}": BESIDE
       for one in ("AL", "AM", "ES", "RJ", "SP") for what in ("public", "optional")},
    **{f"{one}.holiday every subdivision": OWN_CODE for one in ("AR-C", "BR-AL", "BR-AM", "BR-ES", "BR-RJ")},
    **{f"{one}.windows replaces nothing": ALIKE for one in ("BR-RJ", "BR-AM")},
    **{f"CL.holiday without {day}": SUNDAY for day in ("2024-10-27", "2025-11-16", "2025-12-14")},
    **{f"DO.limits.policy_day without {one}": PAUSE for one in ("sms", "whatsapp", "email")},
    "BR-SP.holiday without SP": "the capital's calendar holds the state's days too",
}  # fmt: skip


@lru_cache(maxsize=64)
def rows_of(file: str) -> tuple[Row, ...]:
    """Moments of a file's places, and where it is not known whether a debtor lives there; of DEFAULT its gaps."""
    country, _, region = file.partition("-")
    near = (file, country, f"{country}-NY") if region else ()
    wanted = ("HN", "PE") if file == "DEFAULT" else (country,)
    return tuple(row for row in load_rows() if row.country in wanted and (not near or row.place in near))


def rows_for(mutant: Mutant) -> list[Row]:
    """Those first at which the change shows if it shows at all."""

    def distance(row: Row) -> tuple[bool, bool, int]:
        day = date.fromisoformat(row.at[:10]).weekday()
        elsewhere = mutant.weekday is not None and day != mutant.weekday
        is_duty = ".minimum_duties" in mutant.about
        aside = 0 if mutant.about in row.verdict else 1 if row.given else 2
        return elsewhere, (row.channel == "duty") != is_duty, aside if is_duty or row.channel in mutant.channels else 3

    return sorted(rows_of(mutant.entry.id), key=distance)


def is_noticed(mutant: Mutant) -> bool:
    changed = Rulebook("rules-mutant", MappingProxyType({**ENTRIES, mutant.entry.id: mutant.entry}))
    if ".forbidden" in mutant.about:
        return forbidden(mutant.entry) != set(FORBIDDEN[mutant.entry.id].split())
    return any(answer(changed, row) != row.verdict for row in rows_for(mutant))


def forbidden(entry: Entry) -> set[str]:
    return {code for rule in entry.forbidden for code in rule.codes}


@each_entry
def test_every_file_forbids_what_was_copied_out(entry: Entry) -> None:
    assert forbidden(entry) == set(FORBIDDEN[entry.id].split())


@each_entry
def test_every_change_of_a_rule_is_noticed_by_a_worked_moment(entry: Entry) -> None:
    assert [one.name for one in mutants(entry) if one.name not in SAME and not is_noticed(one)] == []


def test_a_change_that_no_moment_shows_is_on_the_list_for_a_reason() -> None:
    noticed = {one.name for entry in ENTRIES.values() for one in mutants(entry) if one.name in SAME and is_noticed(one)}
    assert noticed == set()
