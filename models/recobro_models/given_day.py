"""What is known of some debtors at the start of a day, from rows in memory: for who asks often and about few.

The same books, the same feature functions and the same frames as those of a lake, computed on arrays alone: nothing is
kept from one question to the next, so that threads may ask at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recobro_data.books.balances import find_stages
from recobro_data.books.columns import Column
from recobro_data.books.given_books import GivenBooks
from recobro_data.books.given_rows import GivenRows, one_piece
from recobro_data.frames import build_frame
from recobro_data.settings import Settings
from recobro_models.features.families import category_sources, compute_charge_columns, compute_debtor_columns
from recobro_models.features.paying_days import compute_paying_days
from recobro_models.snapshots import RECENT_DAYS, DayRows

Ints = NDArray[np.int64]

_NO_PORTFOLIOS: Final = pd.DataFrame(columns=["portfolio_id", "n_settled", "first_issued_on"])
#: What a day tells of a debtor as it was given.
_OF_DEBTOR: Final = (
    "debtor_id", "portfolio_id", "country", "timezone", "region", "kind", "language", "do_not_contact",
    "do_not_contact_reason", "zone",
)  # fmt: skip


def read_given_day(tables: Mapping[str, pa.Table], as_of: date, settings: Settings) -> DayRows:
    """What a plan as of a day needs to know of these debtors, but for their `portfolios`: a few debtors are none.

    `tables` are all canonical ones, as the lake has them, every row of a debtor who is among them.
    """
    books = GivenBooks.of(GivenRows.of(tables, settings.rates), as_of)
    features = compute_debtor_columns(books.numbered_rows, books.debtors)
    of_debtors = features | compute_paying_days(books.numbered_rows, books.debtors)
    return DayRows(
        _debtors(books, of_debtors, settings), _charges(books, features), _contact_points(books), _attempts(books),
        _NO_PORTFOLIOS,
    )  # fmt: skip


def _debtors(books: GivenBooks, features: Mapping[str, Column], settings: Settings) -> pd.DataFrame:
    balances, rows = books.balances(), books.rows
    oldest = books.open_charges["row"][balances.pop("oldest")]
    own = rows.debtors.select(_OF_DEBTOR).take(pa.array(books.debtors))
    texts = {name: own[name] for name in _OF_DEBTOR} | {
        "currency": _currencies(books),
        "oldest_charge_id": rows.tables["charges"]["charge_id"].take(pa.array(oldest)),
    }
    numbers = {name: values for name, values in balances.items() if name not in features}
    numbers |= {"promise_broken_on": books.promise_broken_on()}
    stage = find_stages(balances["days_past_due"], settings.stages)
    return _frame(texts | {"stage": pa.array(stage)}, numbers | _plain(features))


def _currencies(books: GivenBooks) -> pa.Array:
    """Of each debtor the currency of the open charges, the first by its code where there are several."""
    told = one_piece(books.rows.money.currencies).take(pa.array(books.open_charges["row"]))
    codes, number = np.unique(told.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    first = np.full(len(books.debtors), len(codes))
    np.minimum.at(first, np.searchsorted(books.debtors, books.open_charges["debtor_no"]), number)
    return pa.array(codes[first].astype(object), pa.string())


def _charges(books: GivenBooks, features: Mapping[str, Column]) -> pd.DataFrame:
    charges, rows = books.open_charges, books.rows
    at, debtor = pa.array(charges["row"]), charges["debtor_no"]
    own = rows.tables["charges"].select(["charge_id", "account_id", "product"]).take(at)
    whose = rows.debtors.select(["debtor_id", "portfolio_id", "region", "kind"]).take(pa.array(debtor))
    known = {name: own[name] for name in own.column_names} | {name: whose[name] for name in whose.column_names}
    known["debtor_kind"] = known["kind"]
    texts = {name: known[name] for name in ("charge_id", "debtor_id", "account_id")}
    texts |= {name: known[source] for name, source in category_sources().items()}
    of_debtor = np.searchsorted(books.debtors, debtor)
    repeated = {name: values[of_debtor] for name, values in _plain(features).items()}
    numbers = {"due_on": charges["due_on"], **_plain(compute_charge_columns(charges)), **repeated}
    as_of = np.full(len(debtor), np.datetime64(books.as_of, "D"))
    return _frame(texts, {**numbers, "is_disputed": charges["is_disputed"], "as_of": as_of})


def _contact_points(books: GivenBooks) -> pd.DataFrame:
    points, debtor = books.rows.tables["contact_points"], books.rows.whose["contact_points"]
    kept = np.flatnonzero(np.isin(debtor, books.debtors))
    points = _in_order(points.take(pa.array(kept)), debtor[kept], "channel")
    is_flag = {name: points[name] for name in ("valid", "opted_out")}
    texts = {name: points[name] for name in points.column_names if name not in is_flag}
    return _frame(texts, {name: one_piece(flag).to_numpy(zero_copy_only=False) for name, flag in is_flag.items()})


def _attempts(books: GivenBooks) -> pd.DataFrame:
    attempts = books.numbered_rows["attempts"]
    recent = np.flatnonzero(attempts["days_ago"] <= RECENT_DAYS)
    given = books.rows.tables["contact_attempts"].select(["debtor_id", "channel", "outcome", "attempt_id"])
    told = given.take(pa.array(attempts["row"][recent])).append_column("at", pa.array(recent))
    told = _in_order(told, attempts["debtor_no"][recent], "attempt_id")
    at = one_piece(told["at"]).to_numpy()
    numbers = {name: attempts[name][at] for name in ("attempted_on", "reached", "hour")}
    numbers["attempted_on"] = numbers["attempted_on"].astype("M8[D]")
    return _frame({name: told[name] for name in given.column_names}, numbers)


def _in_order(rows: pa.Table, debtor: Ints, key: str) -> pa.Table:
    """Rows in the order of their debtor's number and a text."""
    rank = np.empty(len(rows), np.int64)
    rank[pc.array_sort_indices(one_piece(rows[key])).to_numpy()] = np.arange(len(rows))
    return rows.take(pa.array(np.lexsort((rank, debtor))))


def _plain(columns: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
    """Whole numbers where all are there, else with a fraction and NaN for what is not known."""
    return {name: _values(column) for name, column in columns.items()}


def _values(column: Column) -> NDArray[Any]:
    values, valid = column.values, column.valid
    if values.dtype.kind == "i" and (valid is None or valid.all()):
        return values.astype(np.int64)
    found: NDArray[Any] = values.astype(np.float64)
    if valid is not None:
        found[~valid] = np.nan
    return found


def _frame(texts: Mapping[str, Any], numbers: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    return build_frame({**{name: _words(column) for name, column in texts.items()}, **numbers})


def _words(column: Any) -> NDArray[np.object_]:
    """Texts as objects, which a few rows are read faster as than as Arrow's; NaN for what is not known."""
    words: NDArray[np.object_] = one_piece(column).to_numpy(zero_copy_only=False).astype(object)
    words[words == None] = np.nan  # noqa: E711
    return words
