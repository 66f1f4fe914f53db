"""Scores are packed by two writers, and read as if it had been one."""

from __future__ import annotations

import gc
import zlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.errors import UsageError
from recobro_data.store import PublishedPlan, Store, open_store
from recobro_data.store.packing import pack_json, pack_scores

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_CELLS = st.one_of(_NUMBERS, st.floats(0, 1).map(lambda p: round(p, 4)), st.integers(), st.none(), st.booleans())
_TABLES = st.lists(st.lists(_CELLS, max_size=5), max_size=4)


def payload(tables: dict[str, Any], note: str = "") -> dict[str, Any]:
    channels = {name: {"first_hour": 7, "p_reach": table, "lawful": [[True]]} for name, table in tables.items()}
    return {"risk": {"p_unpaid": 0.25, "note": note}, "contact": {"timezone": "UTC", "channels": channels}}


@given(st.dictionaries(st.sampled_from(["call", "sms", "email"]), _TABLES), st.text(st.characters(codec="utf-8")))
def test_tables_of_scores_are_packed_as_any_other_json(tables: dict[str, Any], note: str) -> None:
    given_ = payload(tables, note)
    assert zlib.decompress(pack_scores(given_)) == pack_json(given_).encode()


@pytest.mark.parametrize("p", [1e-05, 1.25e-05, 0.0001, 1e16, 1e22, -0.0, 10.00001])
def test_a_number_that_writers_spell_differently_is_spelt_as_python_does(p: float) -> None:
    assert f"[[0.5,{p!r}]]".encode() in zlib.decompress(pack_scores(payload({"call": [[0.5, p]]})))


def test_what_stands_for_a_table_may_be_a_text_of_the_payload() -> None:
    given_ = payload({"call": [[0.5]]}, "\x00p_reach")
    assert zlib.decompress(pack_scores(given_)) == pack_json(given_).encode()


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), object()])
def test_a_table_that_json_can_not_carry_is_refused(cell: Any) -> None:
    with pytest.raises(UsageError, match="a row of plain JSON values"):
        pack_scores(payload({"call": [[cell]]}))


def empty_plan(**given_: Any) -> PublishedPlan:
    day = date(2026, 1, 2)
    versions = {"policy": "p", "risk_model": None, "contact_model": None, "effect_model": None, "rules": "r"}
    made = {"plan_id": "one", "as_of": day, "work_date": day, "created_at": datetime(2026, 1, 2, tzinfo=UTC)}
    return PublishedPlan(**{**versions, **made, **given_})


@pytest.fixture
def store(tmp_path: Any) -> Any:
    with open_store(f"sqlite:///{tmp_path}/recobro.db") as opened:
        yield opened


def test_the_collector_rests_while_rows_are_written_and_goes_on_after(store: Store) -> None:
    seen: list[bool] = []
    rows = (seen.append(gc.isenabled()) or row for row in [("a", "book", payload({}))])
    store.publish_plan(empty_plan(scores=rows))
    assert (seen, gc.isenabled()) == ([False], True)


def test_the_collector_goes_on_after_a_plan_that_was_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="every field of a worklist item"):
        store.publish_plan(empty_plan(items=[{"debtor_id": "a"}]))
    assert gc.isenabled()
