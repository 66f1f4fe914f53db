"""What is computed on arrays is what the engine says, with nulls, debtors out of order, and nobody at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from recobro_data.books.computed import Computed, find_debtors
from recobro_data.errors import UsageError

ROWS = pa.table(
    {
        "debtor_no": pa.array([3, 0, 3, 0, 1, 3, 1, 0], pa.int32()),
        "days": pa.array([5, None, -7, 30, 12, 0, None, 365], pa.int64()),
        "amount": pa.array([0.125, 2.5, None, -0.125, None, 1e6, None, 7.0], pa.float64()),
        "paid": pa.array([True, None, False, True, None, None, False, True], pa.bool_()),
        "word": pa.array(["call", None, "sms", "call", "visit", "sms", "call", "email"], pa.string()),
        "on": pa.array([date(2026, 2, 28), None, date(2024, 2, 29), *[date(1969, 12, 31)] * 5], pa.date32()),
    }
)
TABLE = ibis.table(ibis.Schema.from_pyarrow(ROWS.schema), name="rows")
GIVEN = {"rows": {name: ROWS[name] for name in ROWS.column_names}}
Aggregate = Callable[[Any], Any]

#: Each way in which a feature may be written.
AGGREGATES: dict[str, Aggregate] = {
    "count": lambda t: t.count(),
    "count where": lambda t: t.count(where=t.days <= 12),
    "and of nulls": lambda t: t.count(where=(t.paid & (t.days > 0)).fill_null(True)),
    "or of nulls": lambda t: t.count(where=(t.paid | (t.days > 0)).fill_null(False)),
    "not": lambda t: t.count(where=~t.paid),
    "is null": lambda t: t.count(where=t.amount.isnull() | t.days.notnull()),
    "words": lambda t: t.count(where=(t.word == "call") | t.word.isin(("sms", "unheard of"))),
    "between": lambda t: t.days.mean(where=t.days.between(0, 30)),
    "mean of a flag": lambda t: t.paid.mean(where=t.days >= 0),
    "sum": lambda t: t.amount.sum(where=t.paid.fill_null(True)),
    "sum of whole numbers": lambda t: t.days.sum(),
    "least": lambda t: t.days.min(where=t.amount > 0),
    "greatest": lambda t: t.amount.max(where=t.days < 100),
    "greatest of several": lambda t: ibis.greatest(t.amount, t.days.cast("float64"), 1.0).sum(),
    "greatest, nulls only": lambda t: ibis.greatest(t.amount, t.days.cast("float64")).min(),
    "coalesce": lambda t: ibis.coalesce(t.amount, t.days.cast("float64"), -1.0).sum(),
    "nothing by nothing": lambda t: t.days.sum() / (t.count() - t.count()).nullif(0),
    "halves": lambda t: t.amount.sum(where=t.amount < 1).round(2) - t.amount.max().round(),
    "power and root": lambda t: (2 ** (t.days / 90)).max().sqrt() * 3,
    "calendar": lambda t: (t.on.day() * 10 + t.on.day_of_week.index()).max(),
}
SOURCES: dict[str, Callable[[Any], Any]] = {
    "all": lambda t: t,
    "some": lambda t: t.filter(t.days > 0),
    "made": lambda t: t.mutate(days=t.days + 1, amount=t.amount * 2).filter(lambda rows: rows.days >= 6),
    "none": lambda t: t.filter(t.days > 1000),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[ibis.BaseBackend]:
    backend = ibis.duckdb.connect()
    backend.create_table("rows", ROWS)
    yield backend
    backend.disconnect()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", AGGREGATES)
def test_an_aggregate_is_what_the_engine_says(engine: ibis.BaseBackend, name: str, source: str) -> None:
    rows = SOURCES[source](TABLE)
    told = engine.to_pyarrow(rows.group_by("debtor_no").agg(found=AGGREGATES[name](rows))).to_pydict()
    debtors, value = np.arange(5, dtype=np.int32), AGGREGATES[name](rows)
    found = Computed(rows, {name: value}).aggregates(GIVEN, debtors)[name].to_arrow(value.type().to_pyarrow())
    expected = dict(zip(told["debtor_no"], told["found"], strict=True))
    assert found.to_pylist() == [expected.get(debtor) for debtor in debtors.tolist()]


def test_debtors_come_in_order_and_once() -> None:
    assert find_debtors(GIVEN["rows"]).tolist() == [0, 1, 3]


def test_who_is_not_asked_for_is_left_out() -> None:
    found = Computed(TABLE, {"n": TABLE.count()}).aggregates(GIVEN, np.array([1], np.int32))
    assert found["n"].values.tolist() == [2]


def test_texts_of_a_dictionary_are_texts() -> None:
    columns = {name: ROWS[name] for name in ROWS.column_names} | {"word": ROWS["word"].dictionary_encode()}
    [found] = Computed(TABLE, {"n": n_calls()}).aggregates({"rows": columns}, np.array([0], np.int32)).values()
    assert found.values.tolist() == [1]


@pytest.mark.parametrize("value", [TABLE.amount.var(), (TABLE.word < "m").sum()], ids=["variance", "order of words"])
def test_an_expression_that_is_not_known_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match=r"Expected a feature of expressions that can be computed on arrays, found `"):
        Computed(TABLE, {"value": value})


#: Each way in which a column of single rows may be written that no aggregate above holds.
VALUES: dict[str, Aggregate] = {
    "days between": lambda t: t.on.delta(ibis.literal(date(2020, 1, 1)), unit="day"),
    "either": lambda t: ibis.ifelse(t.days > 5, t.amount, t.days.cast("float64")),
    "rank": lambda t: ibis.rank().over(group_by="debtor_no", order_by=t.amount.fill_null(0.0)),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_each_row_is_what_the_engine_says(engine: ibis.BaseBackend, name: str) -> None:
    rows = TABLE.filter(TABLE.debtor_no >= 0)
    told = engine.to_pyarrow(rows.select("debtor_no", "days", "amount", found=VALUES[name](rows))).to_pylist()
    columns = {"found": VALUES[name](rows), **{one: rows[one] for one in ("debtor_no", "days", "amount")}}
    found = Computed(rows, columns).values(GIVEN)
    types = {one: value.type().to_pyarrow() for one, value in columns.items()}
    listed = pa.table({one: column.to_arrow(types[one]) for one, column in found.items()}).to_pylist()
    assert sorted(map(str, (sorted(row.items()) for row in listed))) == sorted(
        map(str, (sorted(row.items()) for row in told))
    )


def n_calls() -> Any:
    return TABLE.count(where=TABLE.word == "call")
