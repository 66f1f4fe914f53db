from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from recobro_data.contact_rules import Jurisdiction, blocked_by_frequency, load_rulebook, open_windows
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.form import Limit

DAY = date(2026, 9, 7)
ZONES = ("America/Sao_Paulo",)


@pytest.fixture(scope="module")
def sao_paulo() -> Jurisdiction:
    return load_rulebook().for_place("BR", "SP")


def with_state(law: Jurisdiction, **changes: object) -> Jurisdiction:
    state, country = law.layers
    return replace(law, layers=(state.model_copy(update=changes), country))


def allowing_holidays(entry: Entry) -> Entry:
    return entry.model_copy(update={"holidays": entry.holidays.model_copy(update={"allowed": True})})


def test_the_earliest_day_of_all_files_ends_their_use(sao_paulo: Jurisdiction) -> None:
    law = with_state(sao_paulo, holds_until=date(2026, 1, 1))
    assert law.holds_until == date(2026, 1, 1)


def test_one_file_that_closes_holidays_closes_them(sao_paulo: Jurisdiction) -> None:
    law = replace(sao_paulo, layers=(allowing_holidays(sao_paulo.layers[0]), sao_paulo.layers[1]))
    opening = open_windows(law, ZONES, DAY, "call")
    assert (opening.windows, opening.rule) == ((), "BR.holiday")


def test_holidays_open_where_every_file_allows_them(sao_paulo: Jurisdiction) -> None:
    law = replace(sao_paulo, layers=tuple(allowing_holidays(layer) for layer in sao_paulo.layers))
    assert open_windows(law, ZONES, DAY, "call").hours == tuple(range(8, 20))


def test_hours_of_both_files_intersect_where_none_replaces_the_other(sao_paulo: Jurisdiction) -> None:
    law = with_state(sao_paulo, overrides_parent=())
    assert open_windows(law, ZONES, date(2026, 9, 10), "call").hours == tuple(range(9, 19))


def test_a_day_that_only_the_country_closes_names_the_countrys_rule(sao_paulo: Jurisdiction) -> None:
    law = with_state(sao_paulo, overrides_parent=())
    assert open_windows(law, ZONES, date(2026, 9, 12), "call").rule == "BR.windows.call"


@pytest.mark.parametrize(("closed_days", "until"), [(30, DAY + timedelta(days=30)), (31, None)])
def test_the_next_opening_is_sought_thirty_days_ahead(
    sao_paulo: Jurisdiction, closed_days: int, until: date | None
) -> None:
    closed = frozenset((DAY + timedelta(days=n)).isoformat() for n in range(closed_days))
    law = replace(sao_paulo, calendar=replace(sao_paulo.calendar, extra=closed))
    assert open_windows(law, ZONES, DAY, "call").until == until


def blocked(law: Jurisdiction, *limits: Limit, reached: bool | None) -> list[str]:
    debtors = pd.DataFrame({"debtor_id": ["D1"], "place": ["here"]})
    history = pd.DataFrame([("D1", "call", DAY, reached)], columns=["debtor_id", "channel", "attempted_on", "reached"])
    alone = replace(law, layers=(law.layers[0].model_copy(update={"limits": limits}),))
    return list(blocked_by_frequency({"here": alone}, debtors, history, DAY)["rule"])


def test_an_attempt_of_unknown_outcome_counts_as_a_contact(sao_paulo: Jurisdiction) -> None:
    cap = Limit(id="c", window_days=7, max=1, channels=("call",), counts="contacts", basis="policy", level="none")
    assert blocked(sao_paulo, cap, reached=None) == ["BR-SP.limits.c"]
    assert blocked(sao_paulo, cap, reached=False) == []


def test_of_two_rules_that_hold_equally_long_the_law_is_named(sao_paulo: Jurisdiction) -> None:
    ours = Limit(id="ours", window_days=7, max=1, channels=("call",), basis="policy", level="none")
    law = ours.model_copy(update={"id": "law", "basis": "law"})
    assert blocked(sao_paulo, ours, law, reached=True) == ["BR-SP.limits.law"]
    assert blocked(sao_paulo, law, ours, reached=True) == ["BR-SP.limits.law"]
