"""The lake: Parquet files of every canonical table, partitioned by a hash of the debtor and sorted by debtor.

All rows of a debtor lie in one partition of each table, so features can be computed a partition at a time. Payments and
disputes carry the `debtor_id` that follows from their charge or account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from recobro_data.errors import NoDataError, UsageError
from recobro_data.ingest.history import Past, find_past
from recobro_data.ingest.manifest import Manifest, check_files, load_manifest
from recobro_data.ingest.merge import FACTS
from recobro_data.ingest.sql import lake_columns
from recobro_data.ingest.states import Total, version_of
from recobro_data.tables import TABLES


class Lake:
    """What was in force when it was opened; a load that ends later does not change what it reads.

    `recorded_by` is an instant with an offset: the lake is then read exactly as it was in force at that instant, rows
    loaded later gone and the versions they replaced back.

    Example:
        >>> Lake(Path("/nowhere")).newest()
        {}

    Raises:
        UsageError: an instant without an offset.
        NoDataError: an instant before the lake kept history.
        RecobroError: the lake's manifest is damaged, or names a file that is missing when it is read.
    """

    def __init__(self, folder: Path, recorded_by: datetime | None = None) -> None:
        self.folder = folder
        self._manifest: Manifest | None = load_manifest(folder)
        self._past: Past | None = None
        if recorded_by is not None:
            self._manifest, self._past = find_past(folder, self._manifest, recorded_by)

    @property
    def version(self) -> str:
        """Digest of the content: equal for equal rows, whenever and in whatever order and shape they came.

        Raises:
            NoDataError: nothing is loaded, or nothing was at that instant.
        """
        if not any(self.rows(table) for table in TABLES):
            raise NoDataError("a loaded source", f"nothing in {self.folder}", "Run `recobro ingest SOURCE` first.")
        return version_of(self._totals())

    @property
    def in_force_at(self) -> datetime | None:
        """An instant by which the lake can be read again as it is read now; None where its history was not kept."""
        if self._past is not None:
            return datetime.fromisoformat(self._past.state.in_force_at)
        states = self._manifest.states if self._manifest else ()
        return datetime.fromisoformat(states[-1].in_force_at) if states else None

    @property
    def n_forgotten(self) -> int:
        """How many debtors were forgotten for good, whenever that was."""
        return len(self._manifest.forgotten.hashes.get("debtors", ())) if self._manifest else 0

    @property
    def partitions(self) -> int:
        """Number of partitions of every table; 0 where nothing is loaded."""
        return self._manifest.partitions if self._manifest else 0

    def rows(self, table: str) -> int:
        """How many rows a table has, without reading it."""
        return self._totals().get(table, (0, 0, 0))[0]

    def read(self, backend: Any, table: str, partition: int | None = None) -> Any:
        """An Ibis table of the declared columns (and `debtor_id`) in their lake types; empty where there is no row.

        `backend` is an `ibis.BaseBackend`. Money is DECIMAL(18,2) in major units, timestamps are in UTC.
        """
        paths = self._paths(table, partition)
        if self._past is not None:
            rows = self._past.read(backend, table, paths, partition)
            return _empty(table) if rows is None else rows
        if not paths:
            return _empty(table)
        return backend.read_parquet(paths).select(*lake_columns(TABLES[table]))

    def paths(self, table: str, partition: int | None = None) -> list[str]:
        """Absolute paths of the files of a table, or of one of its partitions, in the order of the partitions.

        Raises:
            KeyError: no canonical table of that name.
            UsageError: a past instant, and the table has changed since: no file holds just its rows.
        """
        if self._past is None or self._past.is_untouched(table):
            return self._paths(table, partition)
        if self.rows(table) == 0:
            return []
        since = self._past.state.in_force_at
        raise UsageError(f"{table} unchanged since {since}", "rows of later loads in its files", "Use `read` instead.")

    def newest(self) -> dict[str, date]:
        """The newest fact of each table that has dated facts and rows: issued, paid, attempted, promised, opened.

        Timestamps count by their day in UTC.
        """
        if self._past is None:
            return self._manifest.newest() if self._manifest else {}
        found = {table: self._past.newest(table, self._paths(table, None)) for table in FACTS if self.rows(table)}
        return {table: day for table, day in found.items() if day is not None}

    def _totals(self) -> Mapping[str, Total]:
        if self._past is not None:
            return self._past.state.totals
        return self._manifest.totals if self._manifest else {}

    def _paths(self, table: str, partition: int | None) -> list[str]:
        TABLES[table]
        parts = self._manifest.tables.get(table, {}) if self._manifest else {}
        numbers = parts if partition is None else [number for number in (partition,) if number in parts]
        check_files(self.folder, {parts[number].path for number in numbers})
        return [str((self.folder / parts[number].path).absolute()) for number in numbers]


def _empty(table: str) -> Any:
    import ibis
    import pyarrow as pa

    kinds = {
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
        "DECIMAL(18,2)": pa.decimal128(18, 2),
        "DOUBLE": pa.float64(),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in lake_columns(TABLES[table]).items()])
    return ibis.memtable(schema.empty_table())
