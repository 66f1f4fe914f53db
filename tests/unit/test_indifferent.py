"""Days with teams, money and duties: prices that reckon with duties, and the indifferent settled by a program."""

from __future__ import annotations

import numpy as np
import pytest
from tests.property.test_allocation_bounds import best_value, draw_capacity, draw_values
from tests.unit.capacity_samples import build_capacity, build_worked

from recobro_models.decision.allocation import Allocation, allocate
from recobro_models.decision.capacity import UNLIMITED, Capacity, Floats, Ints
from recobro_models.decision.indifferent import settle_indifferent
from recobro_models.decision.lawful import N_SLOTS
from recobro_models.decision.prices import Market, find_prices
from recobro_models.decision.repair import Served

N = 600
DUTIES = np.arange(3, N, 40)


def market_of(value: Floats, capacity: Capacity, *must: int) -> Market:
    n = len(value)
    return Market(value, capacity, capacity.groups_of(n), np.isin(np.arange(n), must))


def settled(market: Market) -> Served | None:
    rows, limit = np.arange(len(market.value)), market.capacity.limit
    price = find_prices(market, rows, limit)
    return settle_indifferent(market, rows, price, limit, enough=0.0)


def value_of(value: Floats, served: Served) -> float:
    taken = np.flatnonzero(served.choice >= 0)
    return float(value[taken, served.choice[taken]].sum())


def one_place() -> Capacity:
    return Capacity.of_slots(np.array([[1]]), np.array([UNLIMITED]))


def divided_day(seed: int, duties: Ints) -> Allocation:
    """Two teams that share hours, money of the day and of a book, a minimum share."""
    rng = np.random.default_rng(seed)
    worked = build_worked(N, portfolio_id=rng.choice(["a", "b"], N), language=rng.choice(["es", "pt"], N))
    capacity = build_capacity(
        worked,
        teams={
            "one": {"agents": 2, "attempts_per_hour": {"call": 6, "whatsapp": 20}, "shifts": {"wed": "09:30-15:00"}},
            "two": {"agents": 1, "attempts_per_hour": {"call": 5}, "languages": ["pt"]},
        },
        budget={"per_day": 30.0}, portfolios={"a": {"min_share": 0.55}, "b": {"budget_per_day": 9.0}},
        channels={"email": {"capacity_per_day": 60}, "sms": {"capacity_per_day": 40}},
    )  # fmt: skip
    worth = rng.lognormal(2, 1, (N, 1)) * rng.uniform(0.2, 1, (N, N_SLOTS)) - 1.0
    return allocate(np.where(rng.random((N, N_SLOTS)) < 0.3, -np.inf, worth), capacity, duties=duties)


def test_a_price_reckons_with_those_who_must_have_a_place() -> None:
    market = market_of(np.array([[-1.0], [5.0]]), one_place(), 0)
    assert find_prices(market, np.arange(2), market.capacity.limit)[0] > 4.0


def test_without_a_must_the_place_of_one_who_wants_it_alone_has_no_price() -> None:
    market = market_of(np.array([[-1.0], [5.0]]), one_place())
    assert find_prices(market, np.arange(2), market.capacity.limit)[0] < 4.0


def test_who_must_have_a_place_is_settled_in_it() -> None:
    found = settled(market_of(np.array([[-1.0], [5.0]]), one_place(), 0))
    assert found is not None
    assert found.choice.tolist() == [0, -1]


def test_more_who_must_than_places_are_not_settled() -> None:
    assert settled(market_of(np.array([[-1.0], [5.0]]), one_place(), 0, 1)) is None


@pytest.mark.parametrize("seed", range(4))
def test_the_indifferent_are_settled_near_the_best_plan(seed: int) -> None:
    value, capacity = draw_values(seed, 300), draw_capacity(seed + 50, 40)
    found = settled(market_of(value, capacity))
    assert found is not None
    assert value_of(value, found) >= 0.999 * best_value(value, capacity)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_settled_keeps_the_limits(seed: int) -> None:
    capacity = draw_capacity(seed + 50, 40)
    found = settled(market_of(draw_values(seed, 300), capacity))
    assert found is not None
    assert (capacity.limit - capacity.used_by(found.choice, found.way) == found.left).all()
    assert (found.left >= 0).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("duties", [DUTIES, DUTIES[:0]], ids=["with duties", "without"])
def test_a_day_of_teams_money_shares_and_duties_is_planned_within_a_thousandth(seed: int, duties: Ints) -> None:
    assert divided_day(seed, duties).gap <= 0.001


def test_everybody_with_a_duty_is_served_on_such_a_day() -> None:
    plan = divided_day(0, DUTIES)
    assert (plan.choice[DUTIES] >= 0).all()
    assert len(plan.unmet) == 0


def test_the_same_day_is_settled_the_same_way() -> None:
    one, other = divided_day(1, DUTIES), divided_day(1, DUTIES)
    assert (one.choice == other.choice).all()
    assert (one.way == other.way).all()
