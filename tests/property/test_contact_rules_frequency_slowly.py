"""Caps counted day by day, as plainly as the law reads, against the vectorised ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_data.contact_rules import Jurisdiction, blocked_by_frequency, load_rulebook
from recobro_data.contact_rules.form import Distance, Limit, OneChannel, Pause

WORK_DATE = date(2026, 11, 21)
CHANNELS = ("call", "sms", "whatsapp", "email", "visit")
ALL = (*CHANNELS, "letter")
REMOTE = ("sms", "whatsapp", "email", "letter")

Attempt = tuple[str, date, bool]
MayTry = Callable[[list[Attempt], str, date], bool]

attempts = st.tuples(
    st.sampled_from(ALL), st.integers(-2, 40).map(lambda ago: WORK_DATE - timedelta(days=ago)), st.booleans()
)
histories = st.lists(attempts, max_size=8)


@lru_cache(maxsize=8)
def load(country: str) -> Jurisdiction:
    return load_rulebook().for_place(country, None)


def count(
    history: list[Attempt], channels: tuple[str, ...], day: date, days: int, *, reached_only: bool = False
) -> int:
    first = day - timedelta(days=days - 1)
    return sum(one in channels and first <= at <= day and (ok or not reached_only) for one, at, ok in history)


def peru(history: list[Attempt], channel: str, day: date) -> bool:
    return count(history, ALL, day, 1) < 1 and count(history, ALL, day, 7) < 3


def colombia(history: list[Attempt], channel: str, day: date) -> bool:
    others = tuple(one for one in ALL if one != channel)
    not_visit = tuple(one for one in ALL if one != "visit")
    today = 0 if channel == "visit" else count(history, not_visit, day, 1)
    return today < 1 and count(history, others, day, 7) < 1


def chile(history: list[Attempt], channel: str, day: date) -> bool:
    if channel in ("call", "visit"):
        return count(history, ("call", "visit"), day, 7) < 1
    return count(history, REMOTE, day, 7) < 2 and count(history, REMOTE, day, 3) < 1


def mexico(history: list[Attempt], channel: str, day: date) -> bool:
    return peru(history, channel, day) and (channel != "call" or count(history, ("call",), day, 7) < 1)


def elsewhere(history: list[Attempt], channel: str, day: date) -> bool:
    return mexico(history, channel, day) and (channel not in REMOTE or count(history, REMOTE, day, 2) < 1)


def slowly(history: list[Attempt], may_try: MayTry) -> dict[str, date]:
    known = [one for one in history if one[1] <= WORK_DATE]
    found = {}
    for channel in CHANNELS:
        days = (WORK_DATE + timedelta(days=ahead) for ahead in range(60))
        found[channel] = next(day for day in days if may_try(known, channel, day))
    return {channel: day for channel, day in found.items() if day > WORK_DATE}


def quickly(history: list[Attempt], law: Jurisdiction) -> dict[str, date]:
    frame = pd.DataFrame([("D1", *one) for one in history], columns=["debtor_id", "channel", "attempted_on", "reached"])
    debtors = pd.DataFrame({"debtor_id": ["D0", "D1"], "place": ["here", "here"]}, index=[3, 3])
    found = blocked_by_frequency({"here": law}, debtors, frame, WORK_DATE)
    return {row.channel: row.until.date() for row in found.itertuples()}


@pytest.mark.parametrize(
    ("country", "may_try"),
    [("PE", peru), ("CO", colombia), ("CL", chile), ("MX", mexico), ("BR", mexico), ("HN", elsewhere)],
)
@settings(max_examples=25, deadline=None)
@given(history=histories)
def test_blocks_are_those_counted_slowly(country: str, may_try: MayTry, history: list[Attempt]) -> None:
    assert quickly(history, load(country)) == slowly(history, may_try)


channels_of_a_rule = st.lists(st.sampled_from(ALL), min_size=1, max_size=6, unique=True).map(tuple)
limits = st.builds(
    Limit,
    id=st.just("limit"),
    window_days=st.integers(1, 30),
    max=st.integers(1, 4),
    per=st.sampled_from(["total", "channel"]),
    counts=st.sampled_from(["attempts", "contacts"]),
    channels=channels_of_a_rule,
    basis=st.just("policy"),
    level=st.just("none"),
)
distances = st.builds(
    Distance,
    id=st.just("gap"),
    channels=channels_of_a_rule,
    days=st.integers(1, 7),
    days_strict_clear=st.none() | st.integers(1, 9),
    after=st.sampled_from(["attempt", "conversation"]),
    basis=st.just("policy"),
    level=st.just("none"),
)
PAUSE = Pause(id="pause", channels=("call", "sms"), minutes=30, basis="policy", level="none")
one_channels = st.none() | st.builds(
    OneChannel, days=st.integers(1, 9), after=st.sampled_from(["attempt", "contact"]), basis=st.just("policy"),
    level=st.just("none"),
)  # fmt: skip


def written(limit: Limit, gap: Distance, one: OneChannel | None) -> MayTry:
    """The rules as a person would count them."""

    def may_try(history: list[Attempt], channel: str, day: date) -> bool:
        counted = (channel,) if limit.per == "channel" else limit.channels
        reached, clear = limit.counts == "contacts", max(gap.days, gap.days_strict_clear or 0)
        full = channel in limit.channels and (
            count(history, counted, day, limit.window_days, reached_only=reached) >= limit.max
        )
        near = channel in gap.channels and (
            count(history, gap.channels, day, clear, reached_only=gap.after == "conversation") >= 1
        )
        paused = channel in PAUSE.channels and count(history, PAUSE.channels, day, 1) >= 1
        others = tuple(other for other in ALL if other != channel)
        fixed = one and count(history, others, day, one.days, reached_only=one.after == "contact") >= 1
        return not (full or near or paused or fixed)

    return may_try


@settings(max_examples=80, deadline=None)
@given(history=histories, limit=limits, gap=distances, one_channel=one_channels)
def test_any_rule_of_the_form_is_counted_as_it_is_written(
    history: list[Attempt], limit: Limit, gap: Distance, one_channel: OneChannel | None
) -> None:
    base = load("PE")
    rules = {
        "limits": (limit,),
        "distances": (gap,),
        "pauses": (PAUSE,),
        "one_channel": one_channel,
    }
    law = replace(base, layers=(base.layers[0].model_copy(update=rules),))
    assert quickly(history, law) == slowly(history, written(limit, gap, one_channel))


@settings(max_examples=20, deadline=None)
@given(history=histories, country=st.sampled_from(["PE", "CO", "CL", "MX", "HN"]), data=st.data())
def test_the_order_of_attempts_changes_nothing(history: list[Attempt], country: str, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(history))
    assert quickly(history, load(country)) == quickly(shuffled, load(country))


@settings(max_examples=20, deadline=None)
@given(history=histories, country=st.sampled_from(["PE", "CO", "CL", "MX", "HN"]), more=attempts)
def test_one_attempt_more_never_opens_a_channel(history: list[Attempt], country: str, more: Attempt) -> None:
    before, after = quickly(history, load(country)), quickly([*history, more], load(country))
    assert all(after[channel] >= until for channel, until in before.items())
