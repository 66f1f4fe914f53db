"""A directory of canonical tables, loaded as `recobro ingest` loads it, from which any day's knowledge can be cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ibis

from recobro_data.books import Books, Placed, build_books, known_as_of, place_in_time
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Engine, Settings
from recobro_data.tables import TABLES

#: The committed sample beside the notebooks.
SAMPLE: Final = Path(__file__).resolve().parents[2] / "data" / "sample"


@dataclass(frozen=True)
class Portfolio:
    """Every table of a source with each debtor's clock applied; `as_of` is the day after the newest payment."""

    backend: ibis.BaseBackend
    placed: Placed
    as_of: date
    n_rejected: int

    @contextmanager
    def books(self, as_of: date) -> Iterator[Books]:
        """What the books said at the start of a day; later rows can not reach it. Gone when the block ends."""
        books = build_books(known_as_of(self.placed, as_of), self.backend)
        try:
            yield books
        finally:
            books.drop(self.backend)

    def days(self, *, every: int, n: int, before_end: int = 0) -> list[date]:
        """`n` as-of days, oldest first, `every` days apart, the last `before_end` days before the end."""
        last = self.as_of - timedelta(days=before_end)
        return [last - timedelta(days=every * step) for step in range(n - 1, -1, -1)]


def load_portfolio(source: Path) -> Portfolio:
    """Load a directory of canonical tables into memory; nothing is left on disk.

    Raises:
        SourceRefusedError: the directory breaks a table-level rule.
    """
    with TemporaryDirectory(prefix="recobro-notebook-") as home:
        settings = Settings(home=Path(home), engine=Engine(partitions=1))
        loaded = load_source(str(source), settings, validate=_without_page)
        lake = Lake(settings.lake_dir)
        backend = ibis.duckdb.connect(threads=settings.engine.threads, memory_limit=settings.engine.memory_limit)
        placed = place_in_time({name: lake.read(backend, name) for name in TABLES}, backend).keep_all()
        newest = lake.newest()
    rejected = sum(count.quarantined for count in loaded.tables.values())
    return Portfolio(backend, placed, newest.get("payments", max(newest.values())) + timedelta(days=1), rejected)


def _without_page(_connection: Any, _raws: Any, _settings: Any, folder: Path) -> Path:
    """Every row is checked all the same; only the page about it, which nobody would open here, is not written."""
    return folder
