"""Sound rows made whole: defaults, the debtor of each row and its partition (`good_T`), and what rows may refer to.

`known_debtors` and `known_charges` hold the rows of this load and, behind them, the lake's; a row of this load stands
before the lake's row of the same key. `_place` numbers the debtors in the order of the lake, where it holds none yet.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.defaults import currency_of, filled
from recobro_data.row_rules import load_type
from recobro_data.settings import Settings
from recobro_data.tables import TABLES, Column, Table

_KNOWN: Final = {
    "debtors": ("debtor_id", "portfolio_id", "country"),
    "charges": ("charge_id", "debtor_id", "account_id", "currency"),
}


#: An account that several debtors share belongs to the first of them by id.
ACCOUNTS: Final = "SELECT account_id, min(debtor_id) AS debtor_id FROM known_charges GROUP BY account_id"

#: Where no charge is named. The condition stands inside the key; beside it, DuckDB compares all rows with all accounts.
OWN_ACCOUNT: Final = "CASE WHEN r.charge_id IS NULL THEN r.account_id END"


def places_are_known(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every debtor that a row may belong to has its place."""
    return not any(sql.has_rows(connection, f"lake_{name}") for name in _KNOWN)


def open_known(connection: duckdb.DuckDBPyConnection, came: Collection[str], partitions: int) -> None:
    """Creates `known_T` of what other tables refer to and the source does not have: the lake's rows alone."""
    for name in _KNOWN:
        if name not in came:
            connection.execute(f"CREATE VIEW known_{name} AS {_known_of_lake(name, partitions)}")


def _known_of_lake(name: str, partitions: int) -> str:
    partition = sql.part_of("debtor_id", partitions)
    return f"SELECT {sql.listed(_KNOWN[name])}, {partition} AS _partition, NULL::BIGINT AS _place FROM lake_{name}"


def build_good(connection: duckdb.DuckDBPyConnection, name: str, partitions: int) -> None:
    """Creates `good_T` from `live_T` and in its order, and `known_T` where other tables refer to it."""
    table = TABLES[name]
    columns = ", ".join(f"{_whole(table, column)} AS {sql.name(column.name)}" for column in table.columns)
    derived = "_partition" if "debtor_id" in table.names else "debtor_id, _partition"
    if name in _KNOWN:
        derived += ", _place"
    source, kind = f"live_{name}", "VIEW"
    if name == "charges":
        source, kind = _with_money(connection)
    order = f" ORDER BY _partition, {sql.lake_order(table)}" if kind == "TABLE" else ""
    connection.execute(f"CREATE {kind} good_{name} AS SELECT _seq, {columns}, {derived} FROM {source}{order}")
    if name in _KNOWN:
        _build_known(connection, table, partitions)


def _whole(table: Table, column: Column) -> str:
    """A column with its default; a payment that names only its charge pays that charge's account."""
    if table.name == "payments" and column.name == "account_id":
        return "coalesce(account_id, _account)"
    return filled(table, column)


def _with_money(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Charges with the money of their portfolio, and whether to keep them as a table: only where some name none."""
    if not sql.number(connection, "SELECT count(*) FROM live_charges WHERE currency IS NULL"):
        none = f"NULL::{load_type(TABLES['charges'].column('currency'))}"
        return f"(SELECT *, {none} AS portfolio_currency FROM live_charges)", "VIEW"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE portfolio_money AS SELECT portfolio_id, min(currency) AS currency FROM"
        " (SELECT debtor_id, currency FROM live_charges UNION ALL SELECT debtor_id, currency FROM lake_charges"
        " ANTI JOIN live_charges USING (charge_id)) JOIN known_debtors USING (debtor_id)"
        " GROUP BY portfolio_id HAVING count(DISTINCT currency) = 1"
    )
    whole = (
        f"(SELECT l.*, coalesce(m.currency, {currency_of('d.country')}) AS portfolio_currency FROM live_charges l"
        " JOIN known_debtors d USING (debtor_id) LEFT JOIN portfolio_money m ON d.portfolio_id = m.portfolio_id)"
    )
    return whole, "TABLE"


def _build_known(connection: duckdb.DuckDBPyConnection, table: Table, partitions: int) -> None:
    columns, key = sql.listed(_KNOWN[table.name]), sql.listed(table.key)
    known, kind = f"SELECT {columns}, _partition, _place FROM good_{table.name}", "VIEW"
    if sql.has_rows(connection, f"lake_{table.name}"):
        known += f" UNION ALL {_known_of_lake(table.name, partitions)} ANTI JOIN good_{table.name} USING ({key})"
        kind = "TABLE"
    connection.execute(f"CREATE {kind} known_{table.name} AS {known}")


def mixed_portfolios(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, list[str]]]:
    """Portfolios whose charges are in several currencies, with these in the order of their codes."""
    if sql.number(connection, "SELECT count(DISTINCT currency) FROM known_charges") < 2:
        return []
    return connection.execute(
        "SELECT portfolio_id, list_sort(list(DISTINCT currency)) FROM (SELECT DISTINCT debtor_id, currency"
        " FROM known_charges) JOIN known_debtors USING (debtor_id) GROUP BY portfolio_id"
        " HAVING count(DISTINCT currency) > 1 ORDER BY portfolio_id"
    ).fetchall()


def check_money(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Refuses a portfolio of several currencies; one of them may go without a rate, it is the one they convert to.

    Raises:
        SourceRefusedError: rates are missing in the configuration.
    """
    for portfolio, currencies in mixed_portfolios(connection):
        without = [currency for currency in currencies if currency not in settings.rates]
        if len(without) > 1:
            raise SourceRefusedError(
                f"one currency in portfolio {portfolio}, or rates for the others",
                f"{', '.join(currencies)} without a rate for {' and '.join(without)}",
                "Set the rates in recobro.toml under [rates], or part the portfolio.",
            )
