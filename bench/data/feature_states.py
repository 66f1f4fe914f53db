"""The files of `bench-features` as the books say: what is owed as of each day, and which payment paid which charge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import ibis

from bench.data.feature_files import (
    ALLOCATIONS,
    ATTEMPTS,
    CHARGES,
    MEMORY,
    PAYMENTS,
    PIECE_ROWS,
    PROMISES,
    Files,
    files_of,
)
from bench.data.measuring import THREADS
from bench.data.portfolio import write_portfolio
from recobro_data.books import Placed, build_books, known_as_of
from recobro_data.books.pieces import cut_pieces, place_pieces
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings


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
    with _connected() as backend:
        pieces = cut_pieces(lake, backend, at_most=PIECE_ROWS)
        names = [f"{piece.partition or 0:03}-{number:05}" for number, piece in enumerate(pieces)]
        for name, placed in zip(names, place_pieces(lake, backend, pieces, {}), strict=True):
            for as_of in days:
                if not Path(files_of(folder, as_of, name).promises).is_file():
                    _write_day(placed, backend, as_of, files_of(folder, as_of, name))


@contextmanager
def _connected() -> Iterator[ibis.BaseBackend]:
    backend = ibis.duckdb.connect(threads=THREADS, memory_limit=MEMORY)
    yield backend
    backend.disconnect()


def _write_day(placed: Placed, backend: ibis.BaseBackend, as_of: date, files: Files) -> None:
    Path(files.charges).parent.mkdir(parents=True, exist_ok=True)
    payments = placed["payments"]
    _write(backend, payments.mutate(amount=payments.amount.cast("float64")).select(*PAYMENTS), files.payments)
    _write(backend, placed["contact_attempts"].select(*ATTEMPTS), files.attempts)
    books = build_books(known_as_of(placed, as_of), backend)
    _write(backend, books.charges.select(*CHARGES), files.charges)
    _write(backend, books.allocations.select(*ALLOCATIONS), files.allocations)
    _write(backend, books.promises.select(*PROMISES), files.promises)
    books.drop(backend)


def _write(backend: ibis.BaseBackend, table: ibis.Table, path: str) -> None:
    if not Path(path).is_file():
        backend.to_parquet(table, path, compression="zstd")
