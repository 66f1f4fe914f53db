"""Columns that look personal: which are found, which are dropped, and what stays of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.privacy.columns import drop_personal, personal_columns
from recobro_data.privacy.national_ids import NATIONAL_IDS
from recobro_data.privacy.personal import looks_like
from recobro_data.sources.mapping import TableMapping
from recobro_data.tables import TABLES

MADE_UP = {
    "a RUC": ["20100070970", "20131312955", "10456789124"],
    "a NIT": ["800.197.268-4", "899.999.063-3", "860002964-4"],
    "a RUT": ["12.345.678-5", "11111111-1", "7.654.321-6"],
    "a CURP": ["HEGG560427MVZRRL04", "BADD110313HCMLNS09", "SABC560626MDFLRN01"],
    "an RFC": ["GODE561231GR8", "AAA010101AAA", "SAT970701NN3"],
    "a CPF": ["529.982.247-25", "11144477735", "123.456.789-09"],
    "a CNPJ": ["11.222.333/0001-81", "12.ABC.345/01DE-35", "00000000000191"],
    "a bank card": ["4111 1111 1111 1111", "5500005555555559", "378282246310005"],
    "an e-mail address": ["ana@correo.pe", "x.y@empresa.com.br", "k_1@sub.dominio.mx"],
    "a phone number": ["+51 987 654 321", "(011) 4321-5678", "+55 11 98765-4321"],
    "an address": ["Av. Los Olivos 123", "Calle 45 # 12-30", "Rua Augusta, 1500"],
    "a birth date": ["1980-05-17", "12/11/1975", "2001-02-28 00:00:00"],
    "a name": ["María Quispe Flores", "JUAN PEREZ", "João da Silva"],
}


@pytest.mark.parametrize("what", MADE_UP)
def test_values_tell_what_a_column_is_whatever_its_name(what: str) -> None:
    assert looks_like("columna_7", MADE_UP[what]) == what


@pytest.mark.parametrize("what", NATIONAL_IDS)
def test_one_wrong_digit_makes_no_national_id(what: str) -> None:
    test = NATIONAL_IDS[what]
    wrong = [value[:-1] + str((int(value[-1]) + 1) % 10) for value in MADE_UP[what] if value[-1].isdigit()]
    assert wrong
    assert not any(map(test, wrong))


@pytest.mark.parametrize(
    ("header", "values", "what"),
    [
        ("Teléfono 2", ["987654321", "014567890"], "a phone number"),
        ("DNI", ["45678912"], "a national id"),
        ("fecha_nacimiento", [], "a birth date"),
        ("Endereço", ["x"], "an address"),
        ("razonSocial", ["Comercial Andina SAC"], "a name"),
        ("correo electrónico", ["(no tiene)"], "an e-mail address"),
        ("CLABE", ["032180000118359719"], "a bank account"),
    ],
)
def test_a_name_of_a_column_tells_in_three_languages(header: str, values: list[str], what: str) -> None:
    assert looks_like(header, values) == what


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("nombre_producto", ["Tarjeta Oro"]),
        ("tipo_documento", ["DNI", "RUC"]),
        ("email_valido", ["true", "false"]),
        ("tiene telefono", ["1", "0"]),
        ("monto_vencido", ["45678912", "9876543", "12345678"]),
        ("fecha_castigo", ["2025-01-31", "2024-12-31", "2025-03-31"]),
        ("nro_factura", ["F001-22", "F001-23", "F001-24"]),
        ("whatsapp", ["true", "false"]),
        ("score", ["0.12", "0.55", "0.99"]),
        ("observaciones", ["paga el lunes", "no contesta", "llamar luego"]),
        ("agencia_nombre", ["Lima Centro"]),
    ],
)
def test_what_is_nobodys_is_left_in_peace(header: str, values: list[str]) -> None:
    assert looks_like(header, values) is None


HEADER = ("debtor_id", "Teléfono", "country", "correo", "score", "portfolio_id")
ROWS = [(f"K{i}", f"98765432{i}", "PE", f"a{i}@x.pe", f"0.{i}", "b") for i in range(5)]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        yield one


def raw_of(
    connection: duckdb.DuckDBPyConnection, header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS
) -> Raw:
    columns = ", ".join(f"c{place} VARCHAR" for place in range(len(header)))
    connection.execute(
        f"CREATE TABLE raw_debtors (_seq BIGINT, _file VARCHAR, _line BIGINT, _fault VARCHAR, _text VARCHAR, {columns})"
    )
    marks = ", ".join("?" for _ in header)
    for seq, row in enumerate(rows, 1):
        connection.execute(f"INSERT INTO raw_debtors VALUES ({seq}, 'f', {seq + 1}, NULL, NULL, {marks})", list(row))
    return Raw("debtors", tuple(header), len(rows))


def test_findings_say_where_what_and_whether_it_was_dropped(connection: duckdb.DuckDBPyConnection) -> None:
    findings = personal_columns(connection, raw_of(connection), {"correo"})
    assert [(one.column, one.looks_like, one.dropped) for one in findings] == [
        ("Teléfono", "a phone number", True),
        ("correo", "an e-mail address", False),
    ]


def test_what_looks_personal_is_nowhere_in_the_table_after_it(connection: duckdb.DuckDBPyConnection) -> None:
    raw = drop_personal(connection, raw_of(connection), TableMapping())
    whole = str(connection.execute(f"SELECT * FROM {raw.relation}").fetchall())
    assert (raw.header, raw.rows) == (("debtor_id", "country", "score", "portfolio_id"), 5)
    assert not any(value in whole for row in ROWS for value in (row[1], row[3]))


def test_the_columns_that_stay_keep_their_values(connection: duckdb.DuckDBPyConnection) -> None:
    raw = drop_personal(connection, raw_of(connection), TableMapping(columns={}))
    given = ", ".join(raw_column(raw, name) for name in ("debtor_id", "country", "portfolio_id"))
    rows = connection.execute(f"SELECT {given} FROM {raw.relation} ORDER BY _seq").fetchall()
    assert rows == [(row[0], "PE", "b") for row in ROWS]


def test_names_and_marks_follow_their_columns(connection: duckdb.DuckDBPyConnection) -> None:
    from dataclasses import replace

    raw = raw_of(connection, ("Celular", "cod", "pais", "x"), [("987654321", "K1", "PE", "1")])
    connection.execute("ALTER TABLE raw_debtors ADD COLUMN _exact VARCHAR DEFAULT '0011'")
    raw = replace(raw, names={"debtor_id": 1, "country": 2}, exact=frozenset((0, 3)), marked=True)
    after = drop_personal(connection, raw, TableMapping())
    assert (dict(after.names), after.exact) == ({"debtor_id": 0, "country": 1}, frozenset((2,)))
    assert connection.execute("SELECT _exact, c0, c1, c2 FROM raw_debtors").fetchall() == [("011", "K1", "PE", "1")]


def test_a_row_that_could_not_be_read_is_withheld_where_columns_were_dropped(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    raw = raw_of(connection)
    connection.execute(
        "UPDATE raw_debtors SET _fault = 'torn', _text = 'K1,987654321', c0 = '987654321' WHERE _seq = 2"
    )
    drop_personal(connection, raw, TableMapping())
    row = connection.execute("SELECT _fault, _text, c0, c1, c2, c3 FROM raw_debtors WHERE _seq = 2").fetchone()
    assert row == ("torn", "(withheld: the source's table has personal columns)", "", "", "", "")


def test_the_mapping_keeps_and_drops(connection: duckdb.DuckDBPyConnection) -> None:
    mapped = TableMapping(keep=("Teléfono", "correo"), drop=("score",))
    raw = drop_personal(connection, raw_of(connection), mapped)
    assert raw.header == ("debtor_id", "Teléfono", "country", "correo", "portfolio_id")
    assert raw.notes[0] == "debtors.Teléfono looks like a phone number and was kept, as the mapping says"


def test_a_column_can_not_be_mapped_and_dropped(connection: duckdb.DuckDBPyConnection) -> None:
    mapped = TableMapping(columns={"score": "region"}, drop=("score",))
    with pytest.raises(SourceRefusedError, match="`score` of debtors either mapped or dropped"):
        drop_personal(connection, raw_of(connection), mapped)


def test_an_id_that_is_a_national_id_is_told_and_kept(connection: duckdb.DuckDBPyConnection) -> None:
    raw = raw_of(connection, ("debtor_id", "country"), [(one, "BR") for one in MADE_UP["a CPF"]])
    after = drop_personal(connection, raw, TableMapping())
    assert after.header == ("debtor_id", "country")
    assert after.notes == (
        "debtors.debtor_id looks like a CPF and is needed;"
        " [privacy] pseudonymise turns ids into pseudonyms before anything is written",
    )


def test_a_note_tells_how_to_keep_a_column(connection: duckdb.DuckDBPyConnection) -> None:
    raw = drop_personal(connection, raw_of(connection), TableMapping(keep=("correo",)))
    assert raw.notes[0].endswith('was dropped; a mapping keeps it with keep = ["Teléfono"]')


@pytest.mark.parametrize("table", TABLES)
def test_no_canonical_column_is_ever_dropped(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    names = TABLES[table].names
    columns = ", ".join(f"'a{i}@x.pe' AS c{i}" for i in range(len(names)))
    own = "range AS _seq, range + 2 AS _line, NULL AS _fault"
    connection.execute(f"CREATE TABLE raw_{table} AS SELECT {own}, {columns} FROM range(5)")
    assert not any(one.dropped for one in personal_columns(connection, Raw(table, names, 5)))
