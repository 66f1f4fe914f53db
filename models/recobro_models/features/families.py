"""The families of features and how their columns come together: one row a debtor, or one row an open charge."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, Final

import ibis
import pyarrow as pa

from recobro_data.books import Books
from recobro_data.books.columns import Column
from recobro_data.books.computed import Computed, Debtors
from recobro_data.books.numbered import numbered_rows
from recobro_models.features import (
    charge,
    contact_history,
    open_position,
    payment_history,
    payment_pattern,
    promise_history,
)

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


def build_debtor_features(books: Books) -> ibis.Table:
    """One row a debtor with a known charge: `debtor_id` and every debtor feature as of `books.as_of`.

    Counts (`n_`) and flags (`has_`) of a debtor without attempts, payments or promises are 0; what else is unknown is
    null.
    """
    return books.show(*compute_debtor_features(books.numbered_rows()))


def compute_debtor_features(rows: Mapping[str, Mapping[str, Any]]) -> tuple[Debtors, dict[str, pa.Array]]:
    """The numbers of debtors with a known charge, in order, and every debtor feature of each.

    Args:
        rows: numbered rows (`recobro_data.books.numbered`) by table and column.
    """
    debtors = Computed(rows).debtors(numbered_rows().charges)
    columns: dict[str, pa.Array] = {}
    for source, values in _expressions():
        # Each family anew: what was computed for one is memory that the next has no use for.
        for name, column in Computed(rows).columns(debtors, source, values).items():
            known = Column(column.values) if name.startswith(("n_", "has_")) else column
            columns[name] = known.to_arrow(values[name].type().to_pyarrow())
    return debtors, columns


@cache
def _expressions() -> list[tuple[ibis.Table, dict[str, ibis.Value]]]:
    """Each family's source and columns, written but once."""
    sources = [(family.source(numbered_rows()), family.columns) for family in DEBTOR_FAMILIES]
    return [(source, {name: make(source) for name, make in columns.items()}) for source, columns in sources]


def build_charge_features(books: Books, debtor_features: ibis.Table) -> ibis.Table:
    """One row an open charge: `charge_id`, `debtor_id`, `due_on`, its own features and its debtor's."""
    source = CHARGE_FAMILY.source(books)
    own = source.select(
        "charge_id", "debtor_id", "due_on", **{name: make(source) for name, make in CHARGE_FAMILY.columns.items()}
    )
    return own.left_join(debtor_features, "debtor_id").drop("debtor_id_right")
