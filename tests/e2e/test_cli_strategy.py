"""A strategy of the workspace's own: refused and the last plan stays, or in force and in the plan's id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_runner import AS_OF, Prepared, prepare, recobro

pytestmark = pytest.mark.slow

STAGES = "[pre_due, due_today, early, mid, late, very_late]"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture(scope="module")
def own(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace that plans calls alone, for two agents; and what `plan` told of it."""
    home = prepared.copy_of("planned", tmp_path_factory.mktemp("strategy"))
    (home / "strategies.yaml").write_text(f"strategies: [{{id: calls, stages: {STAGES}, channels: [call]}}]")
    (home / "recobro.toml").write_text("[shares]\nagents = 2\n[policy]\nexploration = 0\n")
    return home, recobro(home, "plan", "--as-of", AS_OF, "--json").told


def items_of(home: Path, *words: str) -> list[dict[str, Any]]:
    return list(recobro(home, "worklist", "--format", "json", *words).told)


def test_a_strategy_with_an_unknown_channel_is_refused_and_the_last_plan_stays(
    prepared: Prepared, tmp_path: Path
) -> None:
    home = prepared.copy_of("planned", tmp_path)
    (home / "strategies.yaml").write_text(f"strategies:\n- id: a\n  stages: {STAGES}\n  channels: [fax]\n")
    run = recobro(home, "plan", "--as-of", AS_OF)
    assert (run.status, len(run.err.splitlines())) == (2, 1)
    assert "strategies.yaml, line 4" in run.err
    assert items_of(home) == items_of(prepared.planned)


def test_a_strategy_decides_the_channels_and_its_version_stands_in_the_plan(
    prepared: Prepared, own: tuple[Path, Any]
) -> None:
    home, planned = own
    items = items_of(home)
    assert {item["channel"] for item in items} == {"call"}
    assert planned["plan_id"] != items_of(prepared.planned)[0]["plan_id"]
    assert planned["summary"]["strategy"] == recobro(home, "strategy", "show", "--json").told["version"]


def test_calls_are_shared_out_between_the_agents_as_the_summary_tells(own: tuple[Path, Any]) -> None:
    home, planned = own
    told = planned["summary"]["shares"]["call"]["agents"]
    for agent in ("agent-1", "agent-2"):
        assert sum(item["agent_id"] == agent for item in items_of(home)) == told[agent]["items"]


def test_a_published_list_is_split_between_other_agents_without_planning_again(own: tuple[Path, Any]) -> None:
    run = recobro(own[0], "worklist", "--agents", "3", "--format", "json")
    assert {item["agent_id"] for item in run.told} == {"agent-1", "agent-2", "agent-3"}
    assert run.err.startswith("call: 3 agents, ")
    assert recobro(own[0], "worklist", "--agents", "3", "--left-alone").status == 2


def test_a_plan_is_made_again_with_its_strategy_though_the_workspace_has_it_no_more(own: tuple[Path, Any]) -> None:
    home, planned = own
    (home / "strategies.yaml").unlink()
    assert recobro(home, "replay", planned["plan_id"], "--json").told["identical"]
