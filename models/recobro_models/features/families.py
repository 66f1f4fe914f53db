"""The families of features and how their columns come together: one row a debtor, or one row an open charge."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Final

import ibis

from recobro_data.books import Books
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
    """Features over one source: `columns` maps each name to its function."""

    name: str
    about: str
    source: Callable[[Books], ibis.Table]
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
    table = books.charges.select("debtor_id").distinct()
    for family in DEBTOR_FAMILIES:
        source = family.source(books)
        columns = source.group_by("debtor_id").agg(**{name: make(source) for name, make in family.columns.items()})
        table = table.left_join(columns, "debtor_id").drop("debtor_id_right")
    return table.mutate(
        **{name: table[name].fill_null(0) for name in DEBTOR_FEATURES if name.startswith(("n_", "has_"))}
    )


def build_charge_features(books: Books, debtor_features: ibis.Table) -> ibis.Table:
    """One row an open charge: `charge_id`, `debtor_id`, `due_on`, its own features and its debtor's."""
    source = CHARGE_FAMILY.source(books)
    own = source.select(
        "charge_id", "debtor_id", "due_on", **{name: make(source) for name, make in CHARGE_FAMILY.columns.items()}
    )
    return own.left_join(debtor_features, "debtor_id").drop("debtor_id_right")
