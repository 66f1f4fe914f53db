"""After any sequence of loads, each past state can be read back exactly."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.lake_samples import load, rows_of, settings_in

from recobro_data.lake import Lake

_FEW = settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_debtor = st.sampled_from(["d1", "d2", "d3"])
_charge = st.tuples(
    st.sampled_from(["c1", "c2", "c3"]), _debtor, st.sampled_from(["", "a1"]), st.just("2026-01-10"), st.integers(1, 3)
)
_payment = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["c1", "c2", ""]), st.just("a1"), st.just("2026-02-01"),
    st.integers(1, 2),
)  # fmt: skip
_dispute = st.tuples(st.sampled_from(["x1", "x2"]), st.sampled_from(["c1", "c2"]), st.just("2026-02-03"))


def _unique(rows: st.SearchStrategy[Any], least: int = 0) -> Any:
    return st.lists(rows, min_size=least, max_size=3, unique_by=lambda row: row[0])


_load = st.tuples(_unique(_charge, 1), _unique(_payment), _unique(_dispute), st.sampled_from([2, 3]))


@_FEW
@given(loads=st.lists(_load, min_size=2, max_size=4))
def test_each_past_state_of_the_lake_can_be_read_back_exactly(loads: list[Any]) -> None:
    backend = ibis.duckdb.connect(threads=1)
    seen: list[tuple[datetime, str, Any, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for charges, payments, disputes, partitions in loads:
            inside = settings_in(Path(folder) / "home", partitions)
            debtors = [("d1", "PE"), ("d2", "PE"), ("d3", "PE")]
            # Every account that payments name exists, and payments has a row: neither is what this is about.
            sound = [("c0", "d1", "a1", "2026-01-10", "5")]
            paid = [("p0", "c0", "", "2026-02-01", "5")]
            load(inside, debtors=debtors, charges=sound + charges, payments=paid + payments, disputes=disputes)
            lake = Lake(inside.lake_dir)
            seen.append((datetime.now(UTC), lake.version, lake.newest(), rows_of(lake, backend)))
        for instant, version, newest, rows in seen:
            past = Lake(inside.lake_dir, instant)
            assert (past.version, past.newest(), rows_of(past, backend)) == (version, newest, rows)
    backend.disconnect()
