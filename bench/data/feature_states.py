"""The files of `bench-features` as the books say: what is owed as of each day, and which payment paid which charge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis

from bench.data.feature_files import ALLOCATIONS, ATTEMPTS, CHARGES, MEMORY, PAYMENTS, PROMISES, files_of
from bench.data.measuring import THREADS
from bench.data.portfolio import write_portfolio
from recobro_data.books import build_books, known_as_of, place_in_time
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.tables import TABLES


def settings_of(folder: Path) -> Settings:
    """The settings of the workspace that was loaded."""
    environ = {"RECOBRO_ENGINE_MEMORY_LIMIT": MEMORY, "RECOBRO_ENGINE_THREADS": str(THREADS)}
    return load_settings(home=folder / "lake", environ=environ).settings


def prepare(folder: Path, n_debtors: int, days: Sequence[date]) -> None:
    """Write the source, load it, and write the states as of each day; what is there already is left as it is."""
    settings = settings_of(folder)
    if not (folder / "lake").is_dir():
        load_source(str(write_portfolio(folder / "source", n_debtors)), settings)
    lake = Lake(settings.lake_dir)
    for part in range(lake.partitions):
        missing = [day for day in days if not Path(files_of(folder, day, f"{part:03}").promises).is_file()]
        if missing:
            _write_part(lake, part, missing, folder)


def _write_part(lake: Lake, part: int, days: Sequence[date], folder: Path) -> None:
    backend = ibis.duckdb.connect(threads=THREADS, memory_limit=MEMORY)
    placed = place_in_time({name: lake.read(backend, name, part) for name in TABLES}, backend)
    payments = placed["payments"].mutate(amount=placed["payments"].amount.cast("float64"))
    for as_of in days:
        files = files_of(folder, as_of, f"{part:03}")
        Path(files.charges).parent.mkdir(parents=True, exist_ok=True)
        _write(backend, payments.select(*PAYMENTS), files.payments)
        _write(backend, placed["contact_attempts"].select(*ATTEMPTS), files.attempts)
        books = build_books(known_as_of(placed, as_of), backend)
        _write(backend, books.charges.select(*CHARGES), files.charges)
        _write(backend, books.allocations.select(*ALLOCATIONS), files.allocations)
        _write(backend, books.promises.select(*PROMISES), files.promises)
        books.drop(backend)
    backend.disconnect()


def _write(backend: ibis.BaseBackend, table: ibis.Table, path: str) -> None:
    if not Path(path).is_file():
        backend.to_parquet(table, path, compression="zstd")
