"""The families of features and how their columns come together: one row a debtor, or one row an open charge."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, Final

import ibis
import pyarrow as pa

from recobro_data.books import Books
from recobro_data.books.columns import Column
from recobro_data.books.computed import Computed, Debtors, find_debtors
from recobro_data.books.numbered import numbered_rows
from recobro_models.features import (
    charge,
    contact_history,
    open_position,
    payment_history,
    payment_pattern,
    promise_history,
)
from recobro_models.features.paying_days import compute_paying_days

Feature = Callable[[ibis.Table], ibis.Value]


@dataclass(frozen=True)
class Family:
    """Features over one source, made of `Rows` (of a debtor) or `Books` (of a charge): `columns` maps each name to its
    function."""

    name: str
    about: str
    source: Callable[[Any], ibis.Table]
    columns: Mapping[str, Feature]


def _family(module: ModuleType, extra: Mapping[str, Feature] = MappingProxyType({})) -> Family:
    """Every public function that a module defines, but its `source`, is a feature of that name."""
    own = {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
    columns = {name: function for name, function in (own | dict(extra)).items() if name != "source"}
    about = (module.__doc__ or "").strip().splitlines()[0]
    return Family(module.__name__.rpartition(".")[2], about, module.source, MappingProxyType(columns))


#: Families of the debtor, in the order of their columns.
DEBTOR_FAMILIES: Final = (
    _family(payment_history),
    _family(payment_pattern),
    _family(open_position),
    _family(contact_history, contact_history.COUNTERS),
    _family(promise_history),
)
CHARGE_FAMILY: Final = _family(charge)
FAMILIES: Final = (*DEBTOR_FAMILIES, CHARGE_FAMILY)

#: Columns that hold a category, not a number.
CATEGORIES: Final = ("product", "portfolio", "region", "kind")
DEBTOR_FEATURES: Final = tuple(name for family in DEBTOR_FAMILIES for name in family.columns)
CHARGE_FEATURES: Final = tuple(CHARGE_FAMILY.columns)


def build_debtor_features(books: Books, *, paying_days: bool = False) -> ibis.Table:
    """One row a debtor with a known charge: `debtor_id` and every debtor feature as of `books.as_of`.

    Counts (`n_`) and flags (`has_`) of a debtor without attempts, payments or promises are 0; what else is unknown is
    null. With `paying_days` there are `PAYING_DAYS` too, which only the contact effect reads.
    """
    rows = books.numbered_rows()
    debtors, columns = compute_debtor_features(rows)
    if paying_days:
        columns |= {name: pa.array(column.values) for name, column in compute_paying_days(rows, debtors).items()}
    return books.show(debtors, columns)


def compute_debtor_features(rows: Mapping[str, Mapping[str, Any]]) -> tuple[Debtors, dict[str, pa.Array]]:
    """The numbers of debtors with a known charge, in order, and every debtor feature of each.

    Args:
        rows: numbered rows (`recobro_data.books.numbered`) by table and column.
    """
    debtors = find_debtors(rows["charges"])
    types = _debtor_types()
    return debtors, {
        name: column.to_arrow(types[name]) for name, column in compute_debtor_columns(rows, debtors).items()
    }


def compute_debtor_columns(rows: Mapping[str, Mapping[str, Any]], debtors: Debtors) -> dict[str, Column]:
    """Every debtor feature of `debtors`, who are in order; of one without such rows a count or flag is 0."""
    columns: dict[str, Column] = {}
    # Family by family: what was computed for one is memory that the next has no use for.
    for computed in _computed_families():
        for name, column in computed.aggregates(rows, debtors).items():
            columns[name] = Column(column.values) if name.startswith(("n_", "has_")) else column
    return columns


@cache
def _computed_families() -> list[Computed]:
    """Each family of the debtor, read but once."""
    return [Computed(source, values) for source, values in _expressions()]


@cache
def _debtor_types() -> dict[str, pa.DataType]:
    return {name: value.type().to_pyarrow() for _, values in _expressions() for name, value in values.items()}


def _expressions() -> Iterator[tuple[ibis.Table, dict[str, ibis.Value]]]:
    """Each family's source and columns."""
    for family in DEBTOR_FAMILIES:
        source = family.source(numbered_rows())
        yield source, {name: make(source) for name, make in family.columns.items()}


def build_charge_features(books: Books, debtor_features: ibis.Table) -> ibis.Table:
    """One row an open charge: `charge_id`, `debtor_id`, `due_on`, its own features and its debtor's."""
    source = CHARGE_FAMILY.source(books)
    own = source.select(
        "charge_id", "debtor_id", "due_on", **{name: make(source) for name, make in CHARGE_FAMILY.columns.items()}
    )
    return own.left_join(debtor_features, "debtor_id").drop("debtor_id_right")


def compute_charge_columns(charges: Mapping[str, Any]) -> dict[str, Column]:
    """Every feature of open charges that is a number, from columns as `GivenBooks.open_charges` has them."""
    return _computed_charges().values({_OPEN_CHARGES.get_name(): {**charges, "debtor_id": charges["debtor_no"]}})


def category_sources() -> dict[str, str]:
    """The column of a charge or its debtor (of whose `kind`: `debtor_kind`) that each category is."""
    return {name: CHARGE_FAMILY.columns[name](_OPEN_CHARGES).get_name() for name in CATEGORIES}


#: Open charges that stand on no engine.
_OPEN_CHARGES: Final = ibis.table(
    {
        "debtor_no": "int32", "debtor_id": "int32", "amount": "float64", "paid_amount": "float64",
        "days_past_due": "int64", "issued_on": "date", "due_on": "date", "product": "string", "portfolio_id": "string",
        "region": "string", "debtor_kind": "string",
    },
    name="open_charges",
)  # fmt: skip


@cache
def _computed_charges() -> Computed:
    own = {name: make for name, make in CHARGE_FAMILY.columns.items() if name not in CATEGORIES}
    return Computed(_OPEN_CHARGES, {name: make(_OPEN_CHARGES) for name, make in own.items()})
