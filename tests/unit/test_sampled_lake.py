"""Models learn from whole debtors that a hash draws, where there are more than they need."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tests.unit.lake_samples import load, settings_in

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.sampled_lake import SampledLake, sample_lake
from recobro_models.snapshots import Snapshots

AS_OF = date(2026, 7, 1)
DEBTORS = [f"d{number}" for number in range(400)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(Path(tmp_path_factory.mktemp("sampled")) / "home", partitions=4)
    due = AS_OF - timedelta(days=20)
    load(
        settings,
        debtors=[(name, "PE") for name in DEBTORS],
        charges=[(f"{name}-{n}", name, "", due + timedelta(days=n), 100 + n) for name in DEBTORS for n in range(2)],
        payments=[(f"p{name}", f"{name}-0", "", due, 60) for name in DEBTORS],
    )
    return settings


def drawn(lake: SampledLake, table: str, partition: int | None = None) -> list[str]:
    return list(lake.read(ibis.duckdb.connect(), table, partition).debtor_id.to_list())


def test_about_the_share_of_the_debtors_is_drawn(settings: Settings) -> None:
    found = drawn(sample_lake(Lake(settings.lake_dir), most_debtors=100), "debtors")
    assert 75 <= len(found) <= 125
    assert len(set(found)) == len(found)


def test_a_drawn_debtor_keeps_all_rows_and_another_none(settings: Settings) -> None:
    lake = SampledLake(Lake(settings.lake_dir), 0.3)
    chosen = set(drawn(lake, "debtors"))
    assert sorted(drawn(lake, "charges")) == sorted([*chosen, *chosen])
    assert set(drawn(lake, "payments")) == chosen


def test_a_larger_sample_holds_the_smaller_one(settings: Settings) -> None:
    small, large = (set(drawn(SampledLake(Lake(settings.lake_dir), share), "debtors")) for share in (0.2, 0.5))
    assert small < large < set(DEBTORS)


def test_every_partition_gives_its_part(settings: Settings) -> None:
    lake = SampledLake(Lake(settings.lake_dir), 0.5)
    parts = [drawn(lake, "debtors", number) for number in range(lake.partitions)]
    assert min(map(len, parts)) > 20
    assert sorted(name for part in parts for name in part) == sorted(drawn(lake, "debtors"))


def test_a_lake_that_is_small_enough_is_read_whole(settings: Settings) -> None:
    lake = Lake(settings.lake_dir)
    assert sample_lake(lake, most_debtors=400) is lake


def test_the_features_of_a_drawn_debtor_are_those_among_all(settings: Settings) -> None:
    lake = Lake(settings.lake_dir)
    whole = Snapshots(lake, settings).training_rows([AS_OF - timedelta(days=5)], seen_until=AS_OF).risk
    part = Snapshots(SampledLake(lake, 0.3), settings).training_rows([AS_OF - timedelta(days=5)], seen_until=AS_OF).risk  # type: ignore[arg-type]
    expected = whole[whole["debtor_id"].isin(part["debtor_id"])].reset_index(drop=True)
    assert 0 < len(part) < len(whole)
    pd.testing.assert_frame_equal(part, expected)
