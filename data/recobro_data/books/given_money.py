"""The money of rows in memory: `currency.in_portfolio_currency` for a few rows, which that asks an engine about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recobro_data.books.allocation import Ints
from recobro_data.books.columns import round_as_engine

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Money:
    """By table of charges and payments: whole `cents` of the own currency, and the `rates` that turn them into the
    portfolio's. currencies: of each charge, as it is told. promised: amounts of promises in the portfolio's."""

    cents: Mapping[str, Ints]
    rates: Mapping[str, Floats]
    currencies: pa.ChunkedArray | pa.Array
    promised: Floats


def rate_money(
    tables: Mapping[str, pa.Table],
    debtors: tuple[pa.Table, Mapping[str, Ints], Mapping[str, Ints]],
    rates: Mapping[str, float],
) -> Money:
    """The money of charges, payments and promises.

    Args:
        tables: canonical rows.
        debtors: their rows, and by table the debtor's number and the account's key of each row.
        rates: what one unit of a currency is worth in the portfolio's.
    """
    names = ("charges", "payments", "promises")
    cents = {name: _cents(tables[name]["amount"]) for name in names}
    currencies = tables["charges"]["currency"]
    found = {name: np.ones(len(tables[name])) for name in names}
    if rates:
        found, currencies = _rated(tables, debtors, rates)
    promised = round_as_engine(cents["promises"].astype(np.float64) * found["promises"], 0) / 100
    return Money(cents, found, currencies, promised)


def _cents(amounts: pa.ChunkedArray) -> Ints:
    units = amounts.cast(pa.float64()).to_numpy()
    cents: Ints = round_as_engine(units * 100, 0).astype(np.int64)
    return cents


def _rated(
    tables: Mapping[str, pa.Table],
    debtors: tuple[pa.Table, Mapping[str, Ints], Mapping[str, Ints]],
    rates: Mapping[str, float],
) -> tuple[dict[str, Floats], pa.Array]:
    rows, whose, accounts = debtors
    portfolio = np.array(rows["portfolio_id"].to_pylist(), object)[whose["charges"]].tolist()
    currency = tables["charges"]["currency"].to_pylist()
    own = _own_currencies(portfolio, currency, rates)
    converts = [own[book] is not None for book in portfolio]
    told = [own[book] or code for book, code in zip(portfolio, currency, strict=True)]
    of_charge = [rates.get(code, 1.0) if other else 1.0 for code, other in zip(currency, converts, strict=True)]
    of_account: dict[int, float | None] = {}
    for key, rate in zip(accounts["charges"].tolist(), of_charge, strict=True):
        # An account that holds several currencies tells none: what is paid to it counts in the portfolio's.
        of_account[key] = rate if of_account.get(key, rate) == rate else 1.0
    named = dict(zip(tables["charges"]["charge_id"].to_pylist(), of_charge, strict=True))
    paid = zip(tables["payments"]["charge_id"].to_pylist(), accounts["payments"].tolist(), strict=True)
    found: dict[str, list[Any]] = {
        "charges": of_charge,
        "payments": [named.get(charge, of_account.get(key, 1.0)) for charge, key in paid],
        "promises": [of_account.get(key, 1.0) for key in accounts["promises"].tolist()],
    }
    return {name: np.array(values, np.float64) for name, values in found.items()}, pa.array(told, pa.string())


def _own_currencies(portfolio: list[str], currency: list[str], rates: Mapping[str, float]) -> dict[str, str | None]:
    """Of each portfolio of several currencies the one without a rate, which is its own; None of all others."""
    used: dict[str, set[str]] = {}
    for book, code in zip(portfolio, currency, strict=True):
        used.setdefault(book, set()).add(code)
    return {book: min(codes - rates.keys(), default=None) if len(codes) > 1 else None for book, codes in used.items()}
