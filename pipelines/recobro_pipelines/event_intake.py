"""The night's taking of events: what the API was told by day goes into the lake as a load, with its rules.

Where a crash came between the load and the store's learning of it, the load is made again and finds its rows unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from recobro_data.ingest.places import table_places
from recobro_data.lake_rows import LakeRows
from recobro_data.load import LoadReport, load_source
from recobro_data.privacy.pseudonyms import check_pseudonyms, load_pseudonyms
from recobro_data.settings import Settings
from recobro_data.sources.files import FileSource
from recobro_data.store import Store
from recobro_data.store.owners import row_key
from recobro_data.store.statements import merge_rows
from recobro_data.tables import TABLES
from recobro_pipelines.demo_mark import own_rows

#: Events taken together: a long day is taken in several loads.
_BATCH: Final = 200_000
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Intake:
    """What the taking came to: events and their loads, values that the source's word stood against, events removed."""

    n_events: int
    loads: tuple[LoadReport, ...]
    n_overruled: int
    n_removed: int

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "events": self.n_events,
            "loads": [load.to_json() for load in self.loads],
            "overruled": self.n_overruled,
            "removed": self.n_removed,
        }


def take_events(settings: Settings, store: Store) -> Intake:
    """Brings every event that was committed by now into the lake; the caller holds the workspace's lock.

    An event tells more of a row that the lake has, or something stricter; where it tells something else, the row that
    the source gave stands.

    Raises:
        SourceRefusedError: the lake's ids are pseudonyms under another key.
    """
    loads, n_events, n_overruled, n_removed = list[LoadReport](), 0, 0, 0
    until = store.events.last_seq()  # what comes from here on waits for the next night, or this one would never end
    while (untaken := store.events.untaken(at_most=_BATCH, until=until)).n_events:
        check_pseudonyms(settings.lake_dir, load_pseudonyms(settings))
        tables, overruled = _merged(untaken.tables, LakeRows(settings.lake_dir))
        with own_rows(settings):
            loads.append(_load(tables, settings))
        # Only now: what is marked before the lake has it would be lost by a crash in between.
        n_removed += store.events.mark_taken(untaken.through, keep_days=settings.serving.event_keep_days)
        n_events += untaken.n_events
        n_overruled += overruled
    return Intake(n_events, tuple(loads), n_overruled, n_removed)


def _merged(tables: Rows, lake: LakeRows) -> tuple[Rows, int]:
    """The rows as the lake shall have them, and how many values of events the lake's rows stood against."""
    merged: dict[str, list[Mapping[str, Any]]] = {}
    n_overruled = 0
    for table, rows in tables.items():
        keys = [[row[column] for column in TABLES[table].key] for row in rows]
        held = lake.rows(table, keys)
        merged[table] = []
        for key, row in zip(keys, rows, strict=True):
            known = held.get(row_key(key))
            whole, overruled = merge_rows(table, known, row) if known else (row, 0)
            n_overruled += overruled
            merged[table].append(whole)
    return merged, n_overruled


def _load(tables: Rows, settings: Settings) -> LoadReport:
    """One load of all of it; single rows that are refused go to quarantine, however many they are."""
    each_by_itself = settings.ingest.model_copy(update={"max_bad_share": 1.0})
    with TemporaryDirectory(prefix="recobro-events-") as name:
        folder = Path(name)
        for table, rows in tables.items():
            _write(folder / f"{table}.parquet", table, rows)
        source = FileSource(folder, table_places(folder, {}))
        return load_source(source, settings.model_copy(update={"ingest": each_by_itself}))


def _write(path: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: pa.array([_text(row[name]) for row in rows], pa.string()) for name in TABLES[table].names}
    pq.write_table(pa.table(columns), path)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower()
