"""Where canonical rows come from. Every source gives each table as one relation of text, with the place of every row.

A directory holds one CSV (`T.csv`, `T.csv.gz`), one Parquet file (`T.parquet`), one folder of Parquet parts (`T/`), one
workbook (`T.xlsx`) or one sheet of any other workbook a table. A single such file is a source too where the lake holds
the rest. Another kind of source is another class with `tables` and `read_raw`; nothing behind it changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest.csv_files import read_csv
from recobro_data.ingest.parquet_files import read_parquet
from recobro_data.ingest.places import Place, find_places, table_places, written_names
from recobro_data.ingest.raw import Raw
from recobro_data.ingest.raw import raw_column as raw_column
from recobro_data.ingest.workbook import read_sheet
from recobro_data.quarantine.corrections import build_plain
from recobro_data.tables import TABLES

_LAYOUT: Final = (
    "one file (TABLE.csv, TABLE.csv.gz, TABLE.parquet, TABLE.xlsx or a folder TABLE/ of Parquet parts) or one sheet of"
    " a workbook for each table"
)
_MAPPING: Final = "where the source has names of its own, `recobro ingest SOURCE --suggest-mapping` writes a mapping."
_NAMES: Final[Mapping[str, str]] = {}


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
class FileSource:
    """A directory of files, or one file; build it with `open_source`."""

    path: Path
    places: Mapping[str, Place]

    @property
    def name(self) -> str:
        """The path of the directory or file."""
        return str(self.path)

    @property
    def is_single(self) -> bool:
        """Whether it is one file with one table: a day's payments, or an export of rejected rows that was corrected."""
        return len(self.places) == 1 and not self.path.is_dir()

    def tables(self) -> tuple[str, ...]:
        """Canonical tables the source has."""
        return tuple(table for table in TABLES if table in self.places)

    def read_raw(self, connection: duckdb.DuckDBPyConnection, table: str) -> Raw:
        """The rows of one table as text.

        Raises:
            SourceRefusedError: a file is damaged or gone, or its header names a column twice.
        """
        place = self.places[table]
        try:
            return build_plain(connection, _read(connection, table, place))
        except (OSError, EOFError, UnicodeError, zlib.error, duckdb.Error) as error:
            if not place.path.exists():
                found = f"{place.path.name} that was there when the load began and is gone"
            elif _is_about_the_file(error):
                found = f"{place.path.name} that breaks off or is damaged ({str(error).splitlines()[0]})"
            else:
                raise
            raise SourceRefusedError(
                f"a readable file for {table}", found, "Export the table again; nothing was loaded."
            ) from error


def _read(connection: duckdb.DuckDBPyConnection, table: str, place: Place) -> Raw:
    if place.sheet is not None:
        return read_sheet(connection, table, place.path, sheet=place.sheet)
    if place.path.name.endswith((".csv", ".csv.gz")):
        return read_csv(connection, table, place.path)
    return read_parquet(connection, table, place.parts() if place.path.is_dir() else [place.path])


def _is_about_the_file(error: BaseException) -> bool:
    """Not where the machine is at its end: no room left on the disk, or no memory."""
    ours = ("No space left", "could not allocate", "failed to offload", "Could not write")
    return not isinstance(error, duckdb.OutOfMemoryException) and not any(one in str(error) for one in ours)


def open_source(
    source: str, held: frozenset[str] = frozenset(), *, written_as: Mapping[str, str] = _NAMES
) -> FileSource:
    """The source of that name, with its required tables present.

    `held` names the tables of which the lake has rows: a single file may leave them out, a directory may not.
    `written_as` says what a canonical table is called in the source (file without suffix, or sheet), where it differs.

    Raises:
        SourceRefusedError: no such place, no table in it, a required table missing, one given twice, or one that lies
            outside the directory.
    """
    if "://" in source:
        raise SourceRefusedError(
            "a directory of CSV or Parquet files", f"the address {source.split('://')[0]}://…", "Export the tables."
        )
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            return FileSource(path, _checked(path, table_places(path, written_as), frozenset()))
        if path.is_file() and (places := find_places(path, written_as) or find_places(path, _NAMES)):
            return FileSource(path, _checked(path, places, held))
        raise _no_table(path)
    except OSError as error:
        found = f"{source} that can not be opened ({error.strerror})"
        raise SourceRefusedError("a directory or file that opens", found, "See to its permissions.") from error


def _no_table(path: Path) -> SourceRefusedError:
    sheets = written_names(path)[:-1] if path.is_file() and path.suffix.casefold() == ".xlsx" else ()
    found = f"the file {path}{' with the sheets ' + ', '.join(sheets) if sheets else ''}"
    return SourceRefusedError(
        "a directory of CSV or Parquet files, a workbook, or one file named as its table",
        found if path.exists() else f"nothing at {path}",
        f"Tables are called {', '.join(TABLES)}; {_MAPPING if path.exists() else 'name where they lie.'}",
    )


def _checked(path: Path, places: dict[str, Place], held: frozenset[str]) -> dict[str, Place]:
    needed = [table.name for table in TABLES.values() if table.required]
    missing = [name for name in needed if name not in places and name not in held]
    if not places:
        names = ", ".join(written_names(path))
        found = f"no table in {path}{f', only {names}' if names else ''}"
        raise SourceRefusedError(_LAYOUT, found, f"At least {', '.join(needed)} are needed; {_MAPPING}")
    if missing:
        found = f"only {', '.join(places)} in {path}"
        alone = "; where the lake holds the rest, load file by file" if path.is_dir() else ""
        raise SourceRefusedError(f"a file for {' and '.join(missing)}", found, f"Add what is missing{alone}.")
    return places


def check_columns(raw: Raw) -> None:
    """Refuses a table that lacks a required column, or that is required and has no row.

    Raises:
        SourceRefusedError: with the columns that are there, and the one that may have been meant.
    """
    table = TABLES[raw.table]
    if not raw.header and table.required:
        raise SourceRefusedError(f"rows in {raw.table}", "an empty file", "Export the table again; nothing was loaded.")
    missing = [column.name for column in table.columns if column.required and not raw.has(column.name)]
    if missing and raw.header:
        found = f"{', '.join(raw.header)}{_meant(missing[0], raw.header)}"
        raise SourceRefusedError(
            f"the column {' and '.join(missing)} in {raw.table}",
            found,
            f"Name the columns as the data dictionary does; {_MAPPING}",
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
