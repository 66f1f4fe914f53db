"""The leakage canary: features are rebuilt from a lake that ends at their as-of day, and must be the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
import pytest
from tests.conftest import Workspace

from recobro_data.errors import LeakError
from recobro_data.lake import Lake
from recobro_models.frozen_lake import FrozenLake, check_snapshots
from recobro_models.snapshots import DayRows, Snapshots, TrainingRows


class SeesAhead(Snapshots):
    """Snapshots with one feature of all payments in the lake, later ones too."""

    def day_rows(self, *given: Any, **named: Any) -> DayRows:
        rows = super().day_rows(*given, **named)
        return DayRows(rows.debtors, self._planted(rows.charges), rows.contact_points, rows.attempts, rows.portfolios)

    def training_rows(self, *given: Any, **named: Any) -> TrainingRows:
        rows = super().training_rows(*given, **named)
        return TrainingRows(self._planted(rows.risk), rows.debtors, rows.attempts)

    def _planted(self, charges: pd.DataFrame) -> pd.DataFrame:
        payments = self.lake.read(ibis.duckdb.connect(), "payments").to_pandas()
        return charges.assign(paid_amount_ever=charges["debtor_id"].map(payments["debtor_id"].value_counts()))


@pytest.fixture(scope="module")
def asked(short_workspace: Workspace) -> tuple[Workspace, list[Any]]:
    days = [short_workspace.as_of - timedelta(days=back) for back in (40, 30, 20)]
    return short_workspace, days


def built(kind: type[Snapshots], asked: tuple[Workspace, list[Any]]) -> tuple[Snapshots, pd.DataFrame]:
    workspace, days = asked
    snapshots = kind(Lake(workspace.settings.lake_dir), workspace.settings)
    return snapshots, snapshots.training_rows(days, seen_until=workspace.as_of).risk


def test_our_own_features_see_nothing_of_what_came_later(asked: tuple[Workspace, list[Any]]) -> None:
    snapshots, rows = built(Snapshots, asked)
    assert len(rows) > 50
    check_snapshots(snapshots, rows, asked[1])


def test_a_feature_from_the_future_is_caught(asked: tuple[Workspace, list[Any]]) -> None:
    snapshots, rows = built(SeesAhead, asked)
    with pytest.raises(LeakError, match="found paid_amount_ever, which the future changed"):
        check_snapshots(snapshots, rows, asked[1])


def test_a_frozen_lake_holds_what_came_before_its_day_and_nothing_later(asked: tuple[Workspace, list[Any]]) -> None:
    workspace, days = asked
    lake, backend = Lake(workspace.settings.lake_dir), ibis.duckdb.connect()
    frozen = FrozenLake(lake, days[0], tuple(lake.read(backend, "debtors").debtor_id.to_list()))
    for table, column in {"charges": "issued_on", "payments": "paid_on"}.items():
        found = frozen.read(backend, table)
        assert 0 < found.count().execute() == (lake.read(backend, table)[column] < days[0]).sum().execute()
    newest = frozen.read(backend, "contact_attempts").attempted_at.max().execute()
    assert pd.Timedelta(0) <= pd.Timestamp(days[0], tz="UTC") + pd.Timedelta(hours=12) - newest < pd.Timedelta(days=5)


def test_without_rows_there_is_nothing_to_compare(asked: tuple[Workspace, list[Any]]) -> None:
    workspace, days = asked
    check_snapshots(Snapshots(Lake(workspace.settings.lake_dir), workspace.settings), pd.DataFrame(), days)
