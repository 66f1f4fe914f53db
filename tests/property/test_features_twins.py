"""What holds for all features: nothing later changes one, row order does not, a debtor alone gets the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Any

import ibis
import pytest
from tests.property.histories import AS_OF, known_rows, portfolio
from tests.unit.table_samples import Record, all_rows, books_of, open_backend

from recobro_data.books.placed import keep
from recobro_models.features import build_charge_features, build_debtor_features
from recobro_models.features.families import CHARGE_FEATURES, DEBTOR_FEATURES

#: All at once, as each look at tables costs the same for one debtor as for hundreds.
N_DEBTORS = 120
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """Histories drawn anew in every run, and their features; `seed` draws them again."""

    seed: int
    records: list[Record]
    features: tuple[Rows, Rows]


@pytest.fixture(scope="module")
def backend() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn(backend: ibis.BaseBackend) -> Drawn:
    seed = SystemRandom().randrange(2**32)
    records = portfolio(Random(seed), N_DEBTORS)
    return Drawn(seed, records, features(backend, records))


def features(backend: ibis.BaseBackend, records: Sequence[Record]) -> tuple[Rows, Rows]:
    """Every feature of every debtor, and of every open charge."""
    books = books_of(backend, records, AS_OF)
    debtors = keep(build_debtor_features(books), backend)
    charges = build_charge_features(books, debtors.select("debtor_id"))
    return all_rows(debtors), all_rows(charges)


def test_nothing_dated_or_recorded_from_as_of_on_changes_a_feature(backend: ibis.BaseBackend, drawn: Drawn) -> None:
    assert features(backend, list(known_rows(drawn.records))) == drawn.features, drawn.seed


def test_the_order_of_rows_changes_no_feature(backend: ibis.BaseBackend, drawn: Drawn) -> None:
    shuffled = Random(drawn.seed).sample(drawn.records, len(drawn.records))
    assert features(backend, shuffled) == drawn.features, drawn.seed


def test_a_debtor_alone_gets_the_features_it_has_among_others(backend: ibis.BaseBackend, drawn: Drawn) -> None:
    mark = f"h{drawn.seed % N_DEBTORS}:"
    own = [(table, row) for table, row in drawn.records if row["debtor_id"].startswith(mark)]
    among = [[row for row in rows if row["debtor_id"].startswith(mark)] for rows in drawn.features]
    assert list(features(backend, own)) == among, drawn.seed


def test_a_charge_row_holds_every_feature_once(backend: ibis.BaseBackend, drawn: Drawn) -> None:
    books = books_of(backend, drawn.records[:20], AS_OF)
    columns = build_charge_features(books, build_debtor_features(books)).columns
    assert sorted(columns) == sorted(["charge_id", "debtor_id", "due_on", *CHARGE_FEATURES, *DEBTOR_FEATURES])
