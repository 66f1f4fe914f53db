"""`mapping.toml`: what it says, what it refuses, and what it does to a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from recobro_data.errors import ConfigurationError, SourceRefusedError
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.settings import Settings
from recobro_data.sources.files import open_source
from recobro_data.sources.mapping import (
    NO_MAPPING,
    TableMapping,
    apply_mapping,
    check_tables,
    find_mapping,
    load_mapping,
)

WHOLE = """
[charges]
from = "cuotas"
keep = ["Obs"]
[charges.columns]
"Nro Cuota" = "charge_id"
[charges.constants]
currency = "PEN"
issued_on = 2026-01-31
amount = 10.5
[charges.forms]
due_on = "dd/mm/yyyy"
[contact_attempts.values.outcome]
COEF = "right_party"
"*" = "no_answer"
[contact_attempts.forms]
attempted_at = "America/Lima"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_is_read_as_it_is_written(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, WHOLE))
    charges = mapping.of("charges")
    assert (mapping.names, charges.keep) == ({"charges": "cuotas"}, ("Obs",))
    assert charges.constants == {"currency": "PEN", "issued_on": "2026-01-31", "amount": "10.5"}


def test_a_table_that_is_not_named_is_not_mapped() -> None:
    assert NO_MAPPING.of("charges") == TableMapping()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[charge]\n", r"canonical table, found `\[charge\]` in mapping.toml \(is `charges` meant\?\)"),
        ("charges = 3", r"a table `\[charges\]`.*found 3"),
        ("[charges]\nfron = 'x'", r"a key of a mapping, found `charges.fron`.*is `from` meant"),
        ("[charges]\nfrom = 3", r"valid string, found 3 for `charges.from`"),
        ("[charges.columns]\nx = 'amout'", r"column of charges, found 'amout' for `charges.columns.x`.*`amount` meant"),
        ("[charges.columns]\nx = 'amount'\ny = 'amount'", r"one source column for charges.amount, found `x` and `y`"),
        ("[charges.constants]\ncurency = 'PEN'", r"'curency' for `charges.constants.curency`.*is `currency` meant"),
        ("[charges.constants]\ncurrency = ['PEN']", r"valid string, found \['PEN'\] for `charges.constants.currency`"),
        ("[debtors.constants]\nkind = 'persona'", r"one of person, company, found 'persona'.*is `person` meant"),
        ("[contact_attempts.values.outcome]\nX = 'right'", r"'right' for `contact_attempts.values.outcome.X`"),
        ("[charges.values]\noutcome = {X = 'read'}", r"column of charges, found 'outcome'"),
        ("[charges.forms]\ndue_on = 'dd-yy'", r"a form of due_on \(.*dd/mm/yyyy.*found `dd-yy`"),
        ("[charges.forms]\namount = 'America/Lima'", r"a form of amount"),
        ("[charges", "mapping.toml in TOML"),
    ],
)
def test_what_a_mapping_can_not_mean_is_refused_with_what_may_be_meant(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^Expected .*{says}"):
        load_mapping(write(tmp_path, text))


def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing to read at .*mapping\.toml"):
        load_mapping(tmp_path / "mapping.toml")


def test_the_configured_mapping_stands_above_the_one_of_the_source(tmp_path: Path) -> None:
    own = write(tmp_path, WHOLE)
    plain, told = Settings(home=tmp_path), Settings(home=tmp_path, ingest={"mapping": "own.toml"})
    assert find_mapping(str(tmp_path), plain) == own
    assert find_mapping(str(tmp_path), told) == tmp_path / "own.toml"
    assert find_mapping("sqlite:///x", plain) is None


def raw_of(connection: duckdb.DuckDBPyConnection, header: tuple[str, ...], *rows: tuple[str, ...]) -> Raw:
    columns = ", ".join(f"c{place} VARCHAR" for place in range(len(header)))
    connection.execute(
        "CREATE TABLE raw_contact_attempts (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR, _text VARCHAR,"
        f" {columns})"
    )
    for seq, row in enumerate(rows, 1):
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO raw_contact_attempts VALUES ({seq}, 'x', {seq + 1}, NULL, NULL, {marks})", row)
    return Raw("contact_attempts", header, len(rows))


def test_names_values_and_constants_give_canonical_text() -> None:
    mapped = TableMapping(
        columns={"Res": "outcome"}, values={"outcome": {" COEF": "read"}}, constants={"channel": "sms"}
    )
    with duckdb.connect() as connection:
        raw = apply_mapping(raw_of(connection, ("Res", "channel"), ("COEF ", ""), ("failed", "call")), mapped)
        given = ", ".join(raw_column(raw, name) for name in ("outcome", "channel", "agent_id"))
        rows = connection.execute(f"SELECT {given} FROM {raw.relation} ORDER BY _seq").fetchall()
    assert rows == [("read", "sms", None), ("failed", "call", None)]


@pytest.mark.parametrize(
    "mapped", [{"columns": {"Resultado": "outcome"}}, {"keep": ("resultadO",)}, {"drop": ("Resultados",)}]
)
def test_a_column_that_the_table_does_not_have_is_named_with_those_it_has(mapped: Any) -> None:
    raw = Raw("contact_attempts", ("resultado", "x"), 1)
    with pytest.raises(SourceRefusedError, match=r"the column `.*` in contact_attempts.*found resultado, x \(is `res"):
        apply_mapping(raw, TableMapping(**mapped))


def test_an_empty_file_is_left_to_the_check_of_columns() -> None:
    raw = Raw("charges", (), 0)
    assert apply_mapping(raw, TableMapping(columns={"x": "amount"})) == raw


def test_a_table_that_only_the_mapping_has_is_refused(tmp_path: Path) -> None:
    for name in ("debtors", "charges", "payments"):
        (tmp_path / f"{name}.csv").write_text("a\n1\n")
    mapping = load_mapping(write(tmp_path, '[promises]\nfrom = "pdp"\n'))
    with pytest.raises(SourceRefusedError, match=r"`pdp` for promises, as .*mapping\.toml says, found none in"):
        check_tables(open_source(str(tmp_path)), mapping)
