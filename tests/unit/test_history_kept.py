"""What a load replaces is kept with both its times, and the lake can be read as it was."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import pytest
from tests.unit.lake_samples import files_under, load, rows_of, settings_in

from recobro_data.errors import NoDataError, UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.snapshots import Snapshots

DEBTORS = [("d1", "PE"), ("d2", "PE"), ("d3", "PE")]
CHARGES = [("c1", "d1", "", "2026-01-10", "100"), ("c2", "d2", "", "2026-01-20", "50.5")]
PAYMENTS = [("p1", "c1", "", "2026-01-09", "100"), ("p2", "", "d2", "2026-02-01", "20")]
START = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def backend() -> Any:
    return ibis.duckdb.connect(threads=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


def bring(settings: Settings, charges: list[Any], payments: list[Any] = PAYMENTS) -> datetime:
    """Loads, and gives an instant at which that load was the last."""
    load(settings, debtors=DEBTORS, charges=charges, payments=payments)
    return datetime.now(UTC)


def amounts(lake: Lake, backend: Any) -> list[str]:
    return sorted(str(row["amount"]) for row in lake.read(backend, "charges").to_pyarrow().to_pylist())


def versions(settings: Settings, table: str, columns: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{settings.lake_dir}/history/*/{table}.parquet' ORDER BY ALL").fetchall()


def test_a_replaced_version_is_kept_with_both_its_times(settings: Settings) -> None:
    bring(settings, CHARGES)
    bring(settings, [("c1", "d1", "", "2026-01-10", "70")])
    first, second = json.loads((settings.lake_dir / "manifest.json").read_text())["states"]
    times = "amount::INT, _load_id, epoch_us(_loaded_at), _replaced_by, epoch_us(_replaced_at)"
    loaded, replaced = (
        round(datetime.fromisoformat(state["loaded_at"]).timestamp() * 1e6) for state in (first, second)
    )
    assert versions(settings, "charges", times) == [(100, first["load_id"], loaded, second["load_id"], replaced)]


def test_the_lake_reads_as_it_was_recorded_by_an_instant(settings: Settings, backend: Any) -> None:
    first = bring(settings, CHARGES)
    bring(settings, [("c1", "d1", "", "2026-01-10", "70"), ("c9", "d3", "", "2026-05-01", "2")])
    assert amounts(Lake(settings.lake_dir, first), backend) == ["100.00", "50.50"]
    assert amounts(Lake(settings.lake_dir), backend) == ["2.00", "50.50", "70.00"]


def test_a_past_lake_has_the_version_partitions_rows_and_newest_facts_of_then(settings: Settings) -> None:
    first = bring(settings, CHARGES)
    then = Lake(settings.lake_dir)
    bring(settings, [("c1", "d1", "", "2026-12-10", "70"), ("c9", "d3", "", "2026-05-01", "1")])
    past = Lake(settings.lake_dir, first)
    assert (past.version, past.newest(), past.rows("charges")) == (then.version, then.newest(), 2)
    assert past.newest()["charges"] == date(2026, 1, 20)
    assert past.version != Lake(settings.lake_dir).version


def test_a_payment_that_followed_its_charge_is_back_with_its_old_debtor(settings: Settings, backend: Any) -> None:
    first = bring(settings, CHARGES)
    before = rows_of(Lake(settings.lake_dir), backend)
    bring(settings, [("c1", "d3", "", "2026-01-10", "100")])
    assert rows_of(Lake(settings.lake_dir, first), backend) == before
    assert versions(settings, "payments", "payment_id, debtor_id") == [("p1", "d1")]


def test_another_number_of_partitions_keeps_history_readable(settings: Settings, backend: Any, tmp_path: Path) -> None:
    first = bring(settings, CHARGES)
    before = rows_of(Lake(settings.lake_dir), backend)
    bring(settings, [("c1", "d3", "", "2026-01-10", "7")])
    load(settings_in(tmp_path / "home", partitions=5), debtors=DEBTORS, charges=CHARGES[1:], payments=PAYMENTS)
    past = Lake(settings.lake_dir, first)
    assert past.partitions == 5
    assert rows_of(past, backend) == before


def test_before_the_first_load_there_was_nothing(settings: Settings, backend: Any) -> None:
    bring(settings, CHARGES)
    past = Lake(settings.lake_dir, START)
    with pytest.raises(NoDataError, match="Run `recobro ingest SOURCE` first"):
        _ = past.version
    assert (past.newest(), past.partitions, past.read(backend, "charges").count().execute()) == ({}, 0, 0)


def test_at_an_instant_before_a_load_was_in_force_its_rows_are_not_there(settings: Settings) -> None:
    bring(settings, CHARGES)
    state = json.loads((settings.lake_dir / "manifest.json").read_text())["states"][0]
    assert datetime.fromisoformat(state["loaded_at"]) < datetime.fromisoformat(state["in_force_at"])
    for moment, rows in ((state["loaded_at"], 0), (state["in_force_at"], 2)):
        assert Lake(settings.lake_dir, datetime.fromisoformat(moment)).rows("charges") == rows


def test_files_of_a_table_unchanged_since_are_its_files_still(settings: Settings) -> None:
    first = bring(settings, CHARGES)
    bring(settings, [("c1", "d1", "", "2026-01-10", "70")])
    past = Lake(settings.lake_dir, first)
    assert past.paths("debtors") == Lake(settings.lake_dir).paths("debtors")
    assert past.paths("promises") == []
    with pytest.raises(UsageError, match="charges unchanged since"):
        past.paths("charges")


def test_an_instant_needs_an_offset(settings: Settings) -> None:
    with pytest.raises(UsageError, match="an instant with an offset"):
        Lake(settings.lake_dir, START.replace(tzinfo=None))


def test_history_is_written_once_and_never_again(settings: Settings) -> None:
    bring(settings, CHARGES)
    bring(settings, [("c1", "d1", "", "2026-01-10", "70")])
    history = settings.lake_dir / "history"
    before = {name: (history / name).read_bytes() for name in files_under(history)}
    bring(settings, [("c1", "d1", "", "2026-01-10", "71")])
    assert len(before) == 1
    assert all((history / name).read_bytes() == content for name, content in before.items())
    assert len(files_under(history)) == 2


def test_loading_the_same_again_keeps_nothing_more(settings: Settings) -> None:
    bring(settings, CHARGES)
    before = files_under(settings.lake_dir)
    bring(settings, CHARGES)
    assert files_under(settings.lake_dir) == before


def test_a_clock_that_was_set_back_does_not_turn_the_loads_around(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(settings, CHARGES)

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr("recobro_data.ingest.workbench.datetime", Yesterday)
    monkeypatch.setattr("recobro_data.ingest.publish.datetime", Yesterday)
    bring(settings, [("c1", "d1", "", "2026-01-10", "70")])
    states = json.loads((settings.lake_dir / "manifest.json").read_text())["states"]
    moments = [state[name] for state in states for name in ("loaded_at", "in_force_at")]
    assert moments == sorted(moments)


def test_a_lake_of_before_history_says_from_when_on_it_knows(settings: Settings) -> None:
    bring(settings, CHARGES)
    path = settings.lake_dir / "manifest.json"
    given = json.loads(path.read_text())
    path.write_text(json.dumps({**{k: v for k, v in given.items() if k not in ("states", "forgotten")}, "format": 1}))
    with pytest.raises(NoDataError, match=r"an instant from the next load on.*History was not kept before"):
        Lake(settings.lake_dir, START)
    second = bring(settings, [("c1", "d1", "", "2026-01-10", "70")])
    assert Lake(settings.lake_dir, second).version == Lake(settings.lake_dir).version


def test_a_plan_of_a_past_day_can_be_made_from_what_was_recorded_then(settings: Settings) -> None:
    first = bring(settings, CHARGES)
    before = Snapshots(Lake(settings.lake_dir), settings).day_rows(date(2026, 2, 10))
    bring(settings, [("c1", "d3", "", "2026-01-10", "7"), ("c2", "d2", "", "2026-01-20", "8")])
    past = Snapshots(Lake(settings.lake_dir, first), settings).day_rows(date(2026, 2, 10))
    for name in ("debtors", "charges", "portfolios"):
        pd.testing.assert_frame_equal(getattr(past, name), getattr(before, name))
    assert len(before.debtors) == 1
