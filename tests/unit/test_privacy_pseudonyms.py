"""Pseudonyms: equal ids stay equal, the key stays out of the lake, and another key is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recobro_data.errors import ConfigurationError, SourceRefusedError
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.privacy.pseudonyms import Pseudonyms, check_pseudonyms, load_pseudonyms, pseudonymise_raw
from recobro_data.settings import Settings, flatten, load_settings

KEY = "0123456789abcdef0123456789abcdef"
IDS = ("debtor_id", "account_id")
SECRET = Pseudonyms(IDS, KEY.encode())


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        yield one


def charges(connection: duckdb.DuckDBPyConnection, header: tuple[str, ...], *rows: tuple[str, ...]) -> Raw:
    columns = ", ".join(f"c{place} VARCHAR" for place in range(len(header)))
    connection.execute(
        f"CREATE OR REPLACE TABLE raw_charges (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR,"
        f" _text VARCHAR, {columns})"
    )
    for seq, row in enumerate(rows, 1):
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO raw_charges VALUES ({seq}, 'f', {seq + 1}, NULL, NULL, {marks})", list(row))
    return Raw("charges", header, len(rows))


def texts(connection: duckdb.DuckDBPyConnection, raw: Raw, *names: str) -> list[tuple[Any, ...]]:
    given = ", ".join(raw_column(raw, name) for name in names)
    return connection.execute(f"SELECT {given} FROM {raw.relation} ORDER BY _seq").fetchall()


def test_a_pseudonym_is_the_keyed_hash_of_the_standard_library() -> None:
    digest = hmac.new(KEY.encode(), b"45678912", hashlib.sha256).digest()
    assert SECRET.of("45678912") == base64.b32encode(digest).decode()[:26]


def test_ids_change_alike_wherever_they_stand_and_the_rest_stays(connection: duckdb.DuckDBPyConnection) -> None:
    raw = charges(connection, ("charge_id", "debtor_id", "account_id"), ("c1", " d1 ", "d1"), ("c2", "d2", ""))
    after = pseudonymise_raw(connection, raw, SECRET)
    assert texts(connection, after, "charge_id", "debtor_id", "account_id") == [
        ("c1", SECRET.of("d1"), SECRET.of("d1")),
        ("c2", SECRET.of("d2"), None),
    ]


def test_an_id_that_many_rows_have_leaves_as_many_rows(connection: duckdb.DuckDBPyConnection) -> None:
    raw = pseudonymise_raw(connection, charges(connection, ("debtor_id",), *[("d1",)] * 3), SECRET)
    assert texts(connection, raw, "debtor_id") == [(SECRET.of("d1"),)] * 3


def test_a_copy_of_the_id_in_another_column_changes_too(connection: duckdb.DuckDBPyConnection) -> None:
    raw = charges(connection, ("debtor_id", "dni_copia", "n"), ("45678912", "45678912", "1"), ("4567", " 4567", "2"))
    pseudonymise_raw(connection, raw, SECRET)
    assert "4567" not in str(connection.execute("SELECT * FROM raw_charges").fetchall())


def test_names_values_and_constants_are_hashed_as_they_mean(connection: duckdb.DuckDBPyConnection) -> None:
    from dataclasses import replace

    raw = charges(connection, ("cliente",), ("K-1",), ("",))
    told = {"debtor_id": {"K-1": "1"}}
    raw = replace(raw, names={"debtor_id": 0}, values=told, constants={"debtor_id": "rest", "account_id": "all"})
    after = pseudonymise_raw(connection, raw, SECRET)
    assert texts(connection, after, "debtor_id", "account_id") == [
        (SECRET.of("1"), SECRET.of("all")),
        (SECRET.of("rest"), SECRET.of("all")),
    ]


def test_a_row_that_could_not_be_read_is_withheld(connection: duckdb.DuckDBPyConnection) -> None:
    raw = charges(connection, ("debtor_id", "x"), ("45678912", "y"), ("1", "z"))
    connection.execute("UPDATE raw_charges SET _fault = 'torn', _text = '45678912,y,1' WHERE _seq = 1")
    pseudonymise_raw(connection, raw, SECRET)
    assert "45678912" not in str(connection.execute("SELECT * FROM raw_charges").fetchall())


def test_without_pseudonyms_nothing_is_touched(connection: duckdb.DuckDBPyConnection) -> None:
    raw = charges(connection, ("debtor_id",), ("d1",))
    assert pseudonymise_raw(connection, raw, None) is raw


def settings_of(home: Path, **privacy: Any) -> Settings:
    return Settings(home=home, privacy={"pseudonymise": IDS, **privacy})


def test_the_key_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    from_file = load_pseudonyms(settings_of(tmp_path, key_file="key"))
    environ = {"RECOBRO_PRIVACY_KEY": KEY, "RECOBRO_PRIVACY_PSEUDONYMISE": "debtor_id, account_id"}
    assert from_file == load_pseudonyms(load_settings(tmp_path, environ).settings) == SECRET


def test_no_id_is_a_pseudonym_unless_told(tmp_path: Path) -> None:
    assert load_pseudonyms(Settings(home=tmp_path)) is None


@pytest.mark.parametrize(
    ("place", "text", "says"),
    [
        (None, "", r"a key in \[privacy\] key_file or RECOBRO_PRIVACY_KEY, found none. Make one with"),
        ("data/key", KEY, "a key_file outside the workspace's data"),
        ("data/../data/lake/key", KEY, "a key_file outside the workspace's data"),
        ("short", "x" * 31, "a key of 32 bytes or more, found one of 31"),
        ("missing", None, "a key_file that can be read, found nothing to read at"),
    ],
)
def test_a_key_that_is_no_secret_is_refused(tmp_path: Path, place: str | None, text: str | None, says: str) -> None:
    if place and text is not None:
        (tmp_path / "data" / "lake").mkdir(parents=True)
        (tmp_path / place).write_text(text)
    with pytest.raises(ConfigurationError, match=says):
        load_pseudonyms(settings_of(tmp_path, key_file=place or ""))


@pytest.mark.parametrize("written", [f'key = "{KEY}"', "key = 123456"])
def test_a_key_in_the_configuration_file_is_refused_without_being_told(tmp_path: Path, written: str) -> None:
    (tmp_path / "recobro.toml").write_text(f"[privacy]\n{written}\n")
    with pytest.raises(ConfigurationError, match="RECOBRO_PRIVACY_KEY or a file of its own") as refused:
        load_settings(tmp_path, {})
    assert not any(secret in str(refused.value) for secret in (KEY, "123456"))


def test_no_listing_of_the_configuration_shows_the_key(tmp_path: Path) -> None:
    in_force = load_settings(tmp_path, {"RECOBRO_PRIVACY_KEY": KEY})
    assert KEY not in f"{in_force!r}{flatten(in_force.settings.model_dump(mode='json'))}"


@pytest.mark.parametrize(
    ("ids", "says"),
    [(("debtor",), "unknown id 'debtor'"), (("debtor_id",), "must go together"), (("portfolio_id",), "unk")],
)
def test_only_ids_that_can_be_pseudonyms_are_taken(tmp_path: Path, ids: tuple[str, ...], says: str) -> None:
    (tmp_path / "recobro.toml").write_text(f"[privacy]\npseudonymise = {list(ids)}\n")
    with pytest.raises(ConfigurationError, match=says):
        load_settings(tmp_path, {})


def loaded(lake: Path, pseudonyms: Pseudonyms | None) -> Path:
    check_pseudonyms(lake, pseudonyms)
    lake.mkdir(exist_ok=True)
    (lake / "manifest.json").write_text("{}")
    return lake


def test_the_lake_knows_the_key_by_its_fingerprint_alone(tmp_path: Path) -> None:
    lake = loaded(tmp_path / "lake", SECRET)
    check_pseudonyms(lake, SECRET)
    text = (lake / "pseudonyms.json").read_text()
    assert (KEY in text, SECRET.fingerprint in text) == (False, True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SECRET, Pseudonyms(IDS, b"y" * 32)),
        (SECRET, Pseudonyms((*IDS, "agent_id"), KEY.encode())),
        (SECRET, None),
        (None, SECRET),
    ],
)
def test_a_load_with_another_key_or_columns_is_refused(
    tmp_path: Path, first: Pseudonyms | None, second: Pseudonyms | None
) -> None:
    lake = loaded(tmp_path / "lake", first)
    with pytest.raises(SourceRefusedError, match=r"\[privacy\] as in the loads before"):
        check_pseudonyms(lake, second)


def test_a_first_load_that_was_refused_binds_nobody(tmp_path: Path) -> None:
    check_pseudonyms(tmp_path / "lake", SECRET)
    check_pseudonyms(tmp_path / "lake", Pseudonyms(IDS, b"y" * 32))
    check_pseudonyms(tmp_path / "lake", None)
    assert not list((tmp_path / "lake").iterdir())
