"""Days owed and paid of drawn histories: no later row and no order of rows changes them, nor do other debtors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random, SystemRandom
from typing import Any

import ibis
import pytest
from tests.property.histories import AS_OF, known_rows, portfolio
from tests.unit.table_samples import Record, all_rows, books_of, open_backend

from recobro_models.features import build_debtor_features
from recobro_models.features.families import DEBTOR_FEATURES
from recobro_models.features.paying_days import PAYING_DAYS

N_DEBTORS = 60


@pytest.fixture(scope="module")
def backend() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn() -> tuple[int, list[Record]]:
    """A seed, which draws the same histories again, and the histories."""
    seed = SystemRandom().randrange(2**32)
    return seed, portfolio(Random(seed), N_DEBTORS)


def days(backend: ibis.BaseBackend, records: Sequence[Record]) -> list[dict[str, Any]]:
    found = build_debtor_features(books_of(backend, records, AS_OF), paying_days=True)
    return all_rows(found.select("debtor_id", *PAYING_DAYS))


def test_nothing_dated_or_recorded_from_as_of_on_changes_a_day(
    backend: ibis.BaseBackend, drawn: tuple[int, list[Record]]
) -> None:
    assert days(backend, list(known_rows(drawn[1]))) == days(backend, drawn[1]), drawn[0]


def test_the_order_of_rows_changes_no_day(backend: ibis.BaseBackend, drawn: tuple[int, list[Record]]) -> None:
    shuffled = Random(drawn[0]).sample(drawn[1], len(drawn[1]))
    assert days(backend, shuffled) == days(backend, drawn[1]), drawn[0]


def test_a_debtor_alone_has_the_days_it_has_among_others(
    backend: ibis.BaseBackend, drawn: tuple[int, list[Record]]
) -> None:
    mark = f"h{drawn[0] % N_DEBTORS}:"
    own = [(table, row) for table, row in drawn[1] if row["debtor_id"].startswith(mark)]
    among = [row for row in days(backend, drawn[1]) if row["debtor_id"].startswith(mark)]
    assert days(backend, own) == among, drawn[0]


def test_the_days_stand_beside_the_features_of_the_same_debtors(
    backend: ibis.BaseBackend, drawn: tuple[int, list[Record]]
) -> None:
    columns = build_debtor_features(books_of(backend, drawn[1][:20], AS_OF), paying_days=True).columns
    assert list(columns) == ["debtor_id", *DEBTOR_FEATURES, *PAYING_DAYS]
