from __future__ import annotations

import duckdb
import pytest

from recobro_data.errors import ConfigurationError
from recobro_data.ingest.decide import check_form, decide_forms
from recobro_data.ingest.raw import ANY_OTHER, Raw, raw_column
from recobro_data.tables import TABLES


def decided(column: str, written: list[str], table: str = "charges", **given: object) -> tuple[list[str | None], Raw]:
    """The canonical texts of a column of these values, and the table after its forms were decided."""
    fixed = given.pop("fixed", {})
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TABLE raw_{table} (_seq BIGINT, _exact VARCHAR, c0 VARCHAR)")
    connection.executemany(f"INSERT INTO raw_{table} VALUES (?, ?, ?)", [(i, "0", v) for i, v in enumerate(written)])
    raw = decide_forms(connection, Raw(table, (column,), len(written), **given), fixed)  # type: ignore[arg-type]
    rows = connection.execute(f"SELECT {raw_column(raw, column)} FROM raw_{table} ORDER BY _seq").fetchall()
    return [row[0] for row in rows], raw


def fitting(values: list[str | None]) -> list[str | None]:
    """Without those that fit no form, which carry a remark."""
    return [value for value in values if value is None or "(" not in value]


@pytest.mark.parametrize(
    ("values", "form", "texts"),
    [
        (["2026-01-31", ""], "yyyy-mm-dd", ["2026-01-31", None]),
        (["2026-01-31 00:00:00", "2026-02-01"], "yyyy-mm-dd 00:00", ["2026-01-31", "2026-02-01"]),
        (["31/01/2026", "1/2/2026"], "dd/mm/yyyy", ["2026-01-31", "2026-02-01"]),
        (["31-01-2026", "01.02.2026"], "dd/mm/yyyy", ["2026-01-31", "2026-02-01"]),
        (["31/01/2026 00:00", "1/2/2026 0:00:00"], "dd/mm/yyyy", ["2026-01-31", "2026-02-01"]),
        (["2026/01/31", "2026/2/1"], "yyyy/mm/dd", ["2026-01-31", "2026-02-01"]),
        (["20260131", "20260201"], "yyyymmdd", ["2026-01-31", "2026-02-01"]),
        (["01/31/2026", "2/1/2026"], "mm/dd/yyyy", ["2026-01-31", "2026-02-01"]),
    ],
)
def test_dates_of_every_form_become_iso(values: list[str], form: str, texts: list[str | None]) -> None:
    found, raw = decided("due_on", values)
    assert (raw.forms["due_on"], found) == (form, texts)


@pytest.mark.parametrize(
    ("values", "form", "texts"),
    [
        (["1234.5", "-7", ".5", "1e3"], "1234.56", ["1234.5", "-7", ".5", "1e3"]),
        (["1234,5", "-7", "0,25"], "1234,56", ["1234.5", "-7", "0.25"]),
        (["1.234,5", "12.345.678", "50"], "1.234,56", ["1234.5", "12345678", "50"]),
        (["1,234.5", "12,345,678", "50"], "1,234.56", ["1234.5", "12345678", "50"]),
        (["1 234,5", "12\u00a0345\u202f678", "50"], "1 234,56", ["1234.5", "12345678", "50"]),
        (["1'234.5", "12’345’678", "50"], "1'234.56", ["1234.5", "12345678", "50"]),
        (["1,234", "2,500"], "1,234.56", ["1234", "2500"]),
        (["1,234", "0,500"], "1234,56", ["1.234", "0.500"]),
    ],
)
def test_numbers_of_every_form_become_plain(values: list[str], form: str, texts: list[str]) -> None:
    found, raw = decided("amount", values)
    assert (raw.forms["amount"], found) == (form, texts)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["2026-01-31T10:00Z", "2026-01-31 10:00"], ["2026-01-31T10:00Z", "2026-01-31 10:00"]),
        (["31/01/2026 9:30", "31/01/2026"], ["2026-01-31T09:30", "2026-01-31"]),
        (["31/01/2026 09:30:15 -05:00"], ["2026-01-31T09:30:15-05:00"]),
        (["2026/01/31T09:30Z"], ["2026-01-31T09:30Z"]),
    ],
)
def test_timestamps_keep_their_clock_and_offset(values: list[str], texts: list[str]) -> None:
    assert decided("made_at", values, "promises")[0] == texts


@pytest.mark.parametrize(
    ("column", "values", "kept"),
    [
        ("due_on", ["31/01/2026", "28/02/2026", "2026-03-01", "03/31/2026"], ["2026-01-31", "2026-02-28"]),
        ("due_on", ["2026-01-31", "2026-02-28", "31/01/2026"], ["2026-01-31", "2026-02-28", "31/01/2026"]),
        ("due_on", ["31/01/2026", "31/02/2026"], ["2026-01-31"]),
        ("amount", ["1.234,5", "2.345,5", "1234.5"], ["1234.5", "2345.5"]),
        ("amount", ["1,5", "2,5", "x", "1.5.5"], ["1.5", "2.5"]),
    ],
)
def test_no_row_is_read_in_another_form_than_its_column(column: str, values: list[str], kept: list[str]) -> None:
    assert fitting(decided(column, values)[0]) == kept


def test_a_form_that_fits_as_many_values_as_the_canonical_one_loses_to_it() -> None:
    assert decided("due_on", ["2026-01-31", "31/01/2026"])[1].forms["due_on"] == "yyyy-mm-dd"


def test_the_american_order_stands_only_where_it_fits_more() -> None:
    assert decided("due_on", ["31/01/2026", "01/31/2026"])[1].forms["due_on"] == "dd/mm/yyyy"
    assert decided("due_on", ["31/01/2026", "01/30/2026", "01/31/2026"])[1].forms["due_on"] == "mm/dd/yyyy"


def test_dates_that_can_be_read_two_ways_are_said_aloud() -> None:
    (note,) = decided("due_on", ["01/02/2026", "03/04/2026"])[1].notes
    assert "charges.due_on fits dd/mm/yyyy and mm/dd/yyyy alike and is read as dd/mm/yyyy" in note
    assert '`due_on = "mm/dd/yyyy"` under [charges.forms] of the mapping' in note


def test_three_digits_behind_every_point_are_decimals_and_said_aloud() -> None:
    found, raw = decided("amount", ["1.234", "950", "2.500"])
    assert found == ["1.234", "950", "2.500"]
    assert "three digits behind every point" in raw.notes[0]
    assert '`amount = "1.234,56"` under [charges.forms] of the mapping' in raw.notes[0]


def test_three_digits_behind_every_comma_are_thousands_and_said_aloud() -> None:
    assert "three digits behind every comma" in decided("amount", ["1,234"])[1].notes[0]


def test_a_column_in_a_form_of_its_own_is_noted_and_a_canonical_one_is_not() -> None:
    assert decided("due_on", ["31/01/2026"])[1].notes == ("charges.due_on is written dd/mm/yyyy",)
    assert decided("amount", ["1.5", "2.25"])[1].notes == ()


def test_a_form_that_is_fixed_is_not_decided() -> None:
    assert decided("due_on", ["01/02/2026"], fixed={"due_on": "mm/dd/yyyy"})[0] == ["2026-01-02"]
    assert decided("amount", ["1.234"], forms={"amount": "1.234,56"})[0] == ["1234"]


def test_a_fixed_zone_gives_the_offset_that_values_lack() -> None:
    fixed = {"made_at": "dd/mm/yyyy America/Lima"}
    found, raw = decided("made_at", ["31/01/2026 09:30", "31/01/2026 09:30Z"], "promises", fixed=fixed)
    assert found == ["2026-01-31 14:30:00+00", "2026-01-31T09:30Z"]
    assert raw.forms["made_at"] == "dd/mm/yyyy America/Lima"


def test_a_zone_alone_leaves_the_form_to_be_decided() -> None:
    raw = decided("made_at", ["13/01/2026 09:30"], "promises", fixed={"made_at": "America/Lima"})[1]
    assert raw.forms["made_at"] == "dd/mm/yyyy America/Lima"


@pytest.mark.parametrize("written", ["mm-dd", "America/Lima", ""])
def test_a_form_that_nobody_knows_is_refused_by_name(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a form of due_on \(yyyy-mm-dd, .*mm/dd/yyyy\), found"):
        check_form(TABLES["charges"].column("due_on"), written)


def test_told_values_and_constants_are_canonical_whatever_the_form() -> None:
    values = {"due_on": {"SIN FECHA": "2026-12-31", "-": ""}}
    given = ["31/01/2026", "SIN FECHA", "-", ""]
    found, raw = decided("due_on", given, values=values, constants={"due_on": "2027-01-01"})
    assert (raw.forms["due_on"], found) == ("dd/mm/yyyy", ["2026-01-31", "2026-12-31", "2027-01-01", "2027-01-01"])


def test_any_other_value_can_be_told_too() -> None:
    values = {"channel": {"TEL": "call", ANY_OTHER: "sms"}}
    assert decided("channel", ["TEL", "SMS 2", ""], "contact_points", values=values)[0] == ["call", "sms", None]


def test_a_column_goes_by_its_place_where_it_is_named_otherwise() -> None:
    raw = Raw("charges", ("importe", "amount", "due_on"), 0, names={"amount": 0, "product": 1})
    assert [raw.place(column) for column in ("amount", "product", "due_on", "issued_on")] == [0, 1, 2, None]


def test_a_cell_with_a_type_of_its_own_is_in_no_form() -> None:
    connection = duckdb.connect()
    rows = "(VALUES ('1', '1.234'), ('0', '1.234,5')) t(_exact, c0)"
    connection.execute(f"CREATE TABLE raw_charges AS SELECT * FROM {rows}")
    raw = decide_forms(connection, Raw("charges", ("amount",), 2, marked=True))
    texts = connection.execute(f"SELECT {raw_column(raw, 'amount')} FROM raw_charges").fetchall()
    assert (raw.forms["amount"], texts) == ("1.234,56", [("1.234",), ("1234.5",)])
