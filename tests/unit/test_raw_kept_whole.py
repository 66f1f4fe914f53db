"""Parquet files of a source are kept to the byte, and a forgotten debtor is taken out of them all the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.lake_samples import no_report, settings_in

from recobro_data.errors import SourceRefusedError
from recobro_data.load import LoadReport, load_source
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Settings

DAY = date(2026, 1, 5)


def charges(**other: list[Any]) -> pa.Table:
    rows = {"charge_id": ["c1", "c2", "c3"], "debtor_id": ["d1 ", "d2", "d2"], "account_id": ["a1", "a2", "a2"]}
    return pa.table(rows | {"due_on": [DAY] * 3, "amount": [10.0, 20.0, 30.0]} | other)


def payments() -> pa.Table:
    rows = {"payment_id": ["p1", "p2", "p3"], "charge_id": ["c1", None, "c2"], "account_id": [None, "a1", None]}
    return pa.table(rows | {"paid_on": [DAY] * 3, "amount": [1.0, 2.0, 3.0]})


def load_tables(settings: Settings, source: Path, **tables: pa.Table) -> LoadReport:
    source.mkdir(exist_ok=True)
    debtors = pa.table({"debtor_id": ["d1", "d2"], "country": ["PE", "PE"]})
    for name, table in ({"debtors": debtors, "charges": charges(), "payments": payments()} | tables).items():
        pq.write_table(table, source / f"{name}.parquet")
    return load_source(str(source), settings, validate=no_report)


def kept(settings: Settings, report: LoadReport, name: str) -> Path:
    return settings.lake_dir / "raw" / report.load_id / name


def ids_kept(settings: Settings, table: str) -> list[str]:
    """The keys of a table in every raw copy."""
    files = [str(file) for file in (settings.lake_dir / "raw").rglob(f"{table}*.parquet")]
    rows = duckdb.sql(f"SELECT {table[:-1]}_id FROM read_parquet({files}, union_by_name = true) ORDER BY 1").fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


def test_a_file_that_is_new_is_kept_to_the_byte(settings: Settings, tmp_path: Path) -> None:
    report = load_tables(settings, tmp_path / "source")
    same = (tmp_path / "source" / "charges.parquet").read_bytes()
    assert kept(settings, report, "charges.parquet").read_bytes() == same


def test_the_copy_is_no_link_to_the_source(settings: Settings, tmp_path: Path) -> None:
    report = load_tables(settings, tmp_path / "source")
    source = tmp_path / "source" / "charges.parquet"
    assert source.stat().st_ino != kept(settings, report, "charges.parquet").stat().st_ino


def test_parts_are_kept_under_their_names(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    folder = tmp_path / "source" / "charges"
    folder.mkdir()
    (tmp_path / "source" / "charges.parquet").unlink()
    for name in ("x", "y"):
        pq.write_table(charges(charge_id=[f"{name}{i}" for i in range(3)]), folder / f"{name}.parquet")
    report = load_source(str(tmp_path / "source"), settings, validate=no_report)
    assert sorted(file.name for file in kept(settings, report, "charges").iterdir()) == ["x.parquet", "y.parquet"]


def test_of_a_file_of_which_little_is_new_only_that_is_kept(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    report = load_tables(settings, tmp_path / "source", charges=charges(amount=[11.0, 20.0, 30.0]))
    rows = duckdb.sql(
        f"SELECT _source_file, _source_line, _debtor_id, amount FROM '{kept(settings, report, 'charges.parquet')}'"
    )
    assert rows.fetchall() == [("charges.parquet", 2, "d1", 11.0)]


def test_a_forgotten_debtor_leaves_the_files_that_were_kept_whole(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    forget_debtor("d1", settings)
    assert (ids_kept(settings, "charges"), ids_kept(settings, "payments")) == (["c2", "c3"], ["p3"])


def test_what_was_the_debtors_in_an_older_load_leaves_too(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    load_tables(settings, tmp_path / "source", charges=charges(account_id=["a9", "a2", "a2"], amount=[1.0, 2.0, 3.0]))
    forget_debtor("d1", settings)
    assert ids_kept(settings, "payments") == ["p3"]


def test_a_charge_that_is_somebody_elses_now_keeps_its_payments(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    moved = charges(debtor_id=["d2"] * 3, account_id=["a2"] * 3, amount=[1.0, 2.0, 3.0])
    load_tables(settings, tmp_path / "source", charges=moved)
    forget_debtor("d1", settings)
    assert "p1" in ids_kept(settings, "payments")


def test_a_file_with_a_damaged_page_is_refused_by_its_name(settings: Settings, tmp_path: Path) -> None:
    load_tables(settings, tmp_path / "source")
    file = tmp_path / "source" / "payments.parquet"
    data = file.read_bytes()
    file.write_bytes(data[:4] + b"\xff" * 60 + data[64:])
    with pytest.raises(SourceRefusedError, match=r"payments.parquet that breaks off or is damaged"):
        load_source(str(tmp_path / "source"), settings, validate=no_report)
