"""What a plan hands the store of each debtor's charges adds up to what its items ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Workspace

from recobro_data.lake import Lake
from recobro_data.store.live_money import Position
from recobro_models.decision.positions import build_positions
from recobro_models.snapshots import DayRows, Snapshots


@pytest.fixture(scope="module")
def rows(short_workspace: Workspace) -> DayRows:
    settings = short_workspace.settings
    return Snapshots(Lake(settings.lake_dir), settings).day_rows(short_workspace.as_of)


@pytest.fixture(scope="module")
def positions(rows: DayRows) -> dict[str, Position]:
    ugly = rows.charges.set_index(np.arange(len(rows.charges))[::-1] * 3)
    found = build_positions(rows.debtors.set_index(np.full(len(rows.debtors), 7)), ugly)
    return {debtor_id: Position.from_json(body) for debtor_id, _, body in found}


def by_debtor(rows: DayRows, column: str) -> dict[str, Any]:
    return dict(zip(rows.debtors["debtor_id"], rows.debtors[column], strict=True))


def test_everybody_with_an_open_charge_has_a_position(rows: DayRows, positions: dict[str, Position]) -> None:
    assert list(positions) == list(rows.debtors["debtor_id"])
    assert sum(len(position.charges) for position in positions.values()) == len(rows.charges)


def test_the_charges_of_a_position_add_up_to_the_balance(rows: DayRows, positions: dict[str, Position]) -> None:
    sums = {debtor_id: sum(one.cents for one in position.charges) / 100 for debtor_id, position in positions.items()}
    assert sums == pytest.approx(by_debtor(rows, "balance_due"))


def test_what_is_asked_for_is_what_the_item_collects_with_its_promises(
    rows: DayRows, positions: dict[str, Position]
) -> None:
    asked = {
        debtor_id: sum(one.cents for one in position.asked_for if not one.is_disputed) / 100
        for debtor_id, position in positions.items()
    }
    clear = (rows.debtors["amount_to_collect"] + rows.debtors["promised_amount"]).to_numpy()
    promised = pd.Series(by_debtor(rows, "promised_amount"))
    told = dict(zip(rows.debtors["debtor_id"], clear, strict=True))
    whole = [debtor_id for debtor_id in told if promised[debtor_id] <= asked[debtor_id]]
    assert {name: asked[name] for name in whole} == pytest.approx({name: told[name] for name in whole})
    assert len(whole) > 10
