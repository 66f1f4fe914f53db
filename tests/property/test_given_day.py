"""What arrays give of drawn histories is to the last bit what the engine gives of the same rows in a lake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from random import Random, SystemRandom

import ibis
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from tests.property.histories import AS_OF, portfolio
from tests.unit.table_samples import Record, lake_tables, open_backend

from recobro_data.books import build_books, known_as_of, place_in_time
from recobro_data.settings import Settings
from recobro_models.given_day import read_given_day
from recobro_models.snapshots import DayRows, build_day_rows, day_tables

FRAMES = ("debtors", "charges", "contact_points", "attempts")
RATES = {"USD": 3.7, "EUR": 4.05}


@pytest.fixture
def engine() -> Iterator[ibis.BaseBackend]:
    with open_backend() as opened:
        yield opened


def drawn(seed: int, n_debtors: int, currencies: tuple[str, ...]) -> list[Record]:
    """Histories of debtors of several zones, every second one with a contact point, charges in any of currencies."""
    random = Random(seed)
    records = list(portfolio(random, n_debtors))
    names = sorted({row["debtor_id"] for table, row in records if table == "charges"})
    for table, row in records:
        if table == "charges":
            row["currency"] = random.choice(currencies)
    return [*records, *(("contact_points", {"debtor_id": one, "channel": "call"}) for one in names[::2])]


def given(records: Iterable[Record]) -> dict[str, pa.Table]:
    """The rows in memory, each of a debtor who is there, in an order of their own."""
    tables = {name: table.to_pyarrow() for name, table in lake_tables(records).items()}
    known = {name: table.filter(table["debtor_id"].is_valid()) for name, table in tables.items()}
    return {name: table.take(pa.array(range(len(table) - 1, -1, -1), pa.int64())) for name, table in known.items()}


def from_lake(engine: ibis.BaseBackend, records: Iterable[Record], rates: Mapping[str, float]) -> DayRows:
    placed = place_in_time(lake_tables(records), engine, rates=rates)
    books = build_books(known_as_of(placed, AS_OF), engine)
    return build_day_rows({name: table.to_pandas() for name, table in day_tables(books, Settings()).items()}, AS_OF)


@pytest.mark.parametrize(
    ("currencies", "rates"), [(("PEN",), {}), (("PEN", "USD", "EUR"), RATES), (("USD", "EUR"), RATES)]
)
def test_rows_in_memory_are_read_as_those_of_a_lake(
    engine: ibis.BaseBackend, currencies: tuple[str, ...], rates: dict[str, float]
) -> None:
    seed = SystemRandom().randrange(2**32)
    records = drawn(seed, 120, currencies)
    told, found = from_lake(engine, records, rates), read_given_day(given(records), AS_OF, Settings(rates=rates))
    assert len(told.charges) > len(told.debtors) > 0, seed
    for name in FRAMES:
        lake, read = getattr(told, name), getattr(found, name)
        assert set(lake.columns) == set(read.columns), seed
        assert_frame_equal(
            read[list(lake.columns)],
            lake,
            check_dtype=False,
            check_column_type=False,
            check_exact=True,
            obj=f"{name} {seed}",
        )


def test_a_debtor_alone_is_read_as_among_others() -> None:
    seed = SystemRandom().randrange(2**32)
    tables = given(drawn(seed, 30, ("PEN",)))
    together = read_given_day(tables, AS_OF, Settings())
    for at, name in enumerate(together.debtors["debtor_id"]):
        own = {table: rows.filter(pa.compute.equal(rows["debtor_id"], name)) for table, rows in tables.items()}
        alone = read_given_day(own, AS_OF, Settings()).debtors[list(together.debtors.columns)]
        among = together.debtors.iloc[[at]].reset_index(drop=True)
        assert_frame_equal(
            alone, among, check_dtype=False, check_column_type=False, check_exact=True, obj=f"{name} {seed}"
        )


def test_debtors_who_owe_nothing_are_no_rows() -> None:
    tables = given([("debtors", {"debtor_id": "d1", "country": "PE"})])
    assert not len(read_given_day(tables, AS_OF, Settings()).debtors)
