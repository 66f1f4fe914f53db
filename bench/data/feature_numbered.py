"""The states of `bench-features` as numbered rows, which recobro's features are written over (`books.numbered`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from bench.data.feature_files import Files
from recobro_data.books.followed import is_followed
from recobro_data.books.numbers import in_order
from recobro_data.books.standing import count_from_last

_EPOCH = date(1970, 1, 1)


def number_rows(files: Files, connection: duckdb.DuckDBPyConnection) -> tuple[pa.Array, dict[str, Mapping[str, Any]]]:
    """The ids of debtors with charges, by their number, and the rows that features are computed from."""
    charges = _read(connection, f"SELECT *, hash(debtor_id) AS key FROM '{files.charges}'")
    debtor, keys = pd.factorize(charges["key"].to_numpy())
    numbers = pd.Index(keys)
    first = np.unique(debtor, return_index=True)[1]
    day = (files.as_of - _EPOCH).days
    payments = _payment_states(connection, files, numbers, day)
    attempts = _attempt_states(connection, files, numbers)
    # This portfolio has no promises.
    promises = pa.schema([("debtor_no", pa.int32()), ("days_ago", pa.int64()), ("status", pa.string())]).empty_table()
    return charges["debtor_id"].combine_chunks().take(pa.array(first)), {
        "charges": _charge_states(charges, debtor, day),
        "payments": payments,
        "attempts": {**attempts, "is_followed": is_followed(attempts, payments)},
        "promises": {name: promises[name] for name in promises.column_names},
    }  # fmt: skip


def _attempt_states(connection: duckdb.DuckDBPyConnection, files: Files, keys: pd.Index) -> dict[str, Any]:
    rows = _read(
        connection,
        f"SELECT hash(debtor_id) AS key, channel, outcome, reached, hour(attempted_local) AS hour,"
        f" DATE '{files.as_of}' - attempted_on AS days_ago"
        f" FROM '{files.attempts}' WHERE attempted_on < DATE '{files.as_of}'",
    )
    states = {name: rows[name] for name in ("channel", "outcome", "reached", "hour", "days_ago")}
    return states | {"debtor_no": keys.get_indexer(rows["key"].to_numpy()).astype(np.int32)}


def _charge_states(charges: pa.Table, debtor: np.ndarray, day: int) -> dict[str, Any]:
    due, paid_off = _days(charges["due_on"]), charges["paid_off_on"]
    owed = charges["outstanding"].to_numpy()
    order = in_order((due, debtor), charges["charge_id"])
    nth_due = np.full(len(due), -1, np.int64)
    fell_due = order[due[order] < day]
    nth_due[fell_due] = count_from_last(debtor[fell_due])
    is_paid, paid_on = paid_off.is_valid().to_numpy(), _days(paid_off)
    return {
        "debtor_no": debtor.astype(np.int32), "amount": charges["amount"], "n_parts": charges["n_parts"],
        "outstanding": owed, "is_open": owed > 0, "days_past_due": day - due, "nth_due": nth_due,
        "days_late": pa.array((paid_on - due).astype(float), mask=~is_paid),
        "paid_off_days_ago": pa.array((day - paid_on).astype(float), mask=~is_paid),
    }  # fmt: skip


def _payment_states(connection: duckdb.DuckDBPyConnection, files: Files, keys: pd.Index, day: int) -> dict[str, Any]:
    known = f"FROM '{files.payments}' WHERE paid_on < DATE '{files.as_of}'"
    payments = _read(
        connection, f"SELECT hash(debtor_id) AS key, hash(payment_id) AS id, paid_on, amount::DOUBLE AS amount {known}"
    )
    parts = _read(connection, f"SELECT hash(payment_id) AS id, amount FROM '{files.allocations}' WHERE days_late > 0")
    place = pd.Index(payments["id"].to_numpy()).get_indexer(parts["id"].to_numpy())
    return {
        "debtor_no": keys.get_indexer(payments["key"].to_numpy()).astype(np.int32), "paid_on": payments["paid_on"],
        "account_key": np.zeros(len(payments), np.uint64), "days_ago": day - _days(payments["paid_on"]),
        "amount": payments["amount"],
        "late_amount": np.bincount(place, parts["amount"].to_numpy(), minlength=len(payments)),
    }  # fmt: skip


def _read(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return connection.execute(sql).to_arrow_table()


def _days(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.int32()).cast(pa.int64()).fill_null(0).to_numpy()
