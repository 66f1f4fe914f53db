"""Databases that are files: SQLite and DuckDB. What all kinds share is tested here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recobro_data.errors import SourceRefusedError
from recobro_data.sources.database.source import open_database
from recobro_data.sources.database.url import parse_url

TABLES = (
    "CREATE TABLE debtors (debtor_id TEXT, country TEXT, do_not_contact BOOLEAN)",
    "INSERT INTO debtors VALUES ('d1', 'PE', true), ('d2', NULL, false)",
    "CREATE TABLE cuotas (charge_id TEXT, debtor_id TEXT, due_on DATE, amount DECIMAL(18,2))",
    "INSERT INTO cuotas VALUES ('c\"1', 'd1', '2026-01-31', 10.50), ('ñ,\n2', 'd2', '2026-02-28', 12345678.05)",
    "CREATE VIEW charges AS SELECT * FROM cuotas",
    "CREATE TABLE Payments (payment_id TEXT, paid_on DATE, amount DECIMAL(18,2))",
)
CHARGES = [
    (1, "charges", 2, 'c"1', "d1", "2026-01-31", "10.50"),
    (2, "charges", 3, "ñ,\n2", "d2", "2026-02-28", "12345678.05"),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        one.execute("SET TimeZone = 'UTC'")
        yield one


def write_sqlite(path: Path, *more: str) -> str:
    with sqlite3.connect(path) as database:
        for statement in (*TABLES, *more):
            database.execute(statement)
    database.close()
    return f"sqlite:///{path}"


def write_duckdb(path: Path, *more: str) -> str:
    with duckdb.connect(path) as database:
        for statement in (*TABLES, *more):
            database.execute(statement)
    return f"duckdb:///{path}"


def rows_of(connection: duckdb.DuckDBPyConnection, url: str, table: str, **names: Any) -> list[Any]:
    source = open_database(url, {}, **names)
    raw = source.read_raw(connection, table)
    source.close()
    return connection.execute(
        f"SELECT * EXCLUDE (_fault, _text) FROM {raw.relation} WHERE _fault IS NULL AND _text IS NULL ORDER BY _seq"
    ).fetchall()


def test_a_duckdb_view_comes_as_canonical_text_with_lines_from_2(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert rows_of(connection, write_duckdb(tmp_path / "d.duckdb"), "charges") == CHARGES


def test_sqlite_rows_come_as_text_and_whole_numbers_keep_their_cents(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = rows_of(connection, write_sqlite(tmp_path / "s.db"), "charges")
    assert [row[:6] for row in rows] == [row[:6] for row in CHARGES]
    assert [row[6] for row in rows] == ["10.5", "12345678.05"]


@pytest.mark.parametrize(("write", "truth"), [(write_sqlite, ("1", "0")), (write_duckdb, ("true", "false"))])
def test_truth_is_text_and_nothing_is_empty(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, write: Any, truth: tuple[str, str]
) -> None:
    rows = [row[3:] for row in rows_of(connection, write(tmp_path / "x"), "debtors")]
    assert rows == [("d1", "PE", truth[0]), ("d2", "", truth[1])]


def test_a_name_that_differs_in_case_alone_is_found(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert "payments" in open_database(write_sqlite(tmp_path / "s.db"), {}).tables()


def test_a_mapping_may_name_another_table(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    url = write_duckdb(tmp_path / "d.duckdb")
    rows = rows_of(connection, url, "charges", names={"charges": "cuotas"})
    assert [row[1] for row in rows] == ["cuotas", "cuotas"]


def test_a_schema_of_its_own_is_read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    more = ["CREATE SCHEMA x"] + [f"CREATE TABLE x.{one} AS SELECT * FROM {one}" for one in ("debtors", "charges")]
    url = write_duckdb(tmp_path / "d.duckdb", *more, "CREATE VIEW x.payments AS SELECT * FROM main.payments")
    assert rows_of(connection, f"{url}?schema=x", "charges") == CHARGES


def test_instants_carry_their_offset(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    late = "CREATE TABLE contact_attempts AS SELECT TIMESTAMPTZ '2026-01-31 09:30:00-05' AS attempted_at"
    url = write_duckdb(tmp_path / "d.duckdb", late)
    assert rows_of(connection, url, "contact_attempts")[0][3] == "2026-01-31 14:30:00+00"


def test_bytes_that_nobody_needs_are_left_out_with_a_note(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    url = write_duckdb(tmp_path / "d.duckdb", "ALTER TABLE debtors ADD COLUMN foto BLOB")
    raw = open_database(url, {}).read_raw(connection, "debtors")
    assert (raw.header[-1], raw.notes) == ("do_not_contact", ("debtors.foto holds bytes and was left out",))


@pytest.mark.parametrize(
    ("write", "more"),
    [
        (write_duckdb, "CREATE TABLE promises AS SELECT 'x'::BLOB AS promise_id, 1 AS debtor_id"),
        (write_sqlite, "CREATE TABLE promises (promise_id BLOB, debtor_id TEXT)"),
        (write_sqlite, "CREATE TABLE promises AS SELECT x'00ff' AS promise_id, 1 AS debtor_id"),
    ],
)
def test_bytes_in_a_canonical_column_are_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, write: Any, more: str
) -> None:
    with pytest.raises(SourceRefusedError, match=r"promise.*found bytes\. Give a view"):
        open_database(write(tmp_path / "x", more), {}).read_raw(connection, "promises")


@pytest.mark.parametrize("write", [write_sqlite, write_duckdb])
def test_a_database_is_never_written_to(connection: duckdb.DuckDBPyConnection, tmp_path: Path, write: Any) -> None:
    url = write(tmp_path / "x")
    before = (tmp_path / "x").read_bytes()
    rows_of(connection, url, "charges")
    assert ((tmp_path / "x").read_bytes(), sorted(path.name for path in tmp_path.iterdir())) == (before, ["x"])


def test_rows_beyond_one_batch_keep_their_lines(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    many = (
        "INSERT INTO payments SELECT 'p' || value, '2026-01-01', 1 FROM"
        " (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 45000) SELECT * FROM n)"
    )
    open_database(write_sqlite(tmp_path / "s.db", many), {}).read_raw(connection, "payments")
    wrong = "SELECT count(*) FILTER (c0 <> 'p' || _seq OR _line <> _seq + 1), count(*) FROM raw_payments"
    assert connection.execute(wrong).fetchone() == (0, 45000)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nothing.db", "found nothing at"),
        ("", "found a folder at"),
        ("damaged.db", "that can be read, found sqlite:///.*file is not a database"),
    ],
)
def test_what_is_no_database_is_refused(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "damaged.db").write_bytes(b"PK\x03\x04 not a database at all" * 100)
    with pytest.raises(SourceRefusedError, match=says):
        open_database(f"sqlite:///{tmp_path / name}", {})


def test_a_missing_table_is_named_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    path = tmp_path / "d.duckdb"
    with duckdb.connect(path) as database:
        database.execute(
            "CREATE TABLE debtors AS SELECT 1 AS debtor_id; CREATE TABLE payment AS SELECT 1 AS payment_id"
        )
    with pytest.raises(SourceRefusedError, match=r"charges and payments in duckdb:.*\(is `payment` meant\?\)"):
        open_database(f"duckdb:///{path}", {})


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("oracle://scott:tiger@h/x", r"found oracle://….*export the tables"),
        ("postgresql://u:p@h:port/x", "one that can not be taken apart"),
        ("postgresql://u:p[x@h/x", "one that can not be taken apart"),
        ("postgresql://u:p@h/x?options=-c", "found `options`"),
        ("sqlite://s.db", "path behind sqlite:///, found the name of a host"),
        ("postgresql://u:${NOT_SET}@h/x", "the variable NOT_SET"),
    ],
)
def test_an_address_that_can_not_be_meant_is_refused_without_its_login(url: str, says: str) -> None:
    with pytest.raises(SourceRefusedError, match=says) as refused:
        parse_url(url, {})
    assert not any(secret in str(refused.value) for secret in ("tiger", "u:p", "scott"))


@pytest.mark.parametrize(
    ("url", "environ", "password"),
    [
        ("postgresql://u:a%40b%24%7Bx@h/d", {}, "a@b${x"),
        ("postgresql://u:${DB}@h/d", {"DB": "p@ss/%41${X}"}, "p@ss/%41${X}"),
        ("postgresql://u@h/d", {"PGPASSWORD": "from outside"}, "from outside"),
        ("mysql://u@h/d", {"MYSQL_PWD": "from outside", "PGPASSWORD": "no"}, "from outside"),
        ("postgresql://u@h/d?password=x%20y", {}, "x y"),
    ],
)
def test_a_password_comes_from_the_address_or_the_environment(url: str, environ: dict[str, str], password: str) -> None:
    assert parse_url(url, environ).password == password


def test_no_form_of_an_address_shows_who_logs_in() -> None:
    url = parse_url("mariadb://ana:secret@[::1]:3307/cob?schema=x&ssl_ca=/ca.pem", {})
    assert url.shown == "mysql://::1:3307/cob"
    assert not any(secret in f"{url!r}{url}" for secret in ("ana", "secret"))
    assert url.masked("login of 'ana' with secretly\nmore") == "login of '***' with ***ly"


def test_a_driver_that_is_not_installed_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(SourceRefusedError, match=r"the driver psycopg.*Install recobro\[postgres\]"):
        open_database("postgresql://u:p@127.0.0.1:1/x", {})
