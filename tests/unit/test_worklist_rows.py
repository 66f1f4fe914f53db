"""The worklist's rows: every field of the contract, in a total order, and nobody lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.unit.model_samples import (
    WORK_DATE,
    build_calendar,
    build_owing,
    build_points,
    build_scored,
    build_settings,
)

from recobro_data.settings import Bands, Settings
from recobro_data.store.fields import ITEM_FIELDS, LEFT_ALONE_FIELDS
from recobro_data.vocabulary import LEFT_ALONE
from recobro_models.decision.worklist import UNSAID, Scored, Signature, band_of, build_items, build_left_alone

#: One call an hour for two hours: capacity for two of the debtors.
SCARCE: dict[str, Any] = {"channels": {"call": {"capacity_per_hour": 1, "hours": "09:00-11:00"}}}

Row = dict[str, Any]


def rows_of(scored: Scored, settings: Settings, day: date = WORK_DATE) -> tuple[list[Row], list[Row]]:
    models = ("recobro-risk/1", "recobro-contact-times/1", "recobro-contact-effect/1")
    signature = Signature("plan", day, *models, "rules")
    reasons = {int(at): [{"code": "limiting_capacity"}] for at in range(len(scored.debtors))}
    items = build_items(scored, signature, settings, reasons)
    return list(items), list(build_left_alone(scored, signature, settings))


def plan(
    n: int = 6, *, settings: Settings | None = None, day: date = WORK_DATE, **given: Any
) -> tuple[list[Row], list[Row]]:
    """Debtors of whom each owes 100 more than the one before, with a telephone and WhatsApp."""
    settings = settings or build_settings()
    debtors = build_owing(n, **({"amount_to_collect": 100.0 * (1 + np.arange(n))} | given))
    team_zone = str(debtors["zone"].iloc[0]) if n else "UTC"
    points = build_points(debtors["debtor_id"], ("call",)) if settings.channels["call"].capacity_per_hour == 1 else None
    return rows_of(
        build_scored(debtors, settings, build_calendar(settings, day, team_zone), points=points), settings, day
    )


def test_every_item_has_every_field_of_the_contract() -> None:
    items, _ = plan()
    assert len(items) == 6
    for item in items:
        assert set(ITEM_FIELDS) <= set(item)
        assert {name for name in ITEM_FIELDS if item[name] is None} == set(UNSAID)


def test_everyone_with_an_open_charge_is_on_the_list_or_left_alone() -> None:
    items, alone = plan(9, settings=build_settings(**SCARCE), do_not_contact=np.arange(9) == 4)
    assert sorted(row["debtor_id"] for row in (*items, *alone)) == [f"D{at:05d}" for at in range(9)]
    assert [len(items), len(alone)] == [2, 7]


def test_who_is_left_alone_is_told_why() -> None:
    _, alone = plan(4, settings=build_settings(**SCARCE), do_not_contact=[True, False, False, False])
    assert {row["because"] for row in alone} == {"do_not_contact", "no_capacity"}
    for row in alone:
        assert set(LEFT_ALONE_FIELDS) - set(row) <= set(ITEM_FIELDS)
        assert row["because"] in LEFT_ALONE
        assert row["rank"] is None


def test_a_contact_that_brings_less_than_it_costs_is_not_made() -> None:
    _, alone = plan(2, amount_to_collect=[0.01, 500.0])
    assert [(row["debtor_id"], row["because"]) for row in alone] == [("D00000", "not_worth_cost")]


def test_ranks_count_on_from_one_by_expected_value() -> None:
    items, _ = plan()
    assert [item["rank"] for item in items] == [1, 2, 3, 4, 5, 6]
    values = [item["expected_value"] for item in items]
    assert values == sorted(values, reverse=True)
    assert items[0]["debtor_id"] == "D00005"


def test_equal_values_rank_by_amount_and_then_by_id() -> None:
    settings = build_settings()
    debtors = build_owing(4, amount_to_collect=[100.0, 200.0, 100.0, 200.0])
    scored = build_scored(debtors, settings, build_calendar(settings))
    scored.rank_value[:] = 1.0
    items, _ = rows_of(scored, settings)
    assert [item["debtor_id"] for item in items] == ["D00001", "D00003", "D00000", "D00002"]


def test_the_order_of_the_debtors_changes_nothing() -> None:
    settings = build_settings()
    debtors = build_owing(5, amount_to_collect=np.array([5.0, 3.0, 3.0, 9.0, 5.0]) * 50)
    one, other = (
        rows_of(build_scored(frame, settings, build_calendar(settings)), settings)[0]
        for frame in (debtors, debtors.iloc[::-1])
    )
    assert one == other


def windows(rows: list[Row]) -> Iterator[tuple[datetime, datetime]]:
    return ((datetime.fromisoformat(row["window_start"]), datetime.fromisoformat(row["window_end"])) for row in rows)


def test_windows_are_whole_hours_inside_the_law_and_the_team() -> None:
    items, _ = plan(settings=build_settings(channels={"call": {"hours": "06:00-22:00"}}))
    for start, end in windows(items):
        assert end - start == timedelta(hours=1)
        assert start.utcoffset() == timedelta(hours=-5)
        assert (start.date(), 7 <= start.hour < 20) == (WORK_DATE, True)


@pytest.mark.parametrize(("day", "offset"), [(date(2026, 6, 17), -4), (date(2026, 12, 9), -3)])
def test_windows_carry_the_offset_of_their_season(day: date, offset: int) -> None:
    items, _ = plan(country="CL", timezone="America/Santiago", zone="America/Santiago", day=day)
    assert {start.utcoffset() for start, _ in windows(items)} == {timedelta(hours=offset)}


def test_windows_of_debtors_elsewhere_stand_on_their_own_clock() -> None:
    zones = ["America/Mexico_City", "America/Tijuana"]
    items, _ = plan(2, country="MX", timezone=zones, zone=zones)
    offsets = {row["debtor_id"]: start.utcoffset() for row, (start, _) in zip(items, windows(items), strict=True)}
    assert offsets == {"D00000": timedelta(hours=-6), "D00001": timedelta(hours=-7)}


def test_money_adds_up_and_paying_gets_likelier() -> None:
    for item in plan()[0]:
        assert item["expected_value"] == pytest.approx(item["expected_recovery"] - item["cost"], abs=0.005)
        assert item["p_pay"] > item["p_pay_no_action"] == 0.6
        assert 0 < item["p_reach"] < 1


def test_alternatives_are_the_next_best_and_at_most_three() -> None:
    for item in plan()[0]:
        values = [other["expected_value"] for other in item["alternatives"]]
        assert len(values) == 3
        assert [item["expected_value"], *values] == sorted([item["expected_value"], *values], reverse=True)
        assert all(
            set(other) == {"channel", "window_start", "window_end", "expected_value"} for other in item["alternatives"]
        )


def test_a_debtor_with_one_hour_has_no_alternative() -> None:
    points = build_points(["D00000"], ("call",), prefer_from="10:00", prefer_to="11:00")
    settings = build_settings()
    scored = build_scored(build_owing(1), settings, build_calendar(settings), points=points)
    assert rows_of(scored, settings)[0][0]["alternatives"] == []


def test_items_are_known_by_their_plan_and_debtor() -> None:
    one, again = plan()[0], plan()[0]
    assert [item["item_id"] for item in one] == [item["item_id"] for item in again]
    assert len({item["item_id"] for item in one}) == len(one)
    assert one == again


def test_exploring_is_told_by_arm_and_propensity() -> None:
    settings = build_settings(policy={"exploration": 0.5})
    items, _ = plan(60, settings=settings, amount_to_collect=500.0)
    arms = {arm: [item["propensity"] for item in items if item["arm"] == arm] for arm in ("best", "explore")}
    assert min(arms["best"]) > 0.5 > min(arms["explore"]) > 0


@pytest.mark.parametrize(
    ("p", "band"),
    [(0.0, "A"), (0.05, "A"), (0.051, "B"), (0.15, "B"), (0.35, "C"), (0.65, "D"), (0.66, "E"), (1.0, "E")],
)
def test_bands_end_on_their_cut_off(p: float, band: str) -> None:
    assert band_of(p, Bands()) == band
