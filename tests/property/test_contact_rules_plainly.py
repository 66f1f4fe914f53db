"""Every jurisdiction read a second time, plainly, against the engine and against whole plans."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.plain_rules import Attempt, may_contact, needs_consent
from tests.unit.model_samples import (
    build_attempts,
    build_calendar,
    build_owing,
    build_points,
    build_scored,
    build_settings,
)
from tests.unit.rule_moments import shipped

from recobro_data.contact_rules.verdict import Contact, Tried, judge_contact
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.worklist import window_at

#: One of every file, places without one, and places of which only a part is known; each with a zone of its own.
PLACES: list[tuple[str, str | None, str]] = [
    ("PE", None, "America/Lima"), ("CO", None, "America/Bogota"), ("CL", "RM", "America/Santiago"),
    ("CL", None, "Pacific/Easter"), ("MX", None, "America/Tijuana"), ("AR", "B", "America/Argentina/Cordoba"),
    ("AR", "C", "America/Argentina/Buenos_Aires"), ("AR", None, "America/Argentina/Ushuaia"),
    ("EC", None, "Pacific/Galapagos"), ("BR", "SP", "America/Sao_Paulo"), ("BR", "RJ", "America/Sao_Paulo"),
    ("BR", "ES", "America/Sao_Paulo"), ("BR", "AM", "America/Manaus"), ("BR", "AL", "America/Maceio"),
    ("BR", "MG", "America/Sao_Paulo"), ("BR", None, "America/Noronha"), ("DO", None, "America/Santo_Domingo"),
    ("CR", None, "America/Costa_Rica"), ("PA", None, "America/Panama"), ("BO", "L", "America/La_Paz"),
    ("UY", None, "America/Montevideo"), ("PY", None, "America/Asuncion"), ("GT", None, "America/Guatemala"),
    ("US", "MA", "America/New_York"), ("US", "WA", "America/Los_Angeles"), ("US", "NYC", "America/New_York"),
    ("US", "NY", "America/New_York"), ("US", "TX", "America/Chicago"), ("US", None, "Pacific/Honolulu"),
    ("ES", "MD", "Europe/Madrid"), ("ES", None, "Atlantic/Canary"), ("GB", "SCT", "Europe/London"),
    ("GB", None, "Europe/London"), ("IN", "MH", "Asia/Kolkata"), ("HN", None, "America/Tegucigalpa"),
]  # fmt: skip
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
ATTEMPTS = st.tuples(
    st.sampled_from([*CHANNELS, "letter"]), st.sampled_from([0, 0, 1, 2, 3, 5, 6, 7, 8, 20, 29, 30]), st.booleans()
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "-".join(filter(None, place[:2])))
@settings(max_examples=10, deadline=None)
@given(day=DAYS, minute=st.integers(0, 1439), tried=st.lists(ATTEMPTS, max_size=7), consents=st.booleans())
def test_each_moment_is_judged_as_a_plain_reading_judges_it(
    place: tuple[str, str | None, str], day: date, minute: int, tried: list[Any], consents: bool
) -> None:
    country, region, zone = place
    at = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=ZoneInfo(zone))
    history: list[Attempt] = [(channel, day - timedelta(days=ago), reached) for channel, ago, reached in tried]
    law = shipped().for_place(country, region)
    for channel in CHANNELS:
        contact = Contact(channel, at, (zone,), tuple(Tried(*one) for one in history), consents=consents)
        asked = consents or not needs_consent(country, region, channel)
        assert judge_contact(shipped(), law, contact).allowed is (may_contact(place, at, channel, history) and asked)


debtor = st.tuples(
    st.sampled_from(PLACES), st.lists(ATTEMPTS, max_size=4), st.sampled_from([None, "lawsuit", "vulnerable"])
)


@lru_cache(maxsize=1)
def busy() -> Any:
    """A team with room at every hour, and a policy that draws for half of the debtors."""
    hours = {channel: {"hours": "00:00-24:00", "capacity_per_day": 50, "cost": 0.0} for channel in CHANNELS}
    return build_settings(policy={"exploration": 0.5, "control_group": 0.1}, channels=hours)


@settings(max_examples=15, deadline=None)
@given(debtors=st.lists(debtor, min_size=1, max_size=8), day=st.dates(date(2026, 1, 1), date(2027, 5, 20)))
def test_no_plan_ever_contains_an_unlawful_item(debtors: list[Any], day: date) -> None:
    places, histories, reasons = zip(*debtors, strict=True)
    country, region, zone = (list(column) for column in zip(*places, strict=True))
    owing = build_owing(
        len(debtors), country=country, region=region, timezone=zone, zone=zone, do_not_contact_reason=list(reasons)
    )
    rows = [(owing["debtor_id"].iloc[n], channel, pd.Timestamp(day) - pd.Timedelta(days=ago), reached)
            for n, tried in enumerate(histories) for channel, ago, reached in tried]  # fmt: skip
    calendar = build_calendar(busy(), day, "America/Lima")
    points = build_points(owing["debtor_id"], CHANNELS)
    scored = build_scored(owing, busy(), calendar, points=points, attempts=build_attempts(*rows))
    for n, slot in enumerate(scored.decision.choice):
        if slot >= 0:
            start, end = window_at(zone[n], day, int(slot % HOURS + scored.eligibility.shift[n]))
            past = [(channel, day - timedelta(days=ago), reached) for channel, ago, reached in histories[n]]
            for at in (start, start + (end - start) / 2, end - timedelta(seconds=1)):
                assert may_contact(places[n], at, CHANNELS[slot // HOURS], past)
            assert reasons[n] != "lawsuit"
