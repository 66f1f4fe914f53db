"""A what-if that shares a plan's options out again, and the file that keeps them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.model_samples import WORK_DATE, build_calendar, build_owing, build_scored, build_settings

from recobro_data.errors import RecobroError
from recobro_data.privacy.options_removal import remove_from_options
from recobro_data.settings import Settings
from recobro_models.decision.changes import change_settings, parse_change
from recobro_models.decision.options import Options, drop_old_options
from recobro_models.decision.simulation import Simulation
from recobro_models.decision.simulation_exact import simulate_exactly
from recobro_models.decision.worklist import Scored

N = 60
SETTINGS = build_settings(channels={"call": {"capacity_per_hour": 2}, "whatsapp": {"capacity_per_day": 10}})
CHANCE = {"exploration": 0.1, "control_group": 0.2}


def decide(settings: Settings = SETTINGS) -> Scored:
    amounts = np.random.default_rng(3).lognormal(4, 1, N).round(2)
    portfolio = ["north" if at % 3 else "south" for at in range(N)]
    debtors = build_owing(N, amount_to_collect=amounts, portfolio_id=portfolio)
    return build_scored(debtors, settings, build_calendar(settings))


def options(settings: Settings = SETTINGS) -> Options:
    return Options.of(decide(settings), np.ones(N))


def ask(*texts: str, settings: Settings = SETTINGS, of: Options | None = None, **how: Any) -> Simulation:
    after = change_settings(settings, [parse_change(text) for text in texts])
    return simulate_exactly(of or options(settings), settings, after, WORK_DATE, **how)


def worth(scored: Scored) -> float:
    taken = np.flatnonzero(scored.decision.choice >= 0)
    return float(scored.priority.reshape(N, -1)[taken, scored.decision.choice[taken]].sum())


@pytest.mark.parametrize("chance", [{}, CHANCE])
def test_without_a_change_the_published_decision_comes_out(chance: dict[str, float]) -> None:
    settings = build_settings(policy=chance, channels={"call": {"capacity_per_hour": 2}})
    told = ask(settings=settings)
    assert told.before == told.after == pytest.approx(worth(decide(settings)))


@pytest.mark.parametrize(
    "texts",
    [("capacity.call=+3",), ("capacity.call=1",), ("cost.whatsapp=2",), ("capacity.whatsapp=-50%", "cost.call=+1"),
     ("exploration=0",), ("exploration=0.5",)],
)  # fmt: skip
def test_the_answer_is_what_planning_with_those_settings_would_have_come_to(texts: tuple[str, ...]) -> None:
    settings = build_settings(policy={"exploration": 0.1}, channels={"call": {"capacity_per_hour": 2}})
    after = change_settings(settings, [parse_change(text) for text in texts])
    assert ask(*texts, settings=settings).after == pytest.approx(worth(decide(after)), rel=1e-6)


@pytest.mark.parametrize("share", ["0", "0.05", "0.6"])
def test_the_control_group_grows_and_shrinks_by_the_same_draw(share: str) -> None:
    settings = build_settings(policy=CHANCE | {"exploration": 0.0}, channels={"call": {"capacity_per_hour": 2}})
    after = change_settings(settings, [parse_change(f"control_group={share}")])
    told = ask(f"control_group={share}", settings=settings)
    assert told.after == pytest.approx(worth(decide(after)), rel=1e-6)


def test_attempts_are_told_by_channel() -> None:
    told = ask("capacity.whatsapp=4")
    assert (told.channels["whatsapp"]["used_before"], told.channels["whatsapp"]["used_after"]) == (10, 4)


def test_some_debtors_alone_have_what_they_use_in_the_plan() -> None:
    own = options().of_portfolios(["south"])
    told = ask(of=own, within=True)
    assert 0 < told.channels["whatsapp"]["used_after"] <= told.channels["whatsapp"]["used_before"]
    assert told.channels["whatsapp"]["used_before"] == int((own.choice // 24 == 2).sum())


def test_what_is_added_to_the_team_is_added_to_their_part() -> None:
    own = options().of_portfolios(["south"])
    told = ask("capacity.whatsapp=+2", of=own, within=True)
    assert told.channels["whatsapp"]["used_after"] == told.channels["whatsapp"]["used_before"] + 2
    assert told.after > told.before


def test_debtors_of_others_change_nothing_of_an_answer_about_ones_own() -> None:
    whole = options()
    own = whole.of_portfolios(["south"])
    assert len(own.debtors) == N / 3
    assert set(own.debtors["portfolio_id"]) == {"south"}


def test_options_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    saved = options(build_settings(policy=CHANCE))
    saved.save(tmp_path / "p1.parquet")
    loaded = Options.load(tmp_path / "p1.parquet")
    lawful = saved.allowed | saved.withheld
    np.testing.assert_allclose(loaded.priority[lawful], saved.priority[lawful], rtol=1e-6)
    for one in fields(Options):
        if one.name not in ("debtors", "priority", "prefers"):
            np.testing.assert_array_equal(getattr(loaded, one.name), getattr(saved, one.name))


def test_an_answer_from_the_file_is_the_answer(tmp_path: Path) -> None:
    options().save(tmp_path / "p1.parquet")
    from_file = ask("capacity.call=+1", of=Options.load(tmp_path / "p1.parquet"))
    assert from_file.after == pytest.approx(ask("capacity.call=+1").after, rel=1e-6)


def test_a_forgotten_debtor_is_taken_out_of_every_file(tmp_path: Path) -> None:
    for name in ("p1", "p2"):
        options().save(tmp_path / f"{name}.parquet")
    (tmp_path / "p3.part").write_bytes(b"cut off")
    assert remove_from_options(tmp_path, "D00007") == 2
    assert len(Options.load(tmp_path / "p1.parquet").debtors) == N - 1
    assert all(b"D00007" not in path.read_bytes() for path in tmp_path.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p1.parquet", "p2.parquet"]


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.parquet").write_bytes(b"")
    drop_old_options(tmp_path, 2)
    assert len(list(tmp_path.iterdir())) == 2
    drop_old_options(tmp_path, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged", [b"no parquet", b""])
def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "p1.parquet").write_bytes(damaged)
    with pytest.raises(RecobroError, match=r"Expected options in p1.parquet, found .* Plan again"):
        Options.load(tmp_path / "p1.parquet")


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    options().save(tmp_path / "p1.parquet")
    pq.write_table(pq.read_table(tmp_path / "p1.parquet").replace_schema_metadata({}), tmp_path / "p1.parquet")
    with pytest.raises(RecobroError, match="another form"):
        Options.load(tmp_path / "p1.parquet")
