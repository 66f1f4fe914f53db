"""recobro in `bench-features`: its own feature functions over the states, and the whole way from the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
from ibis import _

from bench.data.feature_files import MEMORY, Files, files_of, parts_of
from bench.data.feature_states import settings_of
from bench.data.measuring import THREADS
from recobro_data.books import Books, Known, build_books, known_as_of, place_in_time
from recobro_data.books.numbers import Numbers
from recobro_data.lake import Lake
from recobro_data.tables import TABLES
from recobro_models.features import build_debtor_features
from recobro_models.snapshots import Snapshots


def features_alone(folder: Path, days: Sequence[date], out: Path) -> None:
    """The features from the states, a part at a time."""
    for part in parts_of(folder):
        backend = ibis.duckdb.connect(threads=THREADS, memory_limit=MEMORY)
        for as_of in days:
            books = _books_of(files_of(folder, as_of, part), backend)
            _write(backend, build_debtor_features(books), out / as_of.isoformat() / f"{part}.parquet")
        backend.disconnect()


def whole(folder: Path, days: Sequence[date], out: Path) -> None:
    """Books and features from the lake, in the pieces in which recobro itself reads it."""
    settings = settings_of(folder)
    lake = Lake(settings.lake_dir)
    for part in Snapshots(lake, settings).parts():
        backend = ibis.duckdb.connect(threads=THREADS, memory_limit=MEMORY)
        placed = place_in_time({name: lake.read(backend, name, part) for name in TABLES}, backend)
        for as_of in days:
            books = build_books(known_as_of(placed, as_of), backend)
            _write(backend, build_debtor_features(books), out / as_of.isoformat() / f"{part}.parquet")
            books.drop(backend)
        backend.disconnect()


def _books_of(files: Files, backend: ibis.BaseBackend) -> Books:
    """Books whose tables are files."""
    tables = {name: backend.read_parquet(path) for name, path in vars(files).items() if name != "as_of"}
    unused = ibis.memtable({"debtor_id": ["none"]})
    known = Known(
        as_of=files.as_of,
        numbers=Numbers({}, {}),
        debtors=unused,
        contact_points=unused,
        charges=unused,
        payments=tables["payments"].filter(_.paid_on < files.as_of),
        attempts=tables["attempts"].filter(_.attempted_on < files.as_of),
        promises=unused,
        disputes=unused,
    )
    charges = _with_days(tables["charges"], files.as_of)
    return Books(known=known, charges=charges, allocations=tables["allocations"], promises=tables["promises"])


def _with_days(charges: ibis.Table, as_of: date) -> ibis.Table:
    """What follows from a state, as the books have it."""
    day = ibis.date(as_of)
    return charges.mutate(
        is_open=charges.outstanding > 0,
        days_past_due=day.delta(charges.due_on, unit="day"),
        days_late=charges.paid_off_on.delta(charges.due_on, unit="day").cast("float64"),
        paid_off_days_ago=day.delta(charges.paid_off_on, unit="day").cast("float64"),
    )


def _write(backend: ibis.BaseBackend, features: ibis.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    backend.to_parquet(features, path)
