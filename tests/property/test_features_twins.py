"""What holds for all features: nothing later changes one, row order does not, a debtor alone gets the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.property.histories import AS_OF, known_rows, many_debtors
from tests.unit.table_samples import Record, all_rows, books_of, open_backend

from recobro_data.books.known import keep
from recobro_models.features import build_charge_features, build_debtor_features
from recobro_models.features.families import CHARGE_FEATURES, DEBTOR_FEATURES

#: Sixty debtors at once hold more than a search for the least that fails would find in the time it takes.
FEW = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def backend() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


def features(backend: ibis.BaseBackend, records: Sequence[Record]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every feature of every debtor, and of every open charge."""
    books = books_of(backend, records, AS_OF)
    debtors = keep(build_debtor_features(books), backend)
    charges = build_charge_features(books, debtors.select("debtor_id"))
    return all_rows(debtors), all_rows(charges)


@FEW
@given(records=many_debtors)
def test_nothing_dated_or_recorded_from_as_of_on_changes_a_feature(
    backend: ibis.BaseBackend, records: list[Record]
) -> None:
    assert features(backend, records) == features(backend, list(known_rows(records)))


@FEW
@given(records=many_debtors, seed=st.integers(0))
def test_the_order_of_rows_changes_no_feature(backend: ibis.BaseBackend, records: list[Record], seed: int) -> None:
    shuffled = Random(seed).sample(records, len(records))
    assert features(backend, records) == features(backend, shuffled)


@FEW
@given(records=many_debtors, chosen=st.integers(0, 59))
def test_a_debtor_alone_gets_the_features_it_has_among_others(
    backend: ibis.BaseBackend, records: list[Record], chosen: int
) -> None:
    mark = f"h{chosen}:"
    own = [(table, row) for table, row in records if row["debtor_id"].startswith(mark)]
    among = [[row for row in rows if row["debtor_id"].startswith(mark)] for rows in features(backend, records)]
    assert list(features(backend, own)) == among


@settings(FEW, max_examples=1)
@given(records=many_debtors)
def test_a_charge_row_holds_every_feature_once(backend: ibis.BaseBackend, records: list[Record]) -> None:
    books = books_of(backend, records, AS_OF)
    columns = build_charge_features(books, build_debtor_features(books)).columns
    assert sorted(columns) == sorted(["charge_id", "debtor_id", "due_on", *CHARGE_FEATURES, *DEBTOR_FEATURES])
