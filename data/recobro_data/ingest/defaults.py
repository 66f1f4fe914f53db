"""What an absent value stands for, read from the declarations' `default`: for a load in SQL, for the API in Python."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from recobro_data.ingest import sql
from recobro_data.tables import Column, Table

_PORTUGUESE: Final = ("AO", "BR", "CV", "GW", "MZ", "PT", "ST")
_SPANISH: Final = (
    *("AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GQ", "GT"),
    *("HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV", "UY", "VE"),
)
#: The money of a country whose portfolio names none; elsewhere US dollars.
CURRENCIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"AR": "ARS", "BO": "BOB", "BR": "BRL", "CL": "CLP", "CO": "COP", "CR": "CRC", "CU": "CUP", "DO": "DOP"},
        **{"EC": "USD", "GT": "GTQ", "HN": "HNL", "MX": "MXN", "NI": "NIO", "PA": "USD", "PE": "PEN", "PR": "USD"},
        **{"PY": "PYG", "SV": "USD", "UY": "UYU", "VE": "VES", "AO": "AOA", "ES": "EUR", "MZ": "MZN", "PT": "EUR"},
    }
)


def constant(column: Column) -> str | bool | None:
    """The default that is the same for every row, or None where it depends on the row."""
    if column.kind == "bool" and column.default is not None:
        return column.default == "true"
    plain = column.kind == "string" and column.default is not None
    return column.default if plain and (column.default in column.values or not column.values) else None


def language_of(country: str) -> str:
    """Language of reasons and messages where a debtor names none."""
    if country in _PORTUGUESE:
        return "pt"
    return "es" if country in _SPANISH else "en"


def filled(table: Table, column: Column) -> str:
    """SQL of a typed column with its default; the portfolio's currency is expected as `portfolio_currency`."""
    value = sql.name(column.name)
    if column.default in table.names:
        return f"coalesce({value}, {sql.name(column.default or '')})"
    if column.kind == "currency":
        return f"coalesce({value}, portfolio_currency)"
    if column.default == "by country":
        return (
            f"coalesce({value}, CASE WHEN country IN {sql.texts(_PORTUGUESE)} THEN 'pt'"
            f" WHEN country IN {sql.texts(_SPANISH)} THEN 'es' ELSE 'en' END)"
        )
    fixed = constant(column)
    return value if fixed is None else f"coalesce({value}, {sql.text(fixed)}::{column.lake_type})"


def currency_of(country: str) -> str:
    """SQL of a country's currency, of which `country` is the SQL."""
    cases = " ".join(f"WHEN {sql.text(code)} THEN {sql.text(money)}" for code, money in CURRENCIES.items())
    return f"CASE {country} {cases} ELSE 'USD' END"


def fill_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row with the defaults that need nothing but the row itself."""
    full = dict(row)
    for column in table.columns:
        if full.get(column.name) is not None or column.default is None:
            continue
        if column.default in table.names:
            full[column.name] = full.get(column.default)
        elif column.default == "by country":
            full[column.name] = language_of(str(full.get("country")))
        else:
            full[column.name] = constant(column)
    return full
