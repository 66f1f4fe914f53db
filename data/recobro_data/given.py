"""Canonical rows that are given with a question, checked as a load checks them and made whole as the lake has them.

Unlike a load, which quarantines a bad row and goes on, a question with a bad row is refused: who asks can mend it, and
an answer from what is left would be another debtor's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
from pydantic import ValidationError

from recobro_data.errors import UsageError
from recobro_data.ingest.defaults import CURRENCIES
from recobro_data.ingest.sql import lake_columns
from recobro_data.row_columns import Columns, read_columns
from recobro_data.rows import broken_rule, row_model
from recobro_data.tables import TABLES

#: A lake type in Arrow.
ARROW_TYPES: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
        "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
        "DECIMAL(18,2)": pa.decimal128(18, 2), "DOUBLE": pa.float64(),
    }
)  # fmt: skip
_NEXT: Final = "Mend the row; data/dictionary.md says what each column holds."


def build_given(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], *, clock: datetime, rates: Mapping[str, float]
) -> dict[str, pa.Table]:
    """Every canonical table of the given rows, typed and with the debtor of each row, as the lake would have it.

    Args:
        tables: canonical rows by table; a table that is not named has none.
        clock: what has not happened yet is refused.
        rates: of the configuration, for a portfolio of several currencies.

    Raises:
        UsageError: a row breaks a rule of a load (the first one is told by table, number from 0 and column, without its
            value), names a row that is not given, or is given twice.
    """
    given = {name: _read(name, tables.get(name, ()), clock) for name in TABLES}
    for name in TABLES:
        _check_keys(name, given[name])
    _check_references(given)
    _follow(given)
    _give_money(given, rates)
    return {name: _to_arrow(name, given[name]) for name in TABLES}


def _read(table: str, rows: Sequence[Any], clock: datetime) -> Columns:
    columns = read_columns(table, rows, clock=clock)
    # One that is refused is looked for row by row, to be told by its place and rule.
    return _read_each(table, rows, clock) if columns is None else columns


def _read_each(table: str, rows: Sequence[Any], clock: datetime) -> Columns:
    read: list[dict[str, Any]] = []
    for at, row in enumerate(rows):
        try:
            read.append(row_model(table).model_validate(row, context={"clock": clock}).model_dump())
        except ValidationError as error:
            rule = broken_rule(table, error)
            raise _refused(f"{table}[{at}]", rule.message, rule.name) from None
    return {name: [row[name] for row in read] for name in TABLES[table].names}


def _refused(where: str, message: str, rule: str) -> UsageError:
    return UsageError(f"rows that a load would take ({message})", f"the rule `{rule}` broken at {where}", _NEXT)


def _check_keys(name: str, columns: Columns) -> None:
    key, seen = TABLES[name].key, set()
    for at, value in enumerate(zip(*(columns[column] for column in key), strict=True)):
        if value in seen:
            raise _refused(f"{name}[{at}]", f"{' and '.join(key)} must be unique", "duplicate_key")
        seen.add(value)


def _check_references(given: Mapping[str, Columns]) -> None:
    for name, column, (target, field) in _references():
        known = {None, *given[target][field]}
        for at, value in enumerate(given[name][column]):
            if value not in known:
                message = f"{column} must be a {field} of the {target} that are given"
                raise _refused(f"{name}[{at}]", message, "reference")


def _references() -> Iterator[tuple[str, str, tuple[str, str]]]:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.references:
                target, _, field = column.references.partition(".")
                yield name, column.name, (target, field or TABLES[target].key[0])


def _follow(given: Mapping[str, Columns]) -> None:
    """Payments and disputes get the debtor of their charge, or of their account: the first by id of who share it."""
    charges = given["charges"]
    whose = list(zip(charges["account_id"], charges["debtor_id"], strict=True))
    owners: dict[str, str] = {}
    for account, debtor in whose:
        owners[account] = min(debtor, owners.get(account, debtor))
    of_charge = dict(zip(charges["charge_id"], whose, strict=True))
    for columns in (given["payments"], given["disputes"]):
        accounts = columns.get("account_id", [None] * len(columns["charge_id"]))
        found = [
            of_charge[charge] if charge is not None else (account, owners[account])
            for charge, account in zip(columns["charge_id"], accounts, strict=True)
        ]
        columns["debtor_id"] = [debtor for _, debtor in found]
        columns["account_id"] = [
            own if account is None else account for account, (own, _) in zip(accounts, found, strict=True)
        ]


def _give_money(given: Mapping[str, Columns], rates: Mapping[str, float]) -> None:
    """Charges without a currency get their portfolio's, where it has one, else their country's.

    Raises:
        UsageError: a portfolio of several currencies, of which two or more have no rate.
    """
    debtors, charges = given["debtors"], given["charges"]
    places = zip(debtors["portfolio_id"], debtors["country"], strict=True)
    place_of = dict(zip(debtors["debtor_id"], places, strict=True))
    places_of = [place_of[debtor] for debtor in charges["debtor_id"]]
    named: dict[str, set[str]] = {}
    for (portfolio, _), currency in zip(places_of, charges["currency"], strict=True):
        if currency is not None:
            named.setdefault(portfolio, set()).add(currency)
    charges["currency"] = [
        currency or _money_of(named.get(portfolio, set()), country)
        for (portfolio, country), currency in zip(places_of, charges["currency"], strict=True)
    ]
    used = {portfolio: set(codes) for portfolio, codes in named.items()}
    for at, ((portfolio, _), currency) in enumerate(zip(places_of, charges["currency"], strict=True)):
        found = used.setdefault(portfolio, set())
        found.add(currency)
        if len(found) > 1 and len(found - rates.keys()) > 1:
            raise _refused(f"charges[{at}]", "one currency a portfolio, or rates for the others", "currency")


def _money_of(named: set[str], country: str) -> str:
    return next(iter(named)) if len(named) == 1 else CURRENCIES.get(country, "USD")


def _to_arrow(name: str, columns: Columns) -> pa.Table:
    kinds = lake_columns(TABLES[name])
    return pa.table({column: pa.array(columns[column], ARROW_TYPES[kind]) for column, kind in kinds.items()})
