"""The files of a load lie in the order of debtor and key, in whatever order the source came."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.lake_samples import load, no_report, settings_in

from recobro_data.ingest.parquet_files import keep_as_they_are, read_parquet
from recobro_data.ingest.raw import evenly_drawn
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Engine, Ingest, Settings
from recobro_data.tables import TABLES
from recobro_data.vocabulary import CHANNELS

NUMBERS = random.Random(3).sample(range(40), 40)
DEBTORS = [(f"d{n}", "PE") for n in NUMBERS]
POINTS = [(f"d{n}", channel, "false") for n in NUMBERS for channel in CHANNELS]
CHARGES = [(f"c{n}-{k}", f"d{n}", f"a{n}", "2026-03-01", 10 + k) for k in (3, 1, 2) for n in NUMBERS]
PAYMENTS = [(f"p{k}-{n}", f"c{n}-{k}" if k < 3 else "", f"a{n}", "2026-02-01", 5) for n in NUMBERS for k in (3, 1)]
TRIED = [(f"t{n}", f"d{n}", "sms", "2026-01-05T10:00:00Z", "read") for n in NUMBERS]


def two_threads(home: Path) -> Settings:
    return Settings(home=home, engine=Engine(partitions=3, threads=2), ingest=Ingest(max_bad_share=1))


def stored(settings: Settings, table: str) -> list[list[tuple[Any, ...]]]:
    """Debtor and key of each row, in the order of each file."""
    columns = list(dict.fromkeys(("debtor_id", *TABLES[table].key)))
    files = (pq.read_table(path, columns=columns) for path in Lake(settings.lake_dir).paths(table))
    return [list(zip(*(file[column].to_pylist() for column in columns), strict=True)) for file in files]


@pytest.mark.parametrize("table", ["debtors", "contact_points", "charges", "payments"])
def test_every_file_of_a_first_load_is_in_order(tmp_path: Path, table: str) -> None:
    settings = two_threads(tmp_path / "home")
    load(settings, debtors=DEBTORS, contact_points=POINTS, charges=CHARGES, payments=PAYMENTS)
    files = stored(settings, table)
    assert len(files) == 3
    assert files == [sorted(set(rows)) for rows in files]


def test_rejected_rows_and_rows_said_twice_leave_the_order_as_it_is(tmp_path: Path) -> None:
    settings = two_threads(tmp_path / "home")
    odd = [
        ("c5-1", "d5", "a5", "2026-03-01", 99),
        ("c7-2", "d7", "a7", "2026-03-01", 12),
        ("c8-9", "d8", "", "never", 1),
    ]
    counts = load(settings, debtors=DEBTORS, charges=[*odd, *CHARGES], payments=PAYMENTS).tables["charges"]
    assert (counts.loaded, counts.unchanged, counts.quarantined) == (120, 1, 2)
    assert all(rows == sorted(set(rows)) for rows in stored(settings, "charges"))


def test_a_table_that_comes_after_its_debtors_is_in_order_too(tmp_path: Path) -> None:
    settings = two_threads(tmp_path / "home")
    load(settings, debtors=DEBTORS, charges=CHARGES, payments=PAYMENTS)
    load(settings, debtors=DEBTORS, charges=CHARGES, payments=PAYMENTS, contact_attempts=TRIED)
    files = stored(settings, "contact_attempts")
    assert sum(map(len, files)) == 40
    assert files == [sorted(rows) for rows in files]


def test_rows_lie_the_same_whether_they_came_at_once_or_one_load_after_the_other(tmp_path: Path) -> None:
    at_once, after = settings_in(tmp_path / "one"), settings_in(tmp_path / "two")
    load(at_once, debtors=DEBTORS, contact_points=POINTS, charges=CHARGES, payments=PAYMENTS)
    half = [row for row in POINTS if row[1] in ("whatsapp", "call")]
    load(after, debtors=DEBTORS, contact_points=half, charges=CHARGES, payments=PAYMENTS)
    load(after, debtors=DEBTORS, contact_points=POINTS, charges=CHARGES, payments=PAYMENTS)
    assert stored(after, "contact_points") == stored(at_once, "contact_points")


def write_many(folder: Path, n: int) -> str:
    """A source of Parquet files with `n` contact attempts and 300 charges, which name their currency, in no order."""
    order = np.random.default_rng(1).permutation(n)
    some = order[:300]
    owed = {"due_on": ["2026-01-01"] * 300, "amount": [1.0] * 300, "currency": ["PEN"] * 300}
    tables: dict[str, dict[str, Any]] = {
        "debtors": {"debtor_id": [f"d{i}" for i in range(50)], "country": ["PE"] * 50},
        "charges": {"charge_id": np.char.mod("c%d", some), "debtor_id": np.char.mod("d%d", some % 50), **owed},
        "payments": {"payment_id": ["p1"], "charge_id": [f"c{some[0]}"], "paid_on": ["2026-01-01"], "amount": [1.0]},
        "contact_attempts": {
            **{"attempt_id": np.char.mod("t%06d", order), "debtor_id": np.char.mod("d%d", order % 50)},
            **{"channel": ["sms"] * n, "attempted_at": ["2026-01-05T10:00:00Z"] * n, "outcome": ["read"] * n},
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return str(folder)


def test_a_table_of_many_row_groups_is_in_order_with_several_threads(tmp_path: Path) -> None:
    settings = two_threads(tmp_path / "home")
    load_source(write_many(tmp_path, 400_000), settings, validate=no_report)
    files = [*stored(settings, "contact_attempts"), *stored(settings, "charges")]
    assert sum(map(len, files)) == 400_300
    assert all(one < two for rows in files for one, two in pairwise(rows))


@pytest.mark.parametrize("step", [1, 7, 999, 5000])
def test_the_rows_that_are_drawn_of_a_parquet_file_are_those_of_every_so_many_lines(tmp_path: Path, step: int) -> None:
    connection = duckdb.connect(config={"temp_directory": str(tmp_path / "spill")})
    keep_as_they_are(connection)
    write_many(tmp_path, 2_000)
    raw = read_parquet(connection, "contact_attempts", [tmp_path / "contact_attempts.parquet"])
    lines = f"SELECT _line FROM {raw.relation} WHERE"
    drawn = connection.execute(f"{lines} {evenly_drawn(raw, step)} ORDER BY 1").fetchall()
    assert drawn == connection.execute(f"{lines} {evenly_drawn(replace(raw, files=()), step)} ORDER BY 1").fetchall()


def test_a_value_of_a_closed_list_is_text_to_whoever_reads_the_files(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(settings, debtors=DEBTORS, charges=CHARGES, payments=PAYMENTS, contact_attempts=TRIED)
    file = pq.read_table(Lake(settings.lake_dir).paths("contact_attempts")[0])
    assert file.schema.field("channel").type == pa.string()
    assert set(file["outcome"].to_pylist()) == {"read"}
