"""A debtor who is to be forgotten: what in the lake is the debtor's alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.merge import Generation, open_lake_tables
from recobro_data.ingest.states import Tombstones


@dataclass(frozen=True)
class Person:
    """A debtor and what belongs to nobody else: charges, accounts, and payments to accounts shared with others."""

    debtor_id: str
    charges: frozenset[str]
    accounts: frozenset[str]
    payments: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        """Every id by which people may find the debtor."""
        return frozenset((self.debtor_id,)) | self.charges | self.accounts

    def tombstones(self, held: Tombstones) -> Tombstones:
        """The lake's tombstones with this debtor's; the salt is drawn with the first."""
        salted = held if held.salt else Tombstones(secrets.token_hex(16))
        ids = {
            "debtors": {self.debtor_id},
            "charges": self.charges,
            "accounts": self.accounts,
            "payments": self.payments,
        }
        return salted.with_hashes({kind: {salted.hash_of(kind, one) for one in some} for kind, some in ids.items()})


def find_person(connection: duckdb.DuckDBPyConnection, generation: Generation, debtor_id: str) -> Person:
    """Opens the lake's tables and looks the debtor up; one that the lake does not hold has nothing but the id."""
    open_lake_tables(connection, generation)
    own = f"debtor_id = {sql.text(debtor_id)}"
    charges = _column(connection, f"SELECT charge_id FROM lake_charges WHERE {own}")
    named = _column(connection, f"SELECT DISTINCT account_id FROM lake_charges WHERE {own}") | {debtor_id}
    shared = _column(
        connection,
        f"SELECT DISTINCT account_id FROM lake_charges WHERE NOT {own} AND account_id IN {sql.texts(sorted(named))}",
    )
    payments = _column(
        connection,
        f"SELECT payment_id FROM lake_payments WHERE {own} AND charge_id IS NULL"
        f" AND account_id IN {sql.texts(sorted(shared) or [''])}",
    )
    return Person(debtor_id, charges, named - shared, payments)


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> frozenset[str]:
    return frozenset(row[0] for row in connection.execute(query).fetchall() if row[0] is not None)
