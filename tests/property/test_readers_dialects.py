from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.reader_samples import Loaded, write_files, write_workbook

from recobro_data.ingest.decide import decide_forms
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.row_rules import typed
from recobro_data.sources.files import open_source
from recobro_data.tables import TABLES

_SOME = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Whole loads cost a third of a second each.
_FEW = settings(_SOME, max_examples=5)
_HEADER = ["charge_id", "debtor_id", "due_on", "amount", "product"]
#: The 31st tells the order of day and month, the last amount the sign of decimals: ambiguous columns are tested apart.
_TELLING = (date(2026, 1, 31), Decimal("1234567.89"), "último")
Row = tuple[date, Decimal, str]
_rows = st.lists(
    st.tuples(
        st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        st.decimals("0.01", "9999999", places=2),
        st.text(st.sampled_from("aé ñ,;\"'|\t\n"), max_size=6),
    ),
    max_size=8,
)


def grouped(thousands: str, decimal: str) -> Callable[[Decimal], str]:
    return lambda value: f"{value:,.2f}".translate(str.maketrans(",.", thousands + decimal))


_DATES: dict[str, Callable[[date], str]] = {
    "dd/mm/yyyy": lambda day: f"{day:%d/%m/%Y}",
    "d-m-yyyy": lambda day: f"{day.day}-{day.month}-{day.year}",
    "mm/dd/yyyy": lambda day: f"{day:%m/%d/%Y}",
    "yyyymmdd": lambda day: f"{day:%Y%m%d}",
    "iso at midnight": lambda day: f"{day} 00:00:00",
    "iso": str,
}
_NUMBERS: dict[str, Callable[[Decimal], str]] = {
    "1234.56": str,
    "1234,56": lambda value: str(value).replace(".", ","),
    "1.234,56": grouped(".", ","),
    "1,234.56": grouped(",", "."),
    "1 234,56": grouped("\u00a0", ","),
    "1'234.56": grouped("'", "."),
}


@dataclass(frozen=True)
class Dialect:
    """One way to write a table as CSV."""

    dates: str
    numbers: str
    delimiter: str
    encoding: str
    end: str
    packed: bool
    quoting: int

    def write(self, rows: list[list[Any]]) -> dict[str, bytes]:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=self.delimiter, lineterminator=self.end, quoting=self.quoting).writerows(rows)
        content = stream.getvalue().encode(self.encoding)
        return {"charges.csv.gz": gzip.compress(content)} if self.packed else {"charges.csv": content}


_dialects = st.builds(
    Dialect,
    st.sampled_from(sorted(_DATES)),
    st.sampled_from(sorted(_NUMBERS)),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


def charges(rows: list[Row], on: Callable[[date], Any] = str, money: Callable[[Decimal], Any] = str) -> list[list[Any]]:
    written = enumerate([*rows, _TELLING])
    return [_HEADER, *([f"c{i}", "d1", on(day), money(amount), product] for i, (day, amount, product) in written)]


def load(folder: Path, files: dict[str, bytes]) -> Loaded:
    others = {
        "debtors.csv": b"debtor_id,country\nd1,PE\n",
        "payments.csv": b"payment_id,charge_id,paid_on,amount\np1,c0,2026-01-31,5\n",
    }
    return Loaded(write_files(folder / "source", others | files), folder / "home")


_FORMS = {"dd/mm/yyyy": "%d/%m/%Y", "mm/dd/yyyy": "%m/%d/%Y", "yyyy-mm-dd": "%Y-%m-%d"}


def read_as(text: str, form: str) -> date | None:
    """The day of a text in one form, None where it is not in that form."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        return None


CANONICAL = Dialect("iso", "1234.56", ",", "utf-8", "\n", packed=False, quoting=csv.QUOTE_MINIMAL)


def typed_rows(folder: Path, files: dict[str, bytes]) -> tuple[list[Any], Raw]:
    """The charges of these files in their types, and how they were read."""
    write_files(folder, files)
    with duckdb.connect(config={"temp_directory": str(folder / "spill"), "threads": 1}) as connection:
        opened = open_source(str(next(folder.glob("charges*"))), frozenset(TABLES))
        raw = decide_forms(connection, opened.read_raw(connection, "charges"))
        declared = [TABLES["charges"].column(name) for name in _HEADER]
        given = ", ".join(f"{raw_column(raw, column.name)} AS {column.name}" for column in declared)
        values = ", ".join(typed(column) for column in declared)
        query = f"SELECT {values} FROM (SELECT _seq, {given} FROM {raw.relation}) ORDER BY _seq"
        return connection.execute(query).fetchall(), raw


def expected(rows: list[Row]) -> list[Any]:
    written = enumerate([*rows, _TELLING])
    return [(f"c{i}", "d1", day, amount, product.strip(BLANKS) or None) for i, (day, amount, product) in written]


@_SOME
@given(rows=_rows, dialect=_dialects)
def test_every_value_is_the_same_in_every_dialect_and_form(rows: list[Row], dialect: Dialect) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = charges(rows, _DATES[dialect.dates], _NUMBERS[dialect.numbers])
        assert typed_rows(Path(folder), dialect.write(written))[0] == expected(rows)


@_SOME
@given(rows=_rows, in_cells=st.booleans(), form=st.sampled_from(sorted(_DATES)))
def test_every_value_is_the_same_in_a_workbook(rows: list[Row], in_cells: bool, form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = charges(rows, lambda day: day, float) if in_cells else charges(rows, _DATES[form], _NUMBERS["1.234,56"])
        write_workbook(Path(folder) / "charges.xlsx", {"Hoja1": cells})
        assert typed_rows(Path(folder), {})[0] == expected(rows)


@_FEW
@given(rows=_rows, dialect=_dialects)
def test_the_lake_is_the_same_from_every_dialect_and_form(rows: list[Row], dialect: Dialect) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        canonical = load(Path(one), CANONICAL.write(charges(rows)))
        written = charges(rows, _DATES[dialect.dates], _NUMBERS[dialect.numbers])
        loaded = load(Path(other), dialect.write(written))
        assert (loaded.rejected(), loaded.version) == ([], canonical.version)


@_SOME
@given(days=st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=1, max_size=9))
def test_no_column_is_read_in_two_forms(days: list[date]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = [f"{day:{list(_FORMS.values())[i % 3]}}" for i, day in enumerate(days)]
        rows = [_HEADER, *([f"c{i}", "d1", text, "5", ""] for i, text in enumerate(written))]
        found, raw = typed_rows(Path(folder), CANONICAL.write(rows))
        form = _FORMS[raw.forms["due_on"]]
        assert [row[2] for row in found] == [read_as(text, form) for text in written]
