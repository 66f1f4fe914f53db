"""Rows of forgotten debtors in a source: left out before anything looks at them.

`raw_T` loses them, so that they reach neither the lake nor quarantine, the raw copy or the validation report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.ingest.states import Tombstones

#: Which columns of a table point to a forgotten debtor, and by what kind of id.
_POINTERS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "debtors": {"debtor_id": "debtors"},
        "contact_points": {"debtor_id": "debtors"},
        "charges": {"debtor_id": "debtors"},
        "payments": {"charge_id": "charges", "account_id": "accounts", "payment_id": "payments"},
        "contact_attempts": {"debtor_id": "debtors"},
        "promises": {"debtor_id": "debtors"},
        "disputes": {"charge_id": "charges"},
    }
)
_OTHERS: Final = "CREATE TEMP TABLE others_of_charges AS"
_GONE: Final = {"charges": "charge_id", "accounts": "account_id"}


def leave_out(
    connection: duckdb.DuckDBPyConnection, raws: Sequence[Raw], tombstones: Tombstones
) -> tuple[list[Raw], dict[str, int], Tombstones]:
    """Takes the rows of forgotten debtors out of `raw_T`; the lake's tables must be open.

    Gives the tables without them, how many rows of each were left out, and the tombstones with those of the charges and
    accounts that were met for the first time.
    """
    if not tombstones.hashes:
        return list(raws), {}, tombstones
    kept, left_out = [], {}
    if all(raw.table != "charges" for raw in raws):
        connection.execute(f"{_OTHERS} SELECT charge_id, account_id FROM lake_charges")
    for raw in raws:
        _build_gone(connection, raw, tombstones)
        left_out[raw.table] = _delete(connection, raw)
        kept.append(replace(raw, rows=raw.rows - left_out[raw.table]))
        if raw.table == "charges":
            tombstones = _with_new(connection, raw, tombstones)
    return kept, left_out, tombstones


def _build_gone(connection: duckdb.DuckDBPyConnection, raw: Raw, tombstones: Tombstones) -> None:
    """Creates `gone_T`: the places of the rows that point to a forgotten debtor, with what the charges name."""
    pointers = _POINTERS[raw.table]
    found = [_pointing(raw, raw_column(raw, column), kind, tombstones) for column, kind in pointers.items()]
    # A line that is no row may still name the debtor, wherever its fields have slipped to.
    broken = f"(SELECT * FROM {raw.relation} WHERE _fault IS NOT NULL)"
    for kind in dict.fromkeys([*pointers.values(), "debtors"]):
        found += [_pointing(raw, f"trim(c{place})", kind, tombstones, broken) for place in range(len(raw.header))]
    named = ", ".join(f"{raw_column(raw, column)} AS {column}" for column in _GONE.values())
    connection.execute(
        f"CREATE TEMP TABLE gone_{raw.table} AS SELECT _seq, _fault, {named}"
        f" FROM {raw.relation} WHERE _seq IN ({' UNION ALL '.join(one for one in found if one) or 'SELECT NULL'})"
    )


def _pointing(raw: Raw, value: str, kind: str, tombstones: Tombstones, relation: str = "") -> str:
    """SQL of the places of rows whose value is a forgotten id; each value is hashed once."""
    hashes = tombstones.hashes.get(kind)
    if not hashes:
        return ""
    source = relation or raw.relation
    salted = f"sha256({sql.text(tombstones.salt + kind)} || chr(31) || v)"
    values = f"(SELECT v FROM (SELECT DISTINCT {value} AS v FROM {source}) WHERE {salted} IN {sql.texts(hashes)})"
    return f"SELECT _seq FROM {source} WHERE {value} IN {values}{_but_others(raw, value, kind)}"


def _but_others(raw: Raw, value: str, kind: str) -> str:
    """What keeps a row whose charge or account has since become another debtor's."""
    if raw.table not in ("payments", "disputes") or kind not in _GONE:
        return ""
    column = _GONE[kind]
    return f" AND {value} NOT IN (SELECT {column} FROM others_of_charges WHERE {column} IS NOT NULL)"


def _delete(connection: duckdb.DuckDBPyConnection, raw: Raw) -> int:
    gone = sql.number(connection, f"SELECT count(*) FROM gone_{raw.table}")
    if gone:
        connection.execute(f"DELETE FROM {raw.relation} WHERE _seq IN (SELECT _seq FROM gone_{raw.table})")
    if raw.table == "charges":
        own = ", ".join(f"{raw_column(raw, column)} AS {column}" for column in ("charge_id", "account_id", "debtor_id"))
        connection.execute(
            f"{_OTHERS} SELECT charge_id, coalesce(account_id, debtor_id) AS account_id"
            f" FROM (SELECT {own} FROM {raw.relation}) UNION SELECT charge_id, account_id FROM lake_charges"
        )
    return gone


def _with_new(connection: duckdb.DuckDBPyConnection, raw: Raw, tombstones: Tombstones) -> Tombstones:
    """Charges and accounts of forgotten debtors that this source names, unless another debtor has them."""
    new: dict[str, set[str]] = {}
    for kind, column in _GONE.items():
        rows = connection.execute(
            f"SELECT DISTINCT {column} FROM gone_{raw.table} ANTI JOIN others_of_charges USING ({column})"
            f" WHERE {column} IS NOT NULL AND _fault IS NULL"
        ).fetchall()
        new[kind] = {tombstones.hash_of(kind, row[0]) for row in rows}
    return tombstones.with_hashes(new)
