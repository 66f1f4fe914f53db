"""Canonical rows written in short and placed in an Ibis backend as a load leaves them: typed, defaults filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from recobro_data.books import Books, build_books, known_as_of, place_in_time
from recobro_data.ingest.defaults import fill_row
from recobro_data.ingest.sql import lake_columns
from recobro_data.tables import TABLES, Table

#: A table's name and one of its rows.
Record = tuple[str, dict[str, Any]]

_TYPES = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "DECIMAL(18,2)": pa.decimal128(18, 2),
    "DOUBLE": pa.float64(),
}
_READ = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat, "money": Decimal}


def debtor(debtor_id: str = "d1", **given: Any) -> Record:
    return "debtors", {"debtor_id": debtor_id, "country": "PE"} | given


def charge(charge_id: str, due_on: str, amount: str = "100", **given: Any) -> Record:
    return "charges", {"charge_id": charge_id, "debtor_id": "d1", "due_on": due_on, "amount": amount} | given


def payment(payment_id: str, paid_on: str, amount: str = "100", **given: Any) -> Record:
    """A payment of account d1 where `given` names no charge and no account."""
    pays = {} if "charge_id" in given else {"account_id": "d1"}
    return "payments", {"payment_id": payment_id, "paid_on": paid_on, "amount": amount} | pays | given


def attempt(attempt_id: str, attempted_at: str, outcome: str = "no_answer", **given: Any) -> Record:
    row = {"attempt_id": attempt_id, "debtor_id": "d1", "channel": "call", "attempted_at": attempted_at}
    return "contact_attempts", row | {"outcome": outcome} | given


def promise(promise_id: str, made_at: str, due_on: str, amount: str = "100", **given: Any) -> Record:
    row = {"promise_id": promise_id, "debtor_id": "d1", "made_at": made_at, "due_on": due_on, "amount": amount}
    return "promises", row | given


def dispute(charge_id: str, opened_on: str, closed_on: str | None = None, **given: Any) -> Record:
    row = {"dispute_id": f"of-{charge_id}", "charge_id": charge_id, "opened_on": opened_on, "closed_on": closed_on}
    return "disputes", row | given


@contextmanager
def open_backend() -> Iterator[ibis.BaseBackend]:
    backend = ibis.duckdb.connect(threads=1)
    yield backend
    backend.disconnect()


def lake_tables(records: Iterable[Record]) -> dict[str, ibis.Table]:
    """All canonical tables of the records, with a debtor of Peru for each `debtor_id` that has no row."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for name, row in records:
        rows[name].append(fill_row(TABLES[name], row))
    named = {row["debtor_id"] for row in rows["debtors"]}
    owing = sorted({row["debtor_id"] for row in rows["charges"]} - named)
    rows["debtors"] += [fill_row(TABLES["debtors"], debtor(name)[1]) for name in owing]
    _follow_charges(rows)
    return {name: _placed(table, rows[name]) for name, table in TABLES.items()}


def _follow_charges(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Payments and disputes carry the debtor that their charge or account says."""
    charges = {row["charge_id"]: row for row in rows["charges"]}
    owner: dict[str, str] = {}
    for row in sorted(charges.values(), key=lambda row: row["debtor_id"], reverse=True):
        owner[row["account_id"]] = row["debtor_id"]
    for row in (*rows["payments"], *rows["disputes"]):
        named = charges.get(row.get("charge_id") or "")
        row["account_id"] = row.get("account_id") or (named and named["account_id"])
        row["debtor_id"] = row.get("debtor_id") or (named["debtor_id"] if named else owner.get(row["account_id"]))


def _placed(table: Table, rows: Sequence[dict[str, Any]]) -> ibis.Table:
    columns = lake_columns(table)
    kinds = {column.name: column.kind for column in table.columns}
    data = {name: [_read(row.get(name), kinds.get(name, "string")) for row in rows] for name in columns}
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])
    return ibis.memtable(pa.table(data, schema=schema))


def _read(value: Any, kind: str) -> Any:
    return _READ[kind](value) if isinstance(value, str) and kind in _READ else value


def books_of(backend: ibis.BaseBackend, records: Iterable[Record], as_of: date) -> Books:
    return build_books(known_as_of(place_in_time(lake_tables(records), backend), as_of), backend)


@dataclass
class Shelf:
    """Many short histories in one set of tables, the ids of each marked with its name, so that each is alone in them.

    Building books costs as much for one debtor as for hundreds: a test file builds them once a day it looks at.
    """

    backend: ibis.BaseBackend
    histories: Mapping[str, Sequence[Record]]
    _placed: dict[str, ibis.Table] = field(default_factory=dict)
    _books: dict[str, Books] = field(default_factory=dict)
    _rows: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def books(self, as_of: str) -> Books:
        if not self._placed:
            self._placed = place_in_time(lake_tables(put_together(self.histories)), self.backend)
        if as_of not in self._books:
            self._books[as_of] = build_books(known_as_of(self._placed, date.fromisoformat(as_of)), self.backend)
        return self._books[as_of]

    def rows(self, history: str, as_of: str, of: Callable[[Books], ibis.Table]) -> list[dict[str, Any]]:
        """Rows of one history in the table that `of` makes of the books, its marks taken off."""
        key = (as_of, getattr(of, "__name__", repr(of)))
        if key not in self._rows:
            self._rows[key] = of(self.books(as_of)).to_pyarrow().to_pylist()
        mark = f"{history}:"
        mine = (row for row in self._rows[key] if str(row["debtor_id"]).startswith(mark))
        return [{name: _without(value, mark) for name, value in row.items()} for row in mine]


def put_together(histories: Mapping[str, Sequence[Record]]) -> list[Record]:
    """The records of all histories, every id marked with its history's name."""
    return [_marked(record, name) for name, records in histories.items() for record in records]


def _marked(record: Record, name: str) -> Record:
    table, row = record
    marked = {key: f"{name}:{value}" if key.endswith("_id") and value else value for key, value in row.items()}
    return table, marked


def _without(value: Any, mark: str) -> Any:
    return value.removeprefix(mark) if isinstance(value, str) else value


def charges(books: Books) -> ibis.Table:
    return books.charges


def allocations(books: Books) -> ibis.Table:
    return books.allocations


def promises(books: Books) -> ibis.Table:
    return books.promises


def all_rows(table: ibis.Table) -> list[dict[str, Any]]:
    """The rows as plain Python values in one order, whatever the engine's."""
    return sorted(table.to_pyarrow().to_pylist(), key=repr)
