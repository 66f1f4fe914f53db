"""Where canonical rows come from. Every source gives each table as one relation of text, with the place of every row.

A directory holds one CSV (`T.csv`, `T.csv.gz`), one Parquet file (`T.parquet`) or one folder of Parquet parts (`T/`) a
table. Another kind of source is another class with `tables` and `read_raw`; nothing behind it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw, read_csv, read_parquet
from recobro_data.tables import TABLES

_SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")
_LAYOUT: Final = "one file (TABLE.csv, TABLE.csv.gz, TABLE.parquet or a folder TABLE/ of Parquet parts) for each table"


class Source(Protocol):
    """What a load reads from."""

    @property
    def name(self) -> str:
        """The source as its owner calls it."""
        ...

    def tables(self) -> tuple[str, ...]:
        """Canonical tables the source has, each after those it refers to."""
        ...

    def read_raw(self, connection: duckdb.DuckDBPyConnection, table: str) -> Raw:
        """Creates the relation `raw_TABLE` and says which columns it has.

        Raises:
            SourceRefusedError: the table can not be read.
        """
        ...


@dataclass(frozen=True)
class DirectorySource:
    """A directory of CSV and Parquet files; build it with `open_source`."""

    folder: Path
    places: Mapping[str, Path]

    @property
    def name(self) -> str:
        """The directory's path."""
        return str(self.folder)

    def tables(self) -> tuple[str, ...]:
        """Canonical tables the directory has."""
        return tuple(table for table in TABLES if table in self.places)

    def read_raw(self, connection: duckdb.DuckDBPyConnection, table: str) -> Raw:
        """The rows of one table as text.

        Raises:
            SourceRefusedError: a file is damaged, or its header names a column twice.
        """
        place = self.places[table]
        try:
            if place.name.endswith((".csv", ".csv.gz")):
                return read_csv(connection, table, place)
            parts = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
            return read_parquet(connection, table, parts)
        except (OSError, EOFError, UnicodeError, duckdb.IOException, duckdb.InvalidInputException) as error:
            found = f"{place.name} that breaks off or is damaged ({str(error).splitlines()[0]})"
            raise SourceRefusedError(
                f"a readable file for {table}", found, "Export the table again; nothing was loaded."
            ) from error


def open_source(source: str) -> Source:
    """The source of that name, with its required tables present.

    Raises:
        SourceRefusedError: no such directory, no table in it, a required table missing, or one given twice.
    """
    if "://" in source:
        raise SourceRefusedError(
            "a directory of CSV or Parquet files", f"the address {source.split('://')[0]}://…", "Export the tables."
        )
    folder = Path(source).expanduser()
    if not folder.is_dir():
        found = f"the file {source}" if folder.exists() else f"nothing at {source}"
        raise SourceRefusedError("a directory of CSV or Parquet files", found, "Name the directory of the tables.")
    return DirectorySource(folder, _places(folder))


def _places(folder: Path) -> dict[str, Path]:
    places = {table: _place(folder, table) for table in TABLES}
    given = {table: place for table, place in places.items() if place is not None}
    missing = [table.name for table in TABLES.values() if table.required and table.name not in given]
    if not given:
        raise SourceRefusedError(_LAYOUT, f"no table in {folder}", f"At least {', '.join(missing)} are needed.")
    if missing:
        raise SourceRefusedError(
            f"a file for {' and '.join(missing)}", f"only {', '.join(given)} in {folder}", "Add what is missing."
        )
    return given


def _place(folder: Path, table: str) -> Path | None:
    found = [folder / f"{table}{suffix}" for suffix in _SUFFIXES if (folder / f"{table}{suffix}").is_file()]
    if any((folder / table).glob("*.parquet")):
        found.append(folder / table)
    if len(found) > 1:
        names = " and ".join(place.name for place in found)
        raise SourceRefusedError(f"one file for {table}", names, "Keep the one that is meant, remove the other.")
    return found[0] if found else None


def check_columns(raw: Raw) -> None:
    """Refuses a table that lacks a required column, or that is required and has no row.

    Raises:
        SourceRefusedError: with the columns that are there, and the one that may have been meant.
    """
    table = TABLES[raw.table]
    if not raw.header and table.required:
        raise SourceRefusedError(f"rows in {raw.table}", "an empty file", "Export the table again; nothing was loaded.")
    missing = [column.name for column in table.columns if column.required and column.name not in raw.header]
    if missing and raw.header:
        found = f"{', '.join(raw.header)}{_meant(missing[0], raw.header)}"
        raise SourceRefusedError(
            f"the column {' and '.join(missing)} in {raw.table}", found, "Name the columns as the data dictionary does."
        )
    if table.required and raw.rows == 0:
        raise SourceRefusedError(
            f"rows in {raw.table}", "a header and nothing below it", "Export the table again; nothing was loaded."
        )


def _meant(missing: str, header: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    folded = {name.casefold().strip(): name for name in header}
    near = get_close_matches(missing, folded, n=1, cutoff=0.6)
    return f" (is `{folded[near[0]]}` meant?)" if near else ""


def raw_column(raw: Raw, name: str) -> str:
    """The SQL text of a declared column in a raw relation, blanks cut off, empty as NULL."""
    from recobro_data.ingest.formats import BLANKS

    if name not in raw.header:
        return "NULL::VARCHAR"
    place = raw.header.index(name)
    return f"nullif(trim(c{place}, {sql.text(BLANKS)}), '')"
