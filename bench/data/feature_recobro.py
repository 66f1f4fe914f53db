"""recobro in `bench-features`: its own feature functions over the states, and the whole way from the lake."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from bench.data.feature_files import MEMORY, PIECE_ROWS, Files, files_of, pieces_of
from bench.data.feature_numbered import number_rows
from bench.data.feature_states import settings_of
from bench.data.measuring import THREADS
from recobro_data.books import Known, build_books, known_as_of
from recobro_data.lake import Lake
from recobro_models.features import build_debtor_features
from recobro_models.features.families import compute_debtor_features
from recobro_models.snapshots import Snapshots


def features_alone(folder: Path, days: Sequence[date], out: Path) -> None:
    """The features from the states, a piece at a time in each thread: their rows are numbered first."""
    # What was read of a file is not kept, here as in snapshots: it would grow from piece to piece.
    own = {"threads": 1, "memory_limit": MEMORY, "enable_external_file_cache": False}
    with duckdb.connect(config=own) as engine, ThreadPoolExecutor(THREADS) as pool:

        def write(piece: str) -> None:
            with engine.cursor() as connection:
                for as_of in days:
                    _write_features(files_of(folder, as_of, piece), connection, _place_for(out, as_of, piece))

        list(pool.map(write, pieces_of(folder)))


def _write_features(files: Files, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    debtor_ids, rows = number_rows(files, connection)
    debtors, features = compute_debtor_features(rows)
    pq.write_table(pa.table({"debtor_id": debtor_ids.take(pa.array(debtors)), **features}), path)


def whole(folder: Path, days: Sequence[date], out: Path) -> None:
    """Books and features from the lake, a piece at a time."""
    settings = settings_of(folder)
    for number, (placed, backend) in enumerate(Snapshots(Lake(settings.lake_dir), settings, PIECE_ROWS).placed()):
        for as_of in days:
            _write_day(known_as_of(placed, as_of), backend, _place_for(out, as_of, f"{number:05}"))


def _write_day(known: Known, backend: ibis.BaseBackend, path: Path) -> None:
    books = build_books(known, backend)
    backend.to_parquet(build_debtor_features(books), path)
    books.drop(backend)


def _place_for(out: Path, as_of: date, name: str) -> Path:
    path = out / as_of.isoformat() / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
