"""Canonical rows in memory, numbered as those of a lake are: for who asks often and about few, without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recobro_data.books.allocation import Ints
from recobro_data.books.clocks import DAY_US, HOUR_US, wall_clock
from recobro_data.books.columns import Column
from recobro_data.books.given_money import Money, rate_money
from recobro_data.books.numbers import Numbers
from recobro_data.vocabulary import REACHED
from recobro_data.zones import principal_zone

_REACHED: Final = pa.array(REACHED)


@dataclass(frozen=True)
class GivenRows:
    """Rows of a few debtors, who are numbered in the order of their ids.

    debtors: canonical rows in that order, with `zone`. numbers: charges and payments. attempts, promises: numbered
    rows, all of them; days are counted from 1970-01-01. money: rates and currencies by the row of `tables`.
    whose: the debtor's number of each row of a table.
    """

    tables: Mapping[str, pa.Table]
    debtors: pa.Table
    numbers: Numbers
    attempts: Mapping[str, Any]
    promises: Mapping[str, Any]
    money: Money
    whose: Mapping[str, Ints]

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], rates: Mapping[str, float]) -> GivenRows:
        """From all canonical tables as the lake has them, each row of a debtor who is among them."""
        debtors = tables["debtors"]
        debtors = debtors.take(pc.array_sort_indices(debtors["debtor_id"].combine_chunks()))
        zones = _zones(debtors)
        ids = one_piece(debtors["debtor_id"])
        whose = {name: find_places(table["debtor_id"], ids) for name, table in tables.items()}
        accounts = _Accounts.of(tables, whose)
        money = rate_money(tables, (debtors, whose, accounts.keys), rates)
        clocks = {name: _Clock(zones, whose[name]) for name in ("payments", "contact_attempts", "promises")}
        return cls(
            tables, debtors.append_column("zone", pa.array(zones, pa.string())),
            _read_numbers(tables, (ids, whose), accounts, money, clocks["payments"]),
            _read_attempts(tables["contact_attempts"], whose["contact_attempts"], clocks["contact_attempts"]),
            _read_promises(tables["promises"], (whose["promises"], accounts), money, clocks["promises"]),
            money, whose,
        )  # fmt: skip


@dataclass(frozen=True)
class _Clock:
    """The wall clock of each row's debtor."""

    zones: NDArray[np.object_]
    debtor: Ints

    def read(self, moments: pa.ChunkedArray) -> Ints:
        """Microseconds on it; of a missing moment anything."""
        utc = one_piece(moments).cast(pa.int64()).fill_null(0).to_numpy()
        zone_of, names = pd.factorize(self.zones[self.debtor])
        local = utc
        for place, name in enumerate(names):
            here = zone_of == place
            local = np.where(here, wall_clock(name, utc), local)
        return local


@dataclass(frozen=True)
class _Accounts:
    """A number of each row's account by table (two debtors may have accounts of one name), and which promises name
    theirs."""

    keys: Mapping[str, Ints]
    is_named: NDArray[np.bool_]

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], whose: Mapping[str, Ints]) -> _Accounts:
        columns = {name: tables[name]["account_id"] for name in ("charges", "payments", "promises")}
        names = pc.unique(pa.chunked_array([chunk for column in columns.values() for chunk in column.chunks]))
        keys = {name: whose[name] * (len(names) + 1) + find_places(column, names) for name, column in columns.items()}
        return cls(keys, one_piece(columns["promises"]).is_valid().to_numpy(zero_copy_only=False))


def _zones(debtors: pa.Table) -> NDArray[np.object_]:
    countries = debtors["country"].to_pylist()
    named = debtors["timezone"].to_pylist()
    return np.array([zone or principal_zone(country) for zone, country in zip(named, countries, strict=True)], object)


def _read_numbers(
    tables: Mapping[str, pa.Table],
    debtors: tuple[pa.Array, Mapping[str, Ints]],
    accounts: _Accounts,
    money: Money,
    clock: _Clock,
) -> Numbers:
    ids, whose = debtors
    charges, payments = tables["charges"], tables["payments"]
    recorded = clock.read(payments["recorded_at"]) // DAY_US
    is_recorded = one_piece(payments["recorded_at"]).is_valid()
    named = find_places(payments["charge_id"], one_piece(charges["charge_id"]))
    days = {"recorded_on": pc.if_else(is_recorded, pa.array(recorded.astype(np.int32)), None).cast(pa.date32())}
    return Numbers.read(
        pa.table({"debtor_id": ids, "key": np.arange(len(ids))}),
        _money_rows(charges, ("charge_id", "issued_on", "due_on", "cancelled_on"), {
            "debtor_key": whose["charges"], "account_key": accounts.keys["charges"],
            "charge_key": np.arange(len(charges)), "cents": money.cents["charges"], "rate": money.rates["charges"],
        }),
        _money_rows(payments, ("payment_id", "paid_on", "reversed_on"), days | {
            "debtor_key": whose["payments"], "account_key": accounts.keys["payments"], "charge_key": named,
            "names_charge": one_piece(payments["charge_id"]).is_valid(), "cents": money.cents["payments"],
            "rate": money.rates["payments"],
        }),
    )  # fmt: skip


def _money_rows(table: pa.Table, columns: tuple[str, ...], computed: Mapping[str, Any]) -> pa.Table:
    return pa.table({"id": table[columns[0]], **{name: table[name] for name in columns[1:]}, **computed})


def _read_attempts(rows: pa.Table, debtor: Ints, clock: _Clock) -> dict[str, Any]:
    local = clock.read(rows["attempted_at"])
    reached = pc.is_in(one_piece(rows["outcome"]), value_set=_REACHED)
    return {
        "debtor_no": debtor, "channel": one_piece(rows["channel"]), "outcome": one_piece(rows["outcome"]),
        "reached": reached.to_numpy(zero_copy_only=False), "attempted_on": local // DAY_US,
        "hour": local % DAY_US // HOUR_US,
    }  # fmt: skip


def _read_promises(rows: pa.Table, of: tuple[Ints, _Accounts], money: Money, clock: _Clock) -> dict[str, Any]:
    debtor, accounts = of
    return {
        "debtor_no": debtor, "made_on": clock.read(rows["made_at"]) // DAY_US,
        "due_on": one_piece(rows["due_on"]).cast(pa.int32()).to_numpy().astype(np.int64),
        "amount": money.promised, "account_key": Column(accounts.keys["promises"], accounts.is_named),
    }  # fmt: skip


def find_places(column: pa.ChunkedArray | pa.Array, among: pa.Array) -> Ints:
    """Where each value lies in `among`; -1 where it does not."""
    values = one_piece(column)
    places = pc.index_in(values if values.type == among.type else values.cast(among.type), value_set=among)
    found: Ints = (places.fill_null(-1) if places.null_count else places).to_numpy().astype(np.int64)
    return found


def one_piece(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column in one piece."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
