"""Databases that are servers, tested on real ones: PostgreSQL and MariaDB."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit import database_servers as servers

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.raw import Raw
from recobro_data.sources.database.source import DatabaseSource, open_database
from recobro_data.sources.database.spool import Spool

Connection = duckdb.DuckDBPyConnection

TABLES = (
    "CREATE TABLE debtors (debtor_id varchar(20), country char(2), do_not_contact boolean)",
    "INSERT INTO debtors VALUES ('d1', 'PE', true), ('d2', NULL, false)",
    "CREATE TABLE cuotas (charge_id varchar(20), debtor_id varchar(20), due_on date, amount decimal(18,2))",
    "INSERT INTO cuotas VALUES ('c\"1', 'd1', '2026-01-31', 10.50), ('ñ,\n2', 'd2', '2026-02-28', 1234567890123.05)",
    "CREATE VIEW charges AS SELECT * FROM cuotas",
    "CREATE TABLE payments (payment_id int, paid_on date, recorded_at {instant}, foto {bytes})",
    "INSERT INTO payments (payment_id, paid_on, recorded_at) VALUES (7, '2026-01-31', '2026-01-31 14:30:00{utc}')",
)
POSTGRES = {"instant": "timestamptz", "bytes": "bytea", "utc": "+00"}
MARIADB = {"instant": "timestamp NULL", "bytes": "blob", "utc": ""}
CHARGES = [
    (1, "charges", 2, None, None, 'c"1', "d1", "2026-01-31", "10.50"),
    (2, "charges", 3, None, None, "ñ,\n2", "d2", "2026-02-28", "1234567890123.05"),
]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    pytest.importorskip("psycopg")
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as server:
        execute_postgres(server, *(statement.format(**POSTGRES) for statement in TABLES))
        yield server


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    pytest.importorskip("pymysql")
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        execute_mariadb(server, "SET time_zone = '+00:00'", *(statement.format(**MARIADB) for statement in TABLES))
        yield server


@pytest.fixture(params=["postgres", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue(request.param)
    return str(server.url(database_of(server)))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        yield one


def database_of(server: servers.Server) -> str:
    return "postgres" if server.kind == "postgresql" else "cobranza"


def execute_postgres(server: servers.Server, *statements: str) -> None:
    import psycopg

    words = {"host": "127.0.0.1", "port": server.port, "user": servers.USER, "password": servers.PASSWORD}
    with psycopg.connect(dbname="postgres", autocommit=True, **words) as session:
        for statement in statements:
            session.execute(statement.encode())


def execute_mariadb(server: servers.Server, *statements: str) -> None:
    import pymysql

    words = {"host": "127.0.0.1", "port": server.port, "user": servers.USER, "password": servers.PASSWORD}
    session = pymysql.connect(database="cobranza", autocommit=True, **words)
    with session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    session.close()


def read(connection: Connection, source: DatabaseSource, table: str) -> tuple[Raw, list[Any]]:
    raw = source.read_raw(connection, table)
    return raw, connection.execute(f"SELECT * FROM {raw.relation} ORDER BY _seq").fetchall()


def test_a_view_comes_as_canonical_text(connection: Connection, url: str) -> None:
    assert read(connection, open_database(url, {}), "charges")[1] == CHARGES


def test_instants_come_in_utc_and_bytes_stay_there(connection: Connection, url: str) -> None:
    raw, rows = read(connection, open_database(url, {}), "payments")
    instant = rows[0][7].replace("+00:00", "+00")
    assert (rows[0][5], rows[0][6], instant) == ("7", "2026-01-31", "2026-01-31 14:30:00+00")
    assert raw.notes == ("payments.foto holds bytes and was left out",)


def test_a_table_under_another_name_is_read(connection: Connection, url: str) -> None:
    source = open_database(url, {}, {"charges": "cuotas"})
    assert [row[1] for row in read(connection, source, "charges")[1]] == ["cuotas", "cuotas"]


def test_the_password_may_come_from_the_environment(url: str) -> None:
    plain = url.replace("s3cr3t%2Fp%40ss%3Aw%25rd", "${COBRANZA}")
    assert "charges" in open_database(plain, {"COBRANZA": servers.PASSWORD}).tables()


def test_a_wrong_password_is_refused_and_never_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SourceRefusedError, match="a login that it refuses") as refused:
        open_database(url.partition("%")[0] + url[url.index("@") :], {})
    told = str(refused.value) + caplog.text + "".join(traceback.format_exception(refused.value))
    assert "s3cr3t" not in told
    assert servers.USER not in str(refused.value)


def test_a_database_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(SourceRefusedError, match=r"the database elsewhere on|a login that it refuses"):
        open_database(url.rpartition("/")[0] + "/elsewhere", {})


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_server_that_does_not_answer_is_named_without_the_login(kind: str) -> None:
    with pytest.raises(SourceRefusedError, match=f"a {kind} server at 127.0.0.1:1, found no connection") as refused:
        open_database(f"{kind}://ana_lopez:s3cr3t-pw@127.0.0.1:1/x", {})
    assert not any(secret in str(refused.value) for secret in ("ana_lopez", "s3cr3t-pw"))


def test_a_session_can_not_write(url: str) -> None:
    source = open_database(url, {})
    with source._reader._session.cursor() as cursor, pytest.raises(Exception, match=r"(?i)read.only"):  # type: ignore[attr-defined]
        cursor.execute("DELETE FROM debtors")


def test_all_tables_are_of_one_moment(connection: Connection, postgres: servers.Server) -> None:
    source = open_database(postgres.url("postgres"), {})
    before = len(read(connection, source, "debtors")[1])
    execute_postgres(postgres, "INSERT INTO debtors VALUES ('late', 'PE', false)")
    try:
        assert len(read(connection, source, "debtors")[1]) == before
    finally:
        execute_postgres(postgres, "DELETE FROM debtors WHERE debtor_id = 'late'")


def test_a_schema_that_is_named_is_read_alone(connection: Connection, postgres: servers.Server) -> None:
    tables = [f'CREATE TABLE "Otro".{one} AS SELECT * FROM {one}' for one in ("debtors", "charges", "payments")]
    execute_postgres(postgres, 'CREATE SCHEMA "Otro"', *tables)
    source = open_database(postgres.url("postgres") + "?schema=Otro", {})
    assert (source.written, read(connection, source, "charges")[1]) == (("charges", "debtors", "payments"), CHARGES)


def test_a_table_without_the_right_to_read_it_is_named(connection: Connection, postgres: servers.Server) -> None:
    execute_postgres(postgres, f"CREATE ROLE beto LOGIN PASSWORD '{servers.PASSWORD}'")
    url = postgres.url("postgres").replace(servers.USER, "beto")
    with pytest.raises(SourceRefusedError, match=r"the right to read debtors of postgresql://.*Grant SELECT"):
        open_database(url, {}).read_raw(connection, "debtors")


def test_odd_values_of_postgres_keep_their_meaning(connection: Connection, postgres: servers.Server) -> None:
    execute_postgres(
        postgres,
        "CREATE TABLE promises AS SELECT 1e15::float8 AS promise_id, 0.1::float8 AS debtor_id, '$1,234.50'::money AS a,"
        " 'infinity'::date AS due_on, '\\.'::text AS b, ''::text AS c, ARRAY[1, 2] AS d",
    )
    rows = read(connection, open_database(postgres.url("postgres"), {}), "promises")[1]
    assert rows[0][5:] == ("1e+15", "0.1", "1234.50", "infinity", "\\.", "", "{1,2}")


def test_odd_values_of_mariadb_keep_their_meaning(connection: Connection, mariadb: servers.Server) -> None:
    execute_mariadb(
        mariadb,
        "SET sql_mode = ''",
        "CREATE TABLE promises (promise_id bit(1), debtor_id double, due_on date, made_at datetime, a time)",
        "INSERT INTO promises VALUES (b'1', 0.1, '0000-00-00', '2026-01-31 10:00:00', '08:30:00')",
    )
    rows = read(connection, open_database(mariadb.url("cobranza"), {}), "promises")[1]
    assert rows[0][5:] == ("1", "0.1", "", "2026-01-31 10:00:00", "08:30:00")


def test_a_column_alone_keeps_its_empty_rows(connection: Connection, postgres: servers.Server) -> None:
    execute_postgres(postgres, "CREATE TABLE disputes AS SELECT unnest(ARRAY['a', '', NULL, 'b']) AS dispute_id")
    raw, rows = read(connection, open_database(postgres.url("postgres"), {}), "disputes")
    assert (raw.rows, [row[5] for row in rows]) == (4, ["a", "", "", "b"])


def test_rows_beyond_one_stretch_keep_their_lines(
    connection: Connection, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recobro_data.sources.database.spool._STRETCH", 20)
    assert read(connection, open_database(url, {}), "charges")[1] == CHARGES


@pytest.mark.parametrize(("kind", "end"), [("postgres", "pg_terminate_backend"), ("mariadb", "KILL")])
def test_a_connection_that_breaks_half_way_is_one_sentence(
    connection: Connection, request: pytest.FixtureRequest, kind: str, end: str
) -> None:
    server = request.getfixturevalue(kind)
    source = open_database(server.url(database_of(server)), {})
    if kind == "postgres":
        execute_postgres(
            server, f"SELECT {end}(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query <> ''"
        )
    else:
        execute_mariadb(server, f"{end} {source._reader._session.thread_id()}")  # type: ignore[attr-defined]
    with pytest.raises(SourceRefusedError, match=r"a connection that broke off.*nothing was loaded"):
        source.read_raw(connection, "charges")


def test_what_a_stretch_held_is_gone_when_the_table_is_read(tmp_path: Path, postgres: servers.Server) -> None:
    with duckdb.connect(tmp_path / "load.duckdb") as connection:
        open_database(postgres.url("postgres"), {}).read_raw(connection, "charges")
        Spool(connection, "debtors", written_as="x", width=0)
    assert [path.name for path in tmp_path.iterdir()] == ["load.duckdb"]
