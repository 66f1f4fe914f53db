"""The lake: Parquet files of every canonical table, partitioned by a hash of the debtor and sorted by debtor.

All rows of a debtor lie in one partition of each table, so features can be computed a partition at a time. Payments and
disputes carry the `debtor_id` that follows from their charge or account.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from recobro_data.errors import NoDataError
from recobro_data.ingest.manifest import Manifest, load_manifest
from recobro_data.ingest.sql import lake_columns
from recobro_data.tables import TABLES


class Lake:
    """What was in force when it was opened; a load that ends later does not change what it reads.

    Example:
        >>> Lake(Path("/nowhere")).newest()
        {}
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifest: Manifest | None = load_manifest(folder)

    @property
    def version(self) -> str:
        """Digest of the content: equal for equal rows, whenever and in whatever order and shape they came.

        Raises:
            NoDataError: nothing is loaded.
        """
        if self._manifest is None or self._manifest.rows == 0:
            raise NoDataError("a loaded source", f"nothing in {self.folder}", "Run `recobro ingest SOURCE` first.")
        return self._manifest.version

    @property
    def partitions(self) -> int:
        """Number of partitions of every table; 0 where nothing is loaded."""
        return self._manifest.partitions if self._manifest else 0

    def read(self, backend: Any, table: str, partition: int | None = None) -> Any:
        """An Ibis table of the declared columns (and `debtor_id`) in their lake types; empty where there is no row.

        `backend` is an `ibis.BaseBackend`. Money is DECIMAL(18,2) in major units, timestamps are in UTC.
        """
        paths = self.paths(table, partition)
        if not paths:
            return _empty(table)
        return backend.read_parquet(paths).select(*lake_columns(TABLES[table]))

    def paths(self, table: str, partition: int | None = None) -> list[str]:
        """Absolute paths of the files of a table, or of one of its partitions, in the order of the partitions.

        Raises:
            KeyError: no canonical table of that name.
        """
        TABLES[table]
        parts = self._manifest.tables.get(table, {}) if self._manifest else {}
        numbers = parts if partition is None else [number for number in (partition,) if number in parts]
        return [str((self.folder / parts[number].path).absolute()) for number in numbers]

    def newest(self) -> dict[str, date]:
        """The newest fact of each table that has dated facts and rows: issued, paid, attempted, promised, opened.

        Timestamps count by their day in UTC.
        """
        return self._manifest.newest() if self._manifest else {}


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
