"""Who waits for capacity has an option ready for the moment when some comes free."""

from __future__ import annotations

import numpy as np
from tests.unit.model_samples import build_settings
from tests.unit.test_worklist_rows import SCARCE, plan

from recobro_data.store.fields import LEFT_ALONE_FIELDS


def test_only_those_who_wait_for_capacity_have_a_reserve() -> None:
    _, alone = plan(6, settings=build_settings(**SCARCE), do_not_contact=np.arange(6) == 0)
    assert {row["because"]: "reserve" in row for row in alone} == {"do_not_contact": False, "no_capacity": True}


def test_a_reserve_is_what_capacity_would_have_been_used_for() -> None:
    items, _ = plan(6)
    _, alone = plan(6, settings=build_settings(**SCARCE))
    reserve = next(row["reserve"] for row in alone if row["because"] == "no_capacity")
    assert reserve.keys() <= items[0].keys()
    assert (reserve["channel"], reserve["window_start"][11:13] in ("09", "10")) == ("call", True)
    assert reserve["expected_value"] == round(reserve["expected_recovery"] - reserve["cost"], 2)


def test_the_richest_who_waits_has_the_most_valuable_reserve() -> None:
    _, alone = plan(6, settings=build_settings(**SCARCE))
    values = [row["reserve"]["expected_value"] for row in alone if row["because"] == "no_capacity"]
    assert values == sorted(values)


def test_a_reserve_is_kept_beside_the_row_and_not_shown_with_it() -> None:
    assert "reserve" not in LEFT_ALONE_FIELDS
