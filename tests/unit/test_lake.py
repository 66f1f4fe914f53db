from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest

from recobro_data.errors import NoDataError
from recobro_data.ingest.sql import lake_columns
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Engine, Settings
from recobro_data.tables import TABLES


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


def write_source(folder: Path, charges: list[int]) -> str:
    folder.mkdir(exist_ok=True)
    debtors = "".join(f"d{i},PE\n" for i in range(20))
    rows = "".join(f"c{i},d{i % 20},2026-01-{1 + i % 28:02d},{i + 1}\n" for i in charges)
    paid = "".join(f"p{i},c{i},2026-02-{1 + i % 28:02d},{i + 1}\n" for i in charges)
    (folder / "debtors.csv").write_text(f"debtor_id,country\n{debtors}")
    (folder / "charges.csv").write_text(f"charge_id,debtor_id,due_on,amount\n{rows}")
    (folder / "payments.csv").write_text(f"payment_id,charge_id,paid_on,amount\n{paid}")
    return str(folder)


def loaded(tmp_path: Path, name: str, *rounds: list[int], partitions: int = 4) -> Lake:
    settings = Settings(home=tmp_path / name, engine=Engine(partitions=partitions))
    for charges in rounds:
        load_source(write_source(tmp_path / f"{name}-source", charges), settings, validate=no_report)
    return Lake(settings.lake_dir)


@pytest.fixture(scope="module")
def backend() -> Any:
    return ibis.duckdb.connect()


def test_an_empty_lake_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="Run `recobro ingest SOURCE` first"):
        _ = Lake(tmp_path).version


@pytest.mark.parametrize("name", TABLES)
def test_a_table_never_loaded_is_empty_with_its_declared_types(tmp_path: Path, backend: Any, name: str) -> None:
    table = Lake(tmp_path).read(backend, name)
    assert tuple(table.columns) == tuple(lake_columns(TABLES[name]))
    assert table.count().execute() == 0


def test_a_table_has_the_same_types_with_rows_and_without(tmp_path: Path, backend: Any) -> None:
    for name in ("debtors", "charges", "payments"):
        with_rows = loaded(tmp_path, name, [1]).read(backend, name).schema()
        assert with_rows == Lake(tmp_path).read(backend, name).schema()


def test_partitions_together_are_the_table(tmp_path: Path, backend: Any) -> None:
    lake = loaded(tmp_path, "a", list(range(50)))
    counts = [lake.read(backend, "charges", part).count().execute() for part in range(lake.partitions)]
    assert sum(counts) == lake.read(backend, "charges").count().execute() == 50


def test_the_version_is_of_the_content_alone(tmp_path: Path) -> None:
    whole = loaded(tmp_path, "whole", list(range(40)))
    in_turns = loaded(tmp_path, "turns", list(range(39, 19, -1)), list(range(20)), partitions=3)
    assert whole.version == in_turns.version


def test_another_row_is_another_version(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a", [1, 2]).version != loaded(tmp_path, "b", [1, 3]).version


def test_another_number_of_partitions_writes_the_lake_anew(tmp_path: Path) -> None:
    before = loaded(tmp_path, "a", list(range(40)), partitions=4)
    after = loaded(tmp_path, "a", list(range(40)), partitions=7)
    assert (before.partitions, after.partitions, after.version) == (4, 7, before.version)
    assert len(after.paths("charges")) > 4


def test_a_reader_keeps_what_it_opened_through_the_next_load(tmp_path: Path) -> None:
    before = loaded(tmp_path, "a", [1, 2])
    loaded(tmp_path, "a", [1, 2, 3])
    assert duckdb.read_parquet(before.paths("charges")).shape[0] == 2


def test_untouched_partitions_stay_as_they_are_and_old_files_go(tmp_path: Path) -> None:
    first = set(loaded(tmp_path, "a", list(range(20))).paths("charges"))
    second = set(loaded(tmp_path, "a", [*range(20), 20]).paths("charges"))
    assert len(second - first) == 1
    loaded(tmp_path, "a", [*range(20), 20, 40])
    assert not any(Path(path).exists() for path in first - second)


def test_the_newest_fact_of_each_table_is_known(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a", [1, 9]).newest() == {"charges": date(2026, 1, 10), "payments": date(2026, 2, 10)}


def test_every_row_keeps_the_load_that_brought_it(tmp_path: Path) -> None:
    lake = loaded(tmp_path, "a", [1], [1, 2])
    rows = duckdb.sql(f"SELECT DISTINCT charge_id, _load_id FROM read_parquet({lake.paths('charges')})").fetchall()
    assert len({load for _, load in rows}) == len(rows) == 2
