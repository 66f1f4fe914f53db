from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from recobro_data.contact_rules import Jurisdiction, Rulebook, blocked_by_frequency, load_rulebook
from recobro_data.errors import RulesError

MONDAY = date(2026, 11, 23)
COLUMNS = ["debtor_id", "channel", "attempted_on", "reached"]


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def blocked(law: Jurisdiction, *attempts: tuple[str, str], work_date: date = MONDAY) -> dict[str, tuple[str, str]]:
    """Rule and until by channel, for one debtor tried on the given channels and days of November."""
    rows = [("D1", channel, f"2026-11-{day}", False) for channel, day in attempts]
    debtors = pd.DataFrame({"debtor_id": ["D1"], "place": ["here"]}, index=[77])
    history = pd.DataFrame(rows, columns=COLUMNS, index=range(9, 9 - len(rows), -1))
    found = blocked_by_frequency({"here": law}, debtors, history, work_date)
    return {row.channel: (row.rule, row.until.strftime("%m-%d")) for row in found.itertuples()}


def test_a_debtor_never_tried_may_be_tried_on_every_channel(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("CO", None)) == {}


def test_colombia_allows_one_attempt_a_day(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("CO", None), ("call", "23"))["call"] == ("CO.limits.one_per_day", "11-24")


def test_colombia_keeps_a_week_to_the_channel_tried(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("CO", None), ("whatsapp", "20"))
    assert found == dict.fromkeys(("call", "sms", "email", "visit"), ("CO.one_channel", "11-27"))


def test_colombia_after_two_channels_closes_each_for_the_other(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("CO", None), ("whatsapp", "20"), ("call", "18"))
    assert (found["whatsapp"], found["call"]) == (("CO.one_channel", "11-25"), ("CO.one_channel", "11-27"))


def test_chile_counts_calls_and_visits_together_for_seven_days(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("CL", None), ("visit", "17"))
    assert found == dict.fromkeys(("call", "visit"), ("CL.limits.call_or_visit_week", "11-24"))


def test_chile_opens_again_on_the_seventh_day(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("CL", None), ("call", "16")) == {}


def test_chile_wants_two_clear_days_between_messages(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("CL", None), ("email", "21"))
    assert found["sms"] == ("CL.distances.remote_days", "11-24")
    assert blocked(rulebook.for_place("CL", None), ("email", "20")) == {}


def test_chile_stops_after_two_messages_in_a_week(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("CL", None), ("email", "17"), ("sms", "20"))
    assert found["whatsapp"] == ("CL.limits.remote_week", "11-24")


def test_peru_stops_after_three_attempts_in_a_week_over_all_channels(rulebook: Rulebook) -> None:
    found = blocked(rulebook.for_place("PE", None), ("call", "18"), ("sms", "19"), ("visit", "20"))
    assert found["email"] == ("PE.limits.policy_week", "11-25")


def test_a_letter_counts_where_the_law_counts_it(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("CL", None), ("letter", "21"))["sms"][0] == "CL.distances.remote_days"


def test_a_state_keeps_the_caps_of_its_country(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("BR", "SP"), ("call", "20"))["call"] == ("BR.limits.policy_call_week", "11-27")


def test_attempts_after_the_day_are_not_known_yet(rulebook: Rulebook) -> None:
    assert blocked(rulebook.for_place("PE", None), ("call", "24")) == {}


def test_an_attempt_of_unknown_outcome_counts(rulebook: Rulebook) -> None:
    debtors = pd.DataFrame({"debtor_id": ["D1"], "place": ["PE"]})
    history = pd.DataFrame([("D1", "call", MONDAY, None)], columns=COLUMNS)
    found = blocked_by_frequency({"PE": rulebook.for_place("PE", None)}, debtors, history, MONDAY)
    assert set(found["channel"]) == {"call", "sms", "whatsapp", "email", "visit"}


def test_attempts_on_other_debtors_do_not_count(rulebook: Rulebook) -> None:
    debtors = pd.DataFrame({"debtor_id": ["D2"], "place": ["PE"]})
    history = pd.DataFrame([("D1", "call", MONDAY, True)], columns=COLUMNS)
    found = blocked_by_frequency({"PE": rulebook.for_place("PE", None)}, debtors, history, MONDAY)
    assert list(found.columns) == ["debtor_id", "channel", "rule", "until"]
    assert found.empty


def test_each_debtor_is_judged_by_the_rules_of_its_place(rulebook: Rulebook) -> None:
    places = {"PE": rulebook.for_place("PE", None), "CL": rulebook.for_place("CL", None)}
    debtors = pd.DataFrame({"debtor_id": ["B", "A"], "place": ["CL", "PE"]}, index=[5, 5])
    history = pd.DataFrame([("A", "call", "2026-11-21", False), ("B", "call", "2026-11-21", False)], columns=COLUMNS)
    found = blocked_by_frequency(places, debtors, history, MONDAY)
    assert list(found["debtor_id"]) == ["B", "B"]


def test_a_place_without_rules_is_refused(rulebook: Rulebook) -> None:
    debtors = pd.DataFrame({"debtor_id": ["D1"], "place": ["MX"]})
    with pytest.raises(RulesError, match="found none for 'MX'"):
        blocked_by_frequency({"PE": rulebook.for_place("PE", None)}, debtors, pd.DataFrame(columns=COLUMNS), MONDAY)


def test_a_debtor_twice_is_refused(rulebook: Rulebook) -> None:
    debtors = pd.DataFrame({"debtor_id": ["D1", "D1"], "place": ["PE", "PE"]})
    with pytest.raises(RulesError, match="Expected one row a debtor"):
        blocked_by_frequency({"PE": rulebook.for_place("PE", None)}, debtors, pd.DataFrame(columns=COLUMNS), MONDAY)


@pytest.mark.parametrize(
    "attempt", [("D1", "call", None, True), ("D1", "pigeon", MONDAY, True), ("D1", None, MONDAY, 1)]
)
def test_an_attempt_without_day_or_channel_is_refused(rulebook: Rulebook, attempt: tuple[object, ...]) -> None:
    debtors = pd.DataFrame({"debtor_id": ["D1"], "place": ["PE"]})
    history = pd.DataFrame([attempt], columns=COLUMNS)
    with pytest.raises(RulesError, match="Expected a day and one of the channels"):
        blocked_by_frequency({"PE": rulebook.for_place("PE", None)}, debtors, history, MONDAY)


def test_rules_past_their_day_are_refused(rulebook: Rulebook) -> None:
    with pytest.raises(RulesError, match=r"PE\.yaml line \d+ to be used on 2028-01-03"):
        blocked(rulebook.for_place("PE", None), work_date=date(2028, 1, 3))
