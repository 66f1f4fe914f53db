"""What a workspace configures about contact rules: signed, declared, closed, stricter; and never looser."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recobro_data.contact_rules import (
    Rulebook,
    blocked_by_frequency,
    explain_rule,
    forbids,
    load_rulebook,
    needs_consent,
    open_windows,
    rules_in_force,
)
from recobro_data.errors import ConfigurationError
from recobro_data.settings import load_settings

DAY = date(2026, 11, 25)
SIGNED = """
[[rules.wider]]
rule = "{rule}"
by = "Ana Soto, counsel"
on = 2026-11-01
why = "opinion of the firm"
"""
NORTH = """
[policy]
exploration = 0.05

[rules.portfolios."north.1".CO]
hours.call = {"mon-fri" = "08:00-18:00"}
limits = [{channels = ["call", "sms"], max = 2, window_days = 7}]
distances = [{channels = ["call"], days = 3}]
forbidden = ["email"]
consent = ["letter"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def configured(home: Path, text: str) -> Rulebook:
    (home / "recobro.toml").write_text(text, encoding="utf-8")
    return rules_in_force(load_settings(home, {}).settings)


def blocked(rulebook: Rulebook, place: tuple[str, str], *tried: tuple[str, int, bool]) -> dict[str, str]:
    """Channels that caps close in a country for a portfolio, after attempts so many days ago, and by which rule."""
    law = rulebook.for_place(place[0], None, place[1])
    debtors = pd.DataFrame({"debtor_id": ["D"], "place": ["here"]}, index=[4])
    rows = [("D", channel, pd.Timestamp(DAY) - pd.Timedelta(days=ago), reached) for channel, ago, reached in tried]
    history = pd.DataFrame(rows, columns=["debtor_id", "channel", "attempted_on", "reached"])
    found = blocked_by_frequency({"here": law}, debtors, history, DAY)
    return dict(zip(found["channel"], found["rule"], strict=True))


def test_a_workspace_without_rules_of_its_own_keeps_the_shipped_ones(home: Path) -> None:
    assert configured(home, "").version == load_rulebook().version


def test_a_signed_reading_of_a_cap_counts_contacts_only(home: Path) -> None:
    wider = configured(home, SIGNED.format(rule="CL.limits.call_or_visit_week"))
    assert blocked(load_rulebook(), ("CL", ""), ("call", 3, False))["call"] == "CL.limits.call_or_visit_week"
    assert "call" not in blocked(wider, ("CL", ""), ("call", 3, False))
    assert blocked(wider, ("CL", ""), ("call", 3, True))["call"] == "CL.limits.call_or_visit_week"


def test_a_signed_reading_of_a_distance_counts_by_dates(home: Path) -> None:
    wider = configured(home, SIGNED.format(rule="CL.distances.remote_days"))
    assert "sms" not in blocked(wider, ("CL", ""), ("sms", 2, False))
    assert blocked(wider, ("CL", ""), ("sms", 1, False))["sms"] == "CL.distances.remote_days"


def test_a_signed_reading_of_one_channel_a_week_waits_for_a_contact(home: Path) -> None:
    wider = configured(home, SIGNED.format(rule="CO.one_channel"))
    assert "call" not in blocked(wider, ("CO", ""), ("sms", 3, False))
    assert blocked(wider, ("CO", ""), ("sms", 3, True))["call"] == "CO.one_channel"


def test_a_signed_reading_may_lift_a_rule(home: Path) -> None:
    wider = configured(home, SIGNED.format(rule="US-MA.limits.two_in_thirty_elsewhere"))
    assert [one.id for one in wider.entries["US-MA"].limits] == ["two_in_seven"]


def test_a_signed_reading_of_hours_holds_for_all_their_channels(home: Path) -> None:
    wider = configured(home, SIGNED.format(rule="PE.windows.email"))
    sunday = date(2026, 11, 29)
    opened = [open_windows(wider.for_place("PE", None), ("America/Lima",), sunday, one) for one in ("sms", "call")]
    assert [len(one.windows) for one in opened] == [1, 0]


def test_everything_that_is_configured_changes_the_version(home: Path) -> None:
    texts = ["", SIGNED.format(rule="CO.one_channel"), SIGNED.format(rule="PE.windows.sms"), NORTH]
    assert len({configured(home, text).version for text in texts}) == len(texts)


def test_a_declared_emergency_caps_contacts_a_month_from_its_day_on(home: Path) -> None:
    declared = '[[rules.emergencies]]\nrule = "CL.emergencies.catastrophe"\nsince = {}\nuntil = 2026-12-31\n'
    tried = [("call", 30, False), ("visit", 20, False)]
    on, later = (configured(home, declared.format(day)) for day in ("2026-11-25", "2026-11-26"))
    assert set(blocked(on, ("CL", ""), *tried).values()) == {"CL.emergencies.catastrophe"}
    assert blocked(later, ("CL", ""), *tried) == blocked(load_rulebook(), ("CL", ""), *tried) == {}


def test_an_emergency_counts_thirty_one_days_and_two_contacts(home: Path) -> None:
    on = configured(home, '[[rules.emergencies]]\nrule = "CL.emergencies.catastrophe"\nsince = 2026-11-01\n')
    assert blocked(on, ("CL", ""), ("call", 31, False), ("visit", 20, False)) == {}
    assert blocked(on, ("CL", ""), ("call", 20, False)) == {}


def test_a_closed_day_is_a_holiday_of_its_place(home: Path) -> None:
    closed = '[[rules.closed_days]]\nplace = "BR-SP"\nday = 2026-11-25\nname = "decree"\n'
    rulebook = configured(home, closed)
    rules = [
        open_windows(rulebook.for_place("BR", one), ("America/Sao_Paulo",), DAY, "call").rule for one in ("SP", "MG")
    ]
    assert rules == ["BR-SP.holiday", None]


def test_a_portfolios_hours_narrow_the_laws_for_its_own_debtors_alone(home: Path) -> None:
    rulebook = configured(home, NORTH)
    laws = [rulebook.for_place("CO", None, one) for one in ("north.1", "south", None)]
    hours = [open_windows(law, ("America/Bogota",), DAY, "call").hours for law in laws]
    assert [(one[0], one[-1]) for one in hours] == [(8, 17), (7, 18), (7, 18)]


def test_a_portfolios_caps_and_distances_hold_beside_the_laws(home: Path) -> None:
    rulebook = configured(home, NORTH)
    assert blocked(rulebook, ("CO", "north.1"), ("call", 2, False))["call"] == "portfolio:north.1@CO.distances.2"
    assert blocked(rulebook, ("CO", "north.1"), ("call", 6, False), ("call", 4, False))["call"].endswith("limits.1")
    assert "call" not in blocked(rulebook, ("CO", "south"), ("call", 2, False))


def test_a_portfolio_forbids_channels_and_asks_for_consent(home: Path) -> None:
    own, other = (configured(home, NORTH).for_place("CO", None, one) for one in ("north.1", "south"))
    assert forbids(own, "email") == "portfolio:north.1@CO.channel.email"
    assert forbids(other, "email") is None
    assert "letter" in needs_consent(own)


def test_a_portfolios_rule_is_told_as_its_own(home: Path) -> None:
    rulebook = configured(home, NORTH)
    told = explain_rule("portfolio:north.1@CO.distances.2", "en", rulebook=rulebook)
    assert told.endswith("(the portfolio's own rule, stricter than the law).")
    assert told.startswith("Portfolio north.1: calls, 3 days")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"mon-fri" = "08:00-18:00"', '"mon-sat" = "08:00-16:00"', r"CO\.windows\.call on sat, found .* line 6"),
        ('"mon-fri" = "08:00-18:00"', '"mon-fri" = "08:00-19:01"', r"CO\.windows\.call on mon, found .* line 6"),
        ('"mon-fri" = "08:00-18:00"', '"mon-fri" = "8-18"', r"found hours must read HH:MM-HH:MM, .* line 6"),
        ("max = 2, window_days = 7", "max = 8, window_days = 7", r"CO\.limits\.one_per_day, found .* line 7"),
        ('hours.call', 'hours.visit', r"CO\.forbidden\.home_visit on mon, found .* line 6"),
        ('forbidden = ["email"]', 'forbidden = ["pigeon"]', r"found 'pigeon' in recobro\.toml line 9"),
        ('."north.1".CO]', '."north.1".XX]', r"a place with a rule file, found 'XX' in recobro\.toml line 5"),
    ],
)  # fmt: skip
def test_a_portfolios_rule_that_is_looser_or_unreadable_is_refused_naming_file_and_line(
    home: Path, old: str, new: str, said: str
) -> None:
    assert old in NORTH
    with pytest.raises(ConfigurationError, match=said):
        configured(home, NORTH.replace(old, new))


def test_a_distance_shorter_than_the_laws_is_refused(home: Path) -> None:
    text = '[rules.portfolios.north.CL]\ndistances = [{channels = ["sms"], days = 2}]\n'
    with pytest.raises(ConfigurationError, match=r"CL\.distances\.remote_days, found .* line 2"):
        configured(home, text)


@pytest.mark.parametrize("line", ['by = "Ana Soto, counsel"\n', "on = 2026-11-01\n", 'why = "opinion of the firm"\n'])
def test_a_reading_without_who_when_and_why_is_refused(home: Path, line: str) -> None:
    text = SIGNED.format(rule="CO.one_channel")
    with pytest.raises(ConfigurationError, match=r"`rules\.wider\.0\.(by|on|why)` in recobro\.toml line 2"):
        configured(home, text.replace(line, ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SIGNED.format(rule="CO.windows.call"), r"found CO\.windows\.call in recobro\.toml line 3, which has none"),
        (SIGNED.format(rule="CO.limits.none"), r"found 'CO\.limits\.none' in recobro\.toml line 3"),
        (SIGNED.format(rule="CO.one_channel") * 2, r"CO\.one_channel in recobro\.toml line 9, which has none"),
        ('[[rules.emergencies]]\nrule = "CL.holiday"\nsince = 2026-01-01\n', r"CL\.holiday in recobro\.toml line 2"),
        ('[[rules.closed_days]]\nplace = "ZZ"\nday = 2026-01-01\nname = "x"\n', r"'ZZ' in recobro\.toml line 2"),
    ],
)
def test_what_no_rule_file_knows_is_refused_naming_file_and_line(home: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        configured(home, text)


def test_a_variable_holds_its_tables_as_json(home: Path) -> None:
    text = '[{"rule": "CO.one_channel", "by": "A", "on": "2026-11-01", "why": "B"}]'
    rules = load_settings(home, {"RECOBRO_RULES_WIDER": text}).settings.rules
    assert [(one.rule, one.on) for one in rules.wider] == [("CO.one_channel", date(2026, 11, 1))]
