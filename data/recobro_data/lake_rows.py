"""Single rows of the lake by key, and whose an id is: for the few questions that the day asks of the whole history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from recobro_data.ingest.sql import lake_columns, listed, name, scan
from recobro_data.store.owners import Ids, Owners, row_key
from recobro_data.tables import TABLES, Table

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class LakeRows:
    """Reads the lake that is in force at each call; an empty one knows nothing.

    The engine is imported at the first question: most days ask none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def owners(self, ids: Ids) -> Owners:
        """Whose these ids are, as far as the lake knows."""
        owners = Owners()
        for row in self._where("charges", "charge_id", ids.charges):
            owners.charges[row["charge_id"]] = (row["debtor_id"], row["account_id"])
        for row in self._where("charges", "account_id", ids.accounts):
            # An account that several debtors share belongs to the first of them by id, as in a load.
            owners.accounts[row["account_id"]] = min(
                row["debtor_id"], owners.accounts.get(row["account_id"], row["debtor_id"])
            )
        debtors = {*ids.debtors, *(owner for owner, _ in owners.charges.values()), *owners.accounts.values()}
        for row in self._where("debtors", "debtor_id", debtors):
            owners.debtors[row["debtor_id"]] = row["portfolio_id"]
        return owners

    def rows(self, table: str, keys: Collection[Sequence[str]]) -> dict[str, Mapping[str, Any]]:
        """The rows of these keys by `row_key`, as the row models write them as JSON, with `debtor_id`, `_loaded_at`."""
        declared = TABLES[table]
        found = self._where(table, declared.key[0], {key[0] for key in keys})
        wanted = {row_key(key) for key in keys}
        rows = {row_key([row[column] for column in declared.key]): row for row in found}
        return {key: _as_told(declared, row) for key, row in rows.items() if key in wanted}

    def _where(self, table: str, column: str, values: Collection[str]) -> list[dict[str, Any]]:
        """All rows with one of these values, every value as text."""
        if not values:
            return []
        import duckdb

        from recobro_data.lake import Lake

        paths = Lake(self._folder).paths(table)
        if not paths:
            return []
        columns = lake_columns(TABLES[table])
        texts = ", ".join(_as_text(one, kind) for one, kind in {**columns, "_loaded_at": "TIMESTAMPTZ"}.items())
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            query = f"SELECT {texts} FROM {scan(paths)} WHERE {listed([column])} IN (SELECT unnest(?::VARCHAR[]))"
            cursor = connection.execute(query, [sorted(values)])
            names = [one[0] for one in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _as_text(column: str, kind: str) -> str:
    quoted = name(column)
    text = f"strftime({quoted}, '{_INSTANT}')" if kind == "TIMESTAMPTZ" else f"{quoted}::VARCHAR"
    return f"{text} AS {quoted}"


def _as_told(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as an event of it would be kept."""
    from datetime import UTC, datetime

    from recobro_data.rows import row_model

    told = row_model(table.name).model_validate(
        {column: value for column, value in row.items() if value is not None},
        context={"clock": datetime.max.replace(tzinfo=UTC, year=9998)},
    )
    return {**told.model_dump(mode="json"), "debtor_id": row["debtor_id"], "_loaded_at": row["_loaded_at"]}
