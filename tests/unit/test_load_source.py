from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recobro_data.errors import SourceRefusedError
from recobro_data.lake import Lake
from recobro_data.load import LoadReport, TableCount, load_source
from recobro_data.settings import Engine, Ingest, Settings

DEBTORS = "debtor_id,country,portfolio_id\nd1,PE,p\nd2,PE,p\nd3,BR,q\n"
CHARGES = "charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-10,100\nc2,d2,2026-01-20,50.5\nc3,d3,2026-01-30,9.99\n"
PAYMENTS = "payment_id,charge_id,account_id,paid_on,amount\np1,c1,,2026-01-09,100\np2,,d2,2026-02-01,20\n"


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", engine=Engine(threads=1), ingest=Ingest(max_bad_share=0.5))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "debtors.csv").write_text(DEBTORS)
    (folder / "charges.csv").write_text(CHARGES)
    (folder / "payments.csv").write_text(PAYMENTS)
    return folder


def load(source: Path, settings: Settings) -> LoadReport:
    return load_source(str(source), settings, validate=no_report)


def held(settings: Settings, table: str, columns: str) -> list[tuple[Any, ...]]:
    paths = Lake(settings.lake_dir).paths(table)
    rows: list[tuple[Any, ...]] = duckdb.sql(f"SELECT {columns} FROM read_parquet({paths}) ORDER BY ALL").fetchall()
    return rows


def rejected(report: LoadReport) -> list[dict[str, Any]]:
    assert report.quarantine is not None
    return [json.loads(line) for line in report.quarantine.read_text().splitlines()]


def test_a_clean_source_is_loaded_whole(source: Path, settings: Settings) -> None:
    report = load(source, settings)
    assert report.tables["charges"] == TableCount(3, 3, 0, 0, 0)
    assert report.quarantine is None


def test_the_report_has_the_shape_that_the_command_prints(source: Path, settings: Settings) -> None:
    given = load(source, settings).to_json()
    assert list(given) == ["load_id", "tables", "quarantine", "report"]
    assert list(given["tables"]["debtors"]) == ["read", "loaded", "replaced", "unchanged", "quarantined"]
    json.dumps(given)


def test_loading_the_same_again_changes_nothing(source: Path, settings: Settings) -> None:
    load(source, settings)
    before = (settings.lake_dir / "manifest.json").read_bytes()
    again = load(source, settings)
    assert all(count.unchanged == count.read for count in again.tables.values())
    assert (settings.lake_dir / "manifest.json").read_bytes() == before


def test_the_same_key_with_other_values_replaces_and_says_so(source: Path, settings: Settings) -> None:
    load(source, settings)
    (source / "charges.csv").write_text(CHARGES.replace("50.5", "60"))
    assert load(source, settings).tables["charges"] == TableCount(3, 0, 1, 2, 0)
    assert [str(row[0]) for row in held(settings, "charges", "amount")] == ["9.99", "60.00", "100.00"]


def test_rows_that_a_later_source_leaves_out_stay(source: Path, settings: Settings) -> None:
    load(source, settings)
    (source / "charges.csv").write_text("charge_id,debtor_id,due_on,amount\nc4,d1,2026-03-10,1\n")
    assert load(source, settings).tables["charges"] == TableCount(1, 1, 0, 0, 0)
    assert len(held(settings, "charges", "charge_id")) == 4


def test_defaults_are_filled_in(source: Path, settings: Settings) -> None:
    load(source, settings)
    assert held(settings, "charges", "charge_id, account_id, issued_on = due_on, currency")[2] == (
        *("c3", "d3", True),
        "BRL",
    )
    assert held(settings, "debtors", "DISTINCT kind, do_not_contact") == [("person", False)]


def test_a_charge_without_currency_takes_its_portfolios(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_text(
        "charge_id,debtor_id,due_on,amount,currency\nc1,d1,2026-01-10,1,USD\nc2,d2,2026-01-10,1,\n"
    )
    load(source, settings)
    assert held(settings, "charges", "charge_id, currency") == [("c1", "USD"), ("c2", "USD")]


def test_payments_carry_the_debtor_and_account_of_what_they_pay(source: Path, settings: Settings) -> None:
    load(source, settings)
    assert held(settings, "payments", "payment_id, debtor_id, account_id") == [("p1", "d1", "d1"), ("p2", "d2", "d2")]


def test_payments_follow_a_charge_that_goes_to_another_debtor(source: Path, settings: Settings) -> None:
    load(source, settings)
    (source / "charges.csv").write_text(CHARGES.replace("c1,d1", "c1,d3"))
    load(source, settings)
    assert held(settings, "payments", "payment_id, debtor_id, account_id")[0] == ("p1", "d3", "d3")
    assert len(held(settings, "charges", "charge_id")) == 3


BAD_CHARGES = [
    ("c9,d1,2026-13-01,1", "due_on", "type", "due_on must be a date written YYYY-MM-DD"),
    ("c9,d1,31/12/2026,1", "due_on", "type", "due_on must be a date written YYYY-MM-DD"),
    ("c9,d1,2026-1-3,1", "due_on", "type", "due_on must be a date written YYYY-MM-DD"),
    ("c9,d1,,1", "due_on", "required", "due_on must have a value"),
    ("c9,d1,2026-01-01,-5", "amount", "range", "amount must be above 0"),
    ("c9,d1,2026-01-01,0.004", "amount", "range", "amount must be above 0"),
    ("c9,d1,2026-01-01,nan", "amount", "type", "amount must be a finite number that fits"),
    ("c9,d1,2026-01-01,inf", "amount", "type", "amount must be a finite number that fits"),
    ("c9,d1,2026-01-01,99999999999999999", "amount", "type", "amount must be a finite number that fits"),
    ("c9,nobody,2026-01-01,5", "debtor_id", "reference", "debtor_id must be a known debtor_id of debtors"),
]
BAD_DEBTORS = [
    ("d9,XX,,,", "country", "country"),
    ("d9,pe,,,", "country", "country"),
    ("d9,PE,Lima,,", "timezone", "timezone"),
    ("d9,PE,,robot,", "kind", "values"),
    ("d9,PE,,,maybe", "do_not_contact", "type"),
    (",PE,,,", "debtor_id", "required"),
]


def test_each_bad_charge_is_quarantined_whole_with_its_reason(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_text(CHARGES + "".join(f"{row}\n" for row, *_ in BAD_CHARGES))
    lines = rejected(load(source, settings.model_copy(update={"ingest": Ingest(max_bad_share=1)})))
    assert [line["line"] for line in lines] == list(range(5, 5 + len(BAD_CHARGES)))
    for line, (row, column, rule, says) in zip(lines, BAD_CHARGES, strict=True):
        assert (line["table"], line["file"], line["column"], line["rule"]) == ("charges", "charges.csv", column, rule)
        assert line["message"].startswith(says)
        assert list(line["row"].values()) == row.split(",")


def test_each_bad_debtor_names_its_rule(source: Path, settings: Settings) -> None:
    good = "".join(f"d{i},PE,America/Lima,person,yes\n" for i in (1, 2, 3))
    bad = "".join(f"{row}\n" for row, *_ in BAD_DEBTORS)
    (source / "debtors.csv").write_text(f"debtor_id,country,timezone,kind,do_not_contact\n{good}{bad}")
    lines = rejected(load(source, settings.model_copy(update={"ingest": Ingest(max_bad_share=1)})))
    assert [(line["column"], line["rule"]) for line in lines] == [(column, rule) for _, column, rule in BAD_DEBTORS]


def test_rows_that_refer_to_a_quarantined_row_follow_it(source: Path, settings: Settings) -> None:
    (source / "debtors.csv").write_text(DEBTORS.replace("d1,PE", "d1,XX"))
    lines = rejected(load(source, settings))
    assert [(line["table"], line["rule"]) for line in lines] == [
        ("debtors", "country"),
        ("charges", "reference"),
        ("payments", "reference"),
    ]


def test_a_row_may_refer_to_what_the_lake_holds(source: Path, settings: Settings) -> None:
    load(source, settings)
    (source / "debtors.csv").write_text("debtor_id,country\nd8,PE\n")
    assert load(source, settings).quarantine is None


def test_a_row_said_twice_is_kept_once(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_text(f"{CHARGES}c1,d1,2026-01-10,100.00\n")
    assert load(source, settings).tables["charges"] == TableCount(4, 3, 0, 1, 0)


def test_of_rows_with_one_key_the_last_stands_and_the_others_are_quarantined(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_text(f"{CHARGES}c1,d1,2026-01-10,101\n")
    (line,) = rejected(load(source, settings))
    assert (line["line"], line["rule"], line["value"]) == (2, "duplicate_key", "c1")
    assert [str(row[0]) for row in held(settings, "charges", "amount")] == ["9.99", "50.50", "101.00"]


def test_a_naive_timestamp_is_quarantined_with_the_sentence_that_helps(source: Path, settings: Settings) -> None:
    (source / "promises.csv").write_text(
        "promise_id,debtor_id,made_at,due_on,amount\nr1,d1,2026-01-01T10:00:00,2026-01-05,5\n"
        "r2,d1,2026-01-01T10:00-05:00,2026-01-05,5\n"
    )
    (line,) = rejected(load(source, settings))
    assert (line["rule"], line["message"].split(",")[0]) == ("offset", "made_at must carry an offset or Z")


def test_a_line_that_is_no_row_does_not_stop_the_rest(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_bytes(CHARGES.encode() + b'c8,d1\nc9,"d1,2026-01-01,5\nc7,d\x81,2026-01-01,5\n')
    report = load(source, settings)
    assert report.tables["charges"] == TableCount(6, 3, 0, 0, 3)
    assert [(line["line"], line["rule"], line["row"]["_line"]) for line in rejected(report)] == [
        (5, "fields", "c8,d1"),
        (6, "fields", 'c9,"d1,2026-01-01,5'),
        (7, "fields", "c7,d\\x81,2026-01-01,5"),
    ]


def test_a_byte_order_mark_and_gzip_change_nothing(source: Path, settings: Settings, tmp_path: Path) -> None:
    load(source, settings)
    (source / "charges.csv").unlink()
    (source / "charges.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + CHARGES.encode()))
    other = Settings(home=tmp_path / "other")
    load(source, other)
    assert Lake(other.lake_dir).version == Lake(settings.lake_dir).version


def test_parquet_files_and_parts_load_as_csv_does(source: Path, settings: Settings, tmp_path: Path) -> None:
    load(source, settings)
    (source / "charges").mkdir()
    charges = f"SELECT * REPLACE (due_on::TIMESTAMP AS due_on) FROM read_csv('{source}/charges.csv')"
    for part in (0, 1):
        target = source / "charges" / f"{part}.parquet"
        duckdb.sql(f"COPY ({charges} LIMIT 2 OFFSET {part * 2}) TO '{target}'")
    (source / "charges.csv").unlink()
    other = Settings(home=tmp_path / "other")
    load(source, other)
    assert Lake(other.lake_dir).version == Lake(settings.lake_dir).version


def test_typed_parquet_values_survive_exactly(source: Path, settings: Settings) -> None:
    (source / "payments.csv").unlink()
    duckdb.sql(
        "COPY (SELECT 'p1' AS payment_id, 'c1' AS charge_id, DATE '2026-01-09' AS paid_on,"
        " 9007199254740993.01::DECIMAL(18,2) AS amount, TIMESTAMPTZ '2026-01-09 23:59:59.123456-05' AS recorded_at)"
        f" TO '{source}/payments.parquet'"
    )
    load(source, settings)
    assert held(settings, "payments", "amount::VARCHAR, epoch_us(recorded_at)") == [
        ("9007199254740993.01", 1768021199123456)
    ]


def test_unknown_columns_are_kept_with_the_rows_as_they_came(source: Path, settings: Settings) -> None:
    (source / "debtors.csv").write_text("debtor_id,country,segment\nd1,PE,gold\nd2,PE,\nd3,PE,x\n")
    report = load(source, settings)
    raw = settings.lake_dir / "raw" / report.load_id / "debtors.parquet"
    assert duckdb.sql(f"SELECT segment FROM '{raw}' ORDER BY _source_line").fetchall() == [("gold",), ("",), ("x",)]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("debtors.csv", "", "rows in debtors, found an empty file"),
        ("debtors.csv", "debtor_id,country\n", "rows in debtors, found a header and nothing below it"),
        ("charges.csv", "charge_id,Debtor_Id,due_on,amount\nc,d,2026-01-01,1\n", "the column debtor_id in charges"),
        ("charges.csv", "charge_id,Debtor_Id,due_on,amount\nc,d,2026-01-01,1\n", r"is `Debtor_Id` meant\?"),
        ("charges.csv", "charge_id,debtor_id,due_on,amount,Amount\n", "one column of each name in charges"),
        (
            "charges.csv",
            "charge_id,debtor_id,due_on,amount\nc,d1,x,1\n",
            r"at most 50% bad rows in charges, found 1 of 1",
        ),
        ("charges.parquet", "no parquet", "one file for charges, found charges.csv and charges.parquet"),
        ("disputes.parquet", "no parquet", "a readable file for disputes"),
        ("disputes.csv.gz", "no gzip", "a readable file for disputes"),
    ],
)
def test_a_source_that_breaks_a_table_rule_is_refused(
    source: Path, settings: Settings, file: str, content: str, says: str
) -> None:
    (source / file).write_text(content)
    with pytest.raises(SourceRefusedError, match=says):
        load(source, settings)


def test_what_was_loaded_before_a_refused_source_stays(source: Path, settings: Settings) -> None:
    load(source, settings)
    before = (settings.lake_dir / "manifest.json").read_bytes()
    (source / "charges.csv").write_text("charge_id,debtor_id,due_on,amount\nc,d1,x,1\n")
    with pytest.raises(SourceRefusedError, match="at most 50% bad rows"):
        load(source, settings)
    assert (settings.lake_dir / "manifest.json").read_bytes() == before


def test_a_missing_required_table_is_named(source: Path, settings: Settings) -> None:
    (source / "payments.csv").unlink()
    with pytest.raises(SourceRefusedError, match="a file for payments, found only debtors, charges"):
        load(source, settings)


@pytest.mark.parametrize(
    ("place", "says"),
    [("missing", "found nothing at"), ("empty", "found no table in"), ("a.txt", "found the file")],
)
def test_a_place_that_is_no_source_is_refused(tmp_path: Path, settings: Settings, place: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").touch()
    with pytest.raises(SourceRefusedError, match=says):
        load(tmp_path / place, settings)


def test_a_portfolio_of_two_currencies_needs_rates(source: Path, settings: Settings) -> None:
    (source / "charges.csv").write_text(
        "charge_id,debtor_id,due_on,amount,currency\nc1,d1,2026-01-10,1,USD\nc2,d2,2026-01-10,1,PEN\n"
    )
    with pytest.raises(SourceRefusedError, match="one currency in portfolio p, or rates for the others"):
        load(source, settings)
    load(source, settings.model_copy(update={"rates": {"USD": 3.7}}))


def test_a_count_that_loses_a_row_can_not_exist() -> None:
    with pytest.raises(AssertionError, match="rows lost"):
        TableCount(3, 1, 0, 0, 1)
