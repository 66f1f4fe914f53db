"""What a plan's prices say holds for every other capacity and cost: the exact answer lies between the bounds told."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings

from recobro_models.decision.changes import Change, change_settings
from recobro_models.decision.options import Options
from recobro_models.decision.simulation import simulate_from_prices
from recobro_models.decision.simulation_exact import simulate_exactly
from recobro_models.decision.worklist import Scored
from recobro_pipelines.plan_summary import summarise

N = 40
SETTINGS = build_settings(channels={"call": {"capacity_per_hour": 1}, "whatsapp": {"capacity_per_day": 8}})
#: A plan is told in cents, prices in hundredths of them; the allocation comes within its gap of the best.
CENTS = 0.05

capacities = st.builds(
    Change, st.just("capacity"), st.sampled_from(["call", "whatsapp"]), st.just(""), st.integers(0, 20).map(str)
)
costs = st.builds(
    Change, st.just("cost"), st.sampled_from(["call", "whatsapp"]), st.just(""), st.floats(0, 5).map("{:.2f}".format)
)


@lru_cache(maxsize=1)
def plan() -> tuple[Scored, Options]:
    debtors = build_owing(N, amount_to_collect=np.random.default_rng(2).lognormal(4, 1, N).round(2))
    scored = build_scored(debtors, SETTINGS, build_calendar(SETTINGS))
    return scored, Options.of(scored, np.ones(N))


@example([Change("capacity", "call", "", "0"), Change("cost", "call", "", "0.00")])
@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(capacities, costs), min_size=1, max_size=3, unique_by=lambda one: one.key))
def test_the_exact_answer_lies_between_the_bounds_that_prices_give(changes: list[Change]) -> None:
    scored, options = plan()
    after = change_settings(SETTINGS, changes)
    told = simulate_from_prices(summarise(scored, SETTINGS), SETTINGS, after)
    exact = simulate_exactly(options, SETTINGS, after, WORK_DATE)
    slack = CENTS + 0.001 * abs(exact.after)
    assert told.at_most is None or exact.after <= told.at_most + slack
    assert told.at_least is None or exact.after >= told.at_least - slack
