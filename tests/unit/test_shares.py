"""Fair shares: alike in number and value, the same every time, and honest about what can not be shared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro_data.sections_shares import Shares as Section
from recobro_data.settings import load_settings
from recobro_models.decision.shares import share_items, share_out

VALUES = st.lists(st.tuples(st.floats(0.01, 1000), st.integers(8, 11)), max_size=60)


def deal(items: list[tuple[float, int]], n_agents: int, tolerance: float = 0.01) -> Any:
    value, hour = np.array(items, np.float64).reshape(-1, 2).T
    return share_out(value, hour.astype(np.int64), n_agents, tolerance=tolerance)


def many(n: int, seed: int = 1) -> list[tuple[float, int]]:
    random = np.random.default_rng(seed)
    return list(zip(random.lognormal(3, 1.2, n), random.integers(8, 20, n), strict=True))


@pytest.mark.parametrize(("n", "n_agents"), [(120, 5), (720, 12), (3000, 40)])
def test_a_days_list_is_split_within_the_tolerance(n: int, n_agents: int) -> None:
    assert deal(many(n), n_agents).deviation <= 0.01


@settings(max_examples=60, deadline=None)
@given(items=VALUES, n_agents=st.integers(1, 7))
def test_every_item_has_one_agent_and_no_hour_is_fuller_for_one_than_for_another_by_more_than_one(
    items: list[tuple[float, int]], n_agents: int
) -> None:
    shares = deal(items, n_agents)
    assert shares.n_items.sum() == len(shares.of) == len(items)
    for hour in {hour for _, hour in items}:
        own = shares.of[[one == hour for _, one in items]]
        counts = np.bincount(own, minlength=n_agents)
        assert counts.max() - counts.min() <= 1


@settings(max_examples=60, deadline=None)
@given(items=VALUES, n_agents=st.integers(2, 5))
def test_swapping_never_widens_the_distance_between_most_and_least(items: Any, n_agents: int) -> None:
    dealt, swapped = deal(items, n_agents, tolerance=1e9), deal(items, n_agents, tolerance=0.0)
    assert np.ptp(swapped.value) <= np.ptp(dealt.value) + 1e-6
    assert sorted(np.bincount(swapped.of, minlength=n_agents)) == sorted(np.bincount(dealt.of, minlength=n_agents))


def test_the_same_items_are_split_the_same() -> None:
    assert (deal(many(200), 7).of == deal(many(200), 7).of).all()


def test_one_item_that_outweighs_all_others_is_told_as_a_deviation() -> None:
    shares = deal([(1000.0, 9), (1.0, 9), (1.0, 9)], 3)
    told = shares.told(("a", "b", "c"), 0.02)
    assert (told["is_fair"], round(told["deviation"], 2)) == (False, 1.99)
    assert sorted(own["expected_value"] for own in told["agents"].values()) == [1.0, 1.0, 1000.0]


def test_a_list_that_is_worth_nothing_deviates_from_nothing() -> None:
    assert deal([(0.0, 9), (0.0, 9)], 2).deviation == 0
    assert deal([], 2).told(("a", "b"), 0.02)["is_fair"]


def test_only_the_channels_that_people_work_are_shared_out() -> None:
    items = {"channel": ["call", "email", "call"], "hour": [9, 9, 9], "value": [5.0, 9.0, 5.0]}
    ids, shares = share_items(items, ("ana", "luis"), ("call", "visit"), tolerance=0.02)
    assert (sorted(map(str, ids)), list(shares)) == (["None", "ana", "luis"], ["call"])


def test_without_agents_nothing_is_shared_out() -> None:
    ids, shares = share_items({"channel": ["call"], "hour": [9], "value": [5.0]}, (), ("call",), tolerance=0.02)
    assert (ids.tolist(), shares) == ([None], {})


@pytest.mark.parametrize("given_agents", [3, "3", ("3",), ["3"]])
def test_a_number_of_agents_gives_them_ids(given_agents: Any) -> None:
    assert Section(agents=given_agents).agents == ("agent-1", "agent-2", "agent-3")


@pytest.mark.parametrize(
    ("given_keys", "told"),
    [
        ({"agents": ("ana", "ana")}, "'ana' twice"),
        ({"agents": ("ana", " ")}, "' ' twice or empty"),
        ({"agents": 10_001}, "between 0 and 10000"),
        ({"channels": ("fax",)}, "unknown channel 'fax'"),
        ({"tolerance": 0}, "greater than 0"),
    ],
)
def test_agents_and_channels_that_can_not_be_are_refused(given_keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Section(**given_keys)


@pytest.mark.parametrize(("value", "agents"), [("2", ("agent-1", "agent-2")), ("ana, luis", ("ana", "luis"))])
def test_agents_can_be_set_by_a_variable(tmp_path: Path, value: str, agents: tuple[str, ...]) -> None:
    found = load_settings(tmp_path, {"RECOBRO_SHARES_AGENTS": value})
    assert (found.settings.shares.agents, found.origins["shares.agents"]) == (agents, "RECOBRO_SHARES_AGENTS")


def test_a_number_of_agents_can_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "recobro.toml").write_text("[shares]\nagents = 2\ntolerance = 0.1\n")
    shares = load_settings(tmp_path, {}).settings.shares
    assert (shares.agents, shares.tolerance) == (("agent-1", "agent-2"), 0.1)
