from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.rows import row_model
from recobro_data.settings import Engine, Ingest, Settings
from recobro_data.tables import TABLES

_FEW = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_dirty = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", " ", "nan", "inf", "-1", "0", "1e3", "1e99", "0.005", "2026-02-30", "2026-02-28", "call", "PE"]
    ),
    st.sampled_from(
        ["yes", "0", "maybe", "24:00", "07:30", "2026-01-01T10:00Z", "2026-01-01 10:00", 'a"b', "x\ny", "é"]
    ),
)
_ids = st.sampled_from(["1", "2", "3", "4", ""])
_charges = st.lists(
    st.tuples(
        _ids,
        st.sampled_from(["d1", "d2", "d9"]),
        st.one_of(st.just("2026-01-01"), _dirty),
        st.one_of(st.sampled_from(["10", "20"]), _dirty),
    ),
    max_size=12,
)
_attempts = st.lists(
    st.tuples(
        st.one_of(st.just("d1"), _dirty),
        st.one_of(st.just("call"), _dirty),
        st.one_of(st.sampled_from(["2026-01-01T10:00:00-05:00", "2026-01-01T10:00Z", "0000-01-01T10:00Z"]), _dirty),
        st.one_of(st.just("read"), _dirty),
        _dirty,
        _dirty,
    ),
    min_size=1,
    max_size=25,
)


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


def write(path: Path, header: list[str], rows: list[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def load(folder: Path, charges: list[Any], attempts: list[Any]) -> tuple[LoadReport, Settings]:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    write(source / "debtors.csv", ["debtor_id", "country"], [(f"d{i}", "PE") for i in range(1, 9)])
    sound = [("sound", "d1", "2026-01-01", "5")]
    write(source / "charges.csv", ["charge_id", "debtor_id", "due_on", "amount"], sound + charges)
    write(
        source / "payments.csv", ["payment_id", "charge_id", "paid_on", "amount"], [("p", "sound", "2026-01-01", "5")]
    )
    names = ["attempt_id", "debtor_id", "channel", "attempted_at", "outcome", "cost", "propensity"]
    write(source / "contact_attempts.csv", names, [(f"a{i}", *row) for i, row in enumerate(attempts)])
    inside = Settings(home=folder / "home", engine=Engine(partitions=3), ingest=Ingest(max_bad_share=1))
    return load_source(str(source), inside, validate=no_report), inside


@_FEW
@given(charges=_charges)
def test_every_row_read_is_loaded_replaced_unchanged_or_quarantined_whole(charges: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report, _ = load(Path(folder), charges, [])
        count = report.tables["charges"]
        lines = report.quarantine.read_text("utf-8").split("\n")[:-1] if report.quarantine else []
        rows = [tuple(json.loads(line)["row"].values()) for line in lines]
        assert count.read == len(charges) + 1 == count.loaded + count.replaced + count.unchanged + count.quarantined
        assert len(rows) == count.quarantined
        assert all(row in charges for row in rows)


@_FEW
@given(charges=_charges)
def test_a_second_load_of_any_source_changes_nothing(charges: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, inside = load(Path(folder), charges, [])
        version = Lake(inside.lake_dir).version
        again, _ = load(Path(folder), charges, [])
        assert Lake(inside.lake_dir).version == version
        assert all(count.loaded == count.replaced == 0 for count in again.tables.values())


@_FEW
@given(attempts=_attempts)
def test_the_api_takes_a_row_exactly_when_a_load_does(attempts: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, inside = load(Path(folder), [], attempts)
        paths = Lake(inside.lake_dir).paths("contact_attempts")
        kept = {row[0] for row in duckdb.read_parquet(paths).select("attempt_id").fetchall()} if paths else set()
        known = {f"d{i}" for i in range(1, 9)}
        fit = {f"a{i}" for i, row in enumerate(attempts) if row[0].strip(" \t\r\n") in known and is_valid(i, row)}
        assert kept == fit


def is_valid(number: int, row: tuple[str, ...]) -> bool:
    names = ("debtor_id", "channel", "attempted_at", "outcome", "cost", "propensity")
    try:
        row_model("contact_attempts")(attempt_id=f"a{number}", **dict(zip(names, row, strict=True)))
    except ValidationError:
        return False
    return True


@_FEW
@given(debtors=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), min_size=1, max_size=12))
def test_all_rows_of_a_debtor_lie_sorted_in_the_partition_its_hash_says(debtors: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source"
        path.mkdir()
        write(path / "debtors.csv", ["debtor_id", "country"], [(one, "PE") for one in [*debtors, "d"]])
        write(
            path / "charges.csv",
            ["charge_id", "debtor_id", "due_on", "amount"],
            [(f"c{i}", one, "2026-01-01", "5") for i, one in enumerate([*debtors, *debtors, "d"])],
        )
        write(path / "payments.csv", ["payment_id", "account_id", "paid_on", "amount"], [("p", "d", "2026-01-01", "5")])
        inside = Settings(home=Path(folder), engine=Engine(partitions=3), ingest=Ingest(max_bad_share=1))
        load_source(str(path), inside, validate=no_report)
        for partition in range(3):
            check_partition(Lake(inside.lake_dir), partition)


def check_partition(lake: Lake, partition: int) -> None:
    for table in TABLES:
        for path in lake.paths(table, partition):
            rows = [row[0] for row in duckdb.sql(f"SELECT debtor_id FROM '{path}'").fetchall()]
            assert rows == sorted(rows, key=str.encode)
            assert {int(hashlib.md5(row.encode()).hexdigest()[:8], 16) % 3 for row in rows} == {partition}
