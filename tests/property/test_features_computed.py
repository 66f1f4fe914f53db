"""Features of drawn histories, computed on arrays, are to the last bit what the engine makes of the same functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random, SystemRandom
from typing import Any

import ibis
import pyarrow as pa
import pytest
from tests.property.histories import AS_OF, portfolio
from tests.unit.table_samples import books_of, open_backend

from recobro_data.books.numbered import numbered_rows
from recobro_models.features.families import DEBTOR_FAMILIES, Family, compute_debtor_features

N_DEBTORS = 80


@pytest.fixture(scope="module")
def engine() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(engine: ibis.BaseBackend) -> tuple[int, Mapping[str, Mapping[str, Any]]]:
    """A seed, which draws the same rows again, and the numbered rows."""
    seed = SystemRandom().randrange(2**32)
    found = books_of(engine, portfolio(Random(seed), N_DEBTORS), AS_OF).numbered_rows()
    for name, columns in found.items():
        engine.create_table(name, pa.table(dict(columns)), temp=True)
    return seed, found


@pytest.mark.parametrize("family", DEBTOR_FAMILIES, ids=lambda family: family.name)
def test_a_family_computed_on_arrays_is_what_the_engine_says(
    engine: ibis.BaseBackend, rows: tuple[int, Mapping[str, Mapping[str, Any]]], family: Family
) -> None:
    seed, source = rows[0], family.source(numbered_rows())
    grouped = source.group_by("debtor_no").agg(**{name: make(source) for name, make in family.columns.items()})
    debtors, columns = compute_debtor_features(rows[1])
    found = dict(zip(debtors.tolist(), pa.table(columns).select(list(family.columns)).to_pylist(), strict=True))
    told = {row.pop("debtor_no"): row for row in engine.to_pyarrow(grouped).to_pylist()}
    both = told.keys() & found.keys()
    assert both, seed
    assert {debtor: found[debtor] for debtor in both} == {debtor: told[debtor] for debtor in both}, seed
