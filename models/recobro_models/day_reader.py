"""What is known of some debtors at the start of a day, from rows in memory: for who asks often and about few.

The same books and the same features as those of a lake, in the same queries; they are compiled for a day when it is
first asked for, and then only filled with other rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from typing import Final

import ibis
import pandas as pd
import pyarrow as pa

from recobro_data.books import known_as_of, place_in_time
from recobro_data.books.reused import Compiled, ReusedBooks
from recobro_data.given import ARROW_TYPES
from recobro_data.ingest.sql import lake_columns
from recobro_data.settings import Settings
from recobro_data.tables import TABLES
from recobro_models.features import build_debtor_features
from recobro_models.snapshots import DayRows, build_day_rows, day_tables

#: Days whose queries are kept: most callers ask for today, some replay a few.
_DAYS: Final = 16
_NONE: Final = pd.DataFrame(columns=["portfolio_id", "n_settled", "first_issued_on"])


class DayReader:
    """Reads canonical rows that are handed to it. One caller at a time; `close` gives its memory back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._backend = ibis.duckdb.connect(threads=1, memory_limit=settings.engine.memory_limit)
        nothing = {
            name: pa.schema([(column, ARROW_TYPES[kind]) for column, kind in lake_columns(table).items()]).empty_table()
            for name, table in TABLES.items()
        }
        self._fill(nothing)
        given = {name: self._backend.table(f"given_{name}") for name in TABLES}
        self._placed = place_in_time(given, self._backend, rates=settings.rates, anywhere=True)
        self._compiled: OrderedDict[date, Compiled] = OrderedDict()

    def close(self) -> None:
        """Gives back the engine."""
        self._backend.disconnect()

    def read(self, tables: Mapping[str, pa.Table], as_of: date) -> DayRows:
        """What a plan as of a day needs to know of these debtors, but for their `portfolios`: a few debtors are none.

        `tables` are all canonical ones, as the lake has them.
        """
        self._fill(tables)
        self._placed.turn()
        compiled = self._compiled_for(as_of)
        books = ReusedBooks.of(known_as_of(self._placed, as_of), self._backend, compiled)
        if compiled.read:
            self._refresh(books)
        else:
            asked = day_tables(books, self._settings)
            del asked["portfolios"]
            compiled.read.update({name: self._backend.compile(table) for name, table in asked.items()})
        frames = {name: self._frame(sql) for name, sql in compiled.read.items()}
        return build_day_rows({**frames, "portfolios": _NONE}, as_of)

    def _compiled_for(self, as_of: date) -> Compiled:
        compiled = self._compiled.pop(as_of, None) or Compiled()
        self._compiled[as_of] = compiled
        if len(self._compiled) > _DAYS:
            self._compiled.popitem(last=False)
        return compiled

    def _fill(self, tables: Mapping[str, pa.Table]) -> None:
        for name in TABLES:
            self._backend.con.register(f"given_{name}", tables[name])

    def _refresh(self, books: ReusedBooks) -> None:
        """Everything that the compiled queries read, of the rows that are there now."""
        for name in TABLES:
            if name != "payments":
                self._placed[name]
        build_debtor_features(books)
        _ = books.open_charges, books.promises

    def _frame(self, sql: str) -> pd.DataFrame:
        rows = self._backend.con.execute(sql).to_arrow_table()
        dates = {field.name for field in rows.schema if pa.types.is_date(field.type)}
        # Days as pandas has them: as objects they are no days to it where all are missing.
        columns = {
            name: rows[name].cast(pa.timestamp("s")) if name in dates else rows[name] for name in rows.column_names
        }
        frame: pd.DataFrame = pa.table(columns).to_pandas()
        return frame
