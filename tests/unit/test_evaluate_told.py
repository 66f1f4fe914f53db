"""What people and programs are told of an evaluation."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pytest
from tests.unit.off_policy_samples import CALL, build_log, drawn_log, everyone

from recobro_data.errors import SourceRefusedError, UsageError
from recobro_data.settings import Settings
from recobro_models.off_policy.overlap import measure_overlap, weigh
from recobro_models.off_policy.policies import NOBODY, Choices
from recobro_pipelines.evaluate import Answer, Question, estimate_rewards
from recobro_pipelines.evaluate_told import conclude, per_day, result_rows, support_rows, tell_json, with_capacities

QUESTION = Question("oldest", date(2026, 7, 1), date(2026, 7, 4), Settings())


@lru_cache(maxsize=4)
def answer(place: int, adds: float = 20.0) -> Answer:
    """Everybody called, or nobody."""
    log = drawn_log(1500, adds=adds)
    choices = Choices(*everyone(len(log.rows), place))
    weight = weigh(log, choices, log.rows["propensity"].to_numpy(float))
    in_force, estimates = estimate_rewards(log, choices, weight)
    overlap = measure_overlap(choices, weight)
    return Answer(QUESTION, log, "attempts", False, "logged", overlap, None, in_force, estimates)


def refused() -> Answer:
    error = SourceRefusedError("a log", "none", "Look elsewhere.")
    return Answer(QUESTION, build_log(3), "plans", False, refused=error)


@pytest.mark.parametrize(
    ("place", "adds", "told"),
    [
        (CALL, 20.0, r"would have brought more .* PEN a day .* Try it on a share"),
        (NOBODY, 20.0, r"would have brought less .* Keep the one in force"),
        (CALL, 0.0, r"does not tell oldest from the policy in force"),
    ],
)
def test_the_sentence_follows_from_the_interval(place: int, adds: float, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(conclude(answer(place, adds)))


def test_a_refusal_is_its_own_conclusion() -> None:
    assert conclude(refused()) == "Expected a log, found none. Look elsewhere."


def test_values_are_told_by_day_and_by_thousand() -> None:
    told = tell_json(answer(CALL))["estimates"]["money"]["ips"]["value"]
    assert per_day(answer(CALL)) == 1500
    assert told["per_day"] == pytest.approx(1.5 * told["per_1000"], rel=1e-6)
    assert told["low_per_day"] < told["per_day"] < told["high_per_day"]


def test_programs_are_told_the_days_the_size_and_the_overlap() -> None:
    told = tell_json(answer(CALL))
    assert [told[name] for name in ("policy", "from", "to", "days")] == ["oldest", "2026-07-01", "2026-07-04", 4]
    assert [told[name] for name in ("decisions", "debtors", "currency")] == [6000, 1500, "PEN"]
    assert told["overlap"]["by_choice"]["call"]["chosen"] == 6000
    assert told["refused"] is None


def test_a_refusal_has_no_estimates() -> None:
    told = tell_json(refused())
    assert [told[name] for name in ("in_force", "estimates", "overlap")] == [{}, {}, None]
    assert told["refused"].startswith("Expected a log")
    assert result_rows(refused()) == support_rows(refused()) == []


def test_the_table_has_what_was_done_first_and_then_every_estimator() -> None:
    rows = result_rows(answer(CALL))
    assert [row["policy"] for row in rows] == ["in force", "oldest", "oldest", "oldest"]
    assert [row["by"] for row in rows] == ["what was done", "IPS", "self-normalised IPS", "doubly robust"]
    assert rows[0]["against what was done, a day (95 %)"] == ""


@pytest.mark.parametrize(
    ("given", "hour", "day"),
    [("call=7", 7, None), ("call=7/day", None, 7), ("sms=5", None, 5), ("sms=5/hour", 5, None)],
)
def test_a_capacity_is_counted_as_configured_unless_said(given: str, hour: int | None, day: int | None) -> None:
    own = with_capacities(Settings(), [given]).channels[given.partition("=")[0]]
    assert (own.capacity_per_hour, own.capacity_per_day) == (hour, day)


@pytest.mark.parametrize("given", ["fax=1", "call", "call=", "call=-1", "call=1.5", "call=3/week"])
def test_a_capacity_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=r"Expected a capacity such as call=60, .* found '"):
        with_capacities(Settings(), [given])
