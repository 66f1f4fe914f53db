"""Rejected rows for people and programs to read: how many wait, which they are, and as files to be corrected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from recobro_data.errors import UsageError
from recobro_data.ingest import sql
from recobro_data.quarantine.exports import ExportForm, write_export
from recobro_data.quarantine.index import rejected_rows, rejecting_loads
from recobro_data.settings import Settings
from recobro_data.tables import TABLES

_IN_ORDER: Final = f'ORDER BY loaded_at DESC, load_id DESC, list_position({list(TABLES)}, "table"), file, line'


@dataclass(frozen=True)
class Chosen:
    """Which rejected rows are asked for: of one load or all, of one table, that broke one rule, open or any."""

    load_id: str | None = None
    table: str | None = None
    rule: str | None = None
    status: str | None = None

    @property
    def condition(self) -> str:
        """The same in SQL."""
        wanted = {"load_id": self.load_id, "table": self.table, "rule": self.rule, "status": self.status}
        given = [f"{sql.name(column)} = {sql.text(value)}" for column, value in wanted.items() if value is not None]
        return " AND ".join(given) or "true"


@dataclass(frozen=True)
class Count:
    """Rejected rows of one load, table and rule: `rows` is the sum of the three behind it."""

    load_id: str
    loaded_at: datetime
    table: str
    rule: str
    rows: int
    open: int
    superseded: int
    cleared: int


class Quarantine:
    """The rejected rows of a workspace.

    Example:
        >>> Quarantine(Settings(home=Path("/nowhere"))).counts()
        []
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def counts(self) -> list[Count]:
        """One row a load, table and rule; what is open comes first, then the newest load."""
        columns = ", ".join(f"count(*) FILTER (status = '{status}')" for status in ("open", "superseded", "cleared"))
        query = (
            f'SELECT load_id, epoch_us(any_value(loaded_at)), "table", rule, count(*), {columns} FROM {self._rows}'
            f' GROUP BY load_id, "table", rule'
            f" ORDER BY sum(count(*) FILTER (status = 'open')) OVER (PARTITION BY load_id) > 0 DESC, 2 DESC, load_id,"
            f' list_position({list(TABLES)}, "table"), rule'
        )
        with self._connected() as connection:
            return [
                Count(load_id, _instant(stamp), *rest) for load_id, stamp, *rest in connection.execute(query).fetchall()
            ]

    def find_load(self, named: str) -> str:
        """The id of a load, of which the first characters will do; `latest` is the newest with rejected rows.

        Raises:
            UsageError: no load of that name has rejected rows, or several begin so.
        """
        with self._connected() as connection:
            known = rejecting_loads(connection, self._settings.quarantine_dir)
        found = known[-1:] if named == "latest" else [one for one in known if one == named]
        found = found or [one for one in known if one.startswith(named)]
        if len(found) == 1:
            return found[0]
        said = f"{len(found)} that begin with {named!r}" if found else f"none called {named!r}"
        raise UsageError("a load with rejected rows", said, "`recobro quarantine list` shows every one.")

    def count(self, chosen: Chosen) -> int:
        """How many rejected rows are meant."""
        with self._connected() as connection:
            return sql.number(connection, f"SELECT count(*) FROM {self._rows} WHERE {chosen.condition}")

    def rows(self, chosen: Chosen, limit: int | None = None) -> list[dict[str, Any]]:
        """Rejected rows with load, place, value, rule, sentence and status, in the order of their lines."""
        columns = "* EXCLUDE (_forms) REPLACE (epoch_us(loaded_at) AS loaded_at)"
        query = f"SELECT {columns} FROM {self._rows} WHERE {chosen.condition} {_IN_ORDER}"
        with self._connected() as connection:
            cursor = connection.execute(query + (f" LIMIT {limit:d}" if limit is not None else ""))
            names = [column[0] for column in cursor.description or ()]
            return [_whole(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]

    def export(
        self, chosen: Chosen, folder: Path, *, form: ExportForm = "csv", say: Callable[[str], None] = lambda _: None
    ) -> dict[Path, int]:
        """Writes `TABLE.csv` or `TABLE.xlsx` into `folder` for each table with a chosen row; gives each file's rows.

        The columns are the source's own, then `_load, _file, _line, _rule, _message, _forms` (and `_text`), by which a
        corrected row is known again and read as its source was written. Every file is there whole, or none.

        Raises:
            UsageError: a file is in the way, or a sheet of a workbook can not hold the rows.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with self._connected() as connection:
            connection.execute(f"CREATE TEMP TABLE chosen AS SELECT * FROM {self._rows} WHERE {chosen.condition}")
            tables = [row[0] for row in connection.execute('SELECT DISTINCT "table" FROM chosen').fetchall()]
            paths = {table: folder / f"{table}.{form}" for table in TABLES if table in tables}
            for path in paths.values():
                if path.exists():
                    raise UsageError("a folder without these tables", f"{path}", "Name another folder with --out.")
            return _write_all(connection, paths, say)

    @property
    def _rows(self) -> str:
        return rejected_rows(self._settings.quarantine_dir)

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        engine = self._settings.engine
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": engine.threads,
            "memory_limit": engine.memory_limit,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection


def _instant(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp / 1_000_000, UTC)


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"loaded_at": _instant(row["loaded_at"]).isoformat(), "row": json.loads(row["row"])}


def _write_all(
    connection: duckdb.DuckDBPyConnection, paths: Mapping[str, Path], say: Callable[[str], None]
) -> dict[Path, int]:
    beside = {table: path.with_name(f".part.{path.name}") for table, path in paths.items()}
    rows = {}
    try:
        for table, path in paths.items():
            say(f"writing {table}")
            rows[path] = write_export(beside[table], connection, table, order=_IN_ORDER)
        for table, path in paths.items():
            beside[table].replace(path)
    finally:
        for part in beside.values():
            part.unlink(missing_ok=True)
    return rows
