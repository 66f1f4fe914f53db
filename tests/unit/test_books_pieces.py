"""The lake in pieces: every debtor in one of them, and the same rows however many there are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import ibis
import pandas as pd
import pytest
from tests.unit.lake_samples import load, settings_in

from recobro_data.books.pieces import cut_pieces, place_pieces
from recobro_data.lake import Lake
from recobro_models.snapshots import DayRows, Snapshots

AS_OF = date(2026, 7, 1)
#: Their order as text is not that as numbers; a quote and a letter beyond ASCII must not cut a piece wrongly.
DEBTORS = [f"d{number}" for number in range(40)] + ["o'x", "ñ", "Z"]


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    settings = settings_in(Path(tmp_path_factory.mktemp("pieces")) / "home", partitions=2)
    months = [(name, month, AS_OF - timedelta(days=30 * month - 7)) for name in DEBTORS for month in range(1, 5)]
    load(
        settings,
        debtors=[(name, "PE") for name in DEBTORS],
        charges=[(f"{name}-{month}", name, "", due, 100 + month) for name, month, due in months],
        payments=[(f"p{name}-{month}", f"{name}-{month}", "", due, 60) for name, month, due in months if month % 2],
        contact_attempts=[
            (f"a{name}-{month}", name, "call", f"{due}T15:00:00Z", "no_answer") for name, month, due in months
        ],
        promises=[(f"r{name}", name, f"{AS_OF - timedelta(days=40)}T15:00:00Z", AS_OF, 50) for name in DEBTORS[::3]],
    )
    return Snapshots(Lake(settings.lake_dir), settings)


def day_rows(snapshots: Snapshots, piece_rows: int) -> DayRows:
    cut = Snapshots(snapshots.lake, snapshots.settings, piece_rows)
    return cut.day_rows(AS_OF)


@pytest.mark.parametrize(("piece_rows", "at_least"), [(1_000_000, 1), (200, 2), (20, 20), (1, 43)])
def test_every_debtor_is_in_one_piece(snapshots: Snapshots, piece_rows: int, at_least: int) -> None:
    backend = ibis.duckdb.connect()
    pieces = cut_pieces(snapshots.lake, backend, at_most=piece_rows)
    placed = place_pieces(snapshots.lake, backend, pieces, {})
    found = [name for tables in placed for name in tables["debtors"].debtor_id.to_list()]
    backend.disconnect()
    assert sorted(found) == sorted(DEBTORS)
    assert len(pieces) >= at_least


def test_a_day_in_pieces_is_the_day_in_one(snapshots: Snapshots) -> None:
    whole, cut = day_rows(snapshots, 1_000_000), day_rows(snapshots, 100)
    for name, key in {"debtors": "debtor_id", "charges": "charge_id", "attempts": "debtor_id"}.items():
        frames = [getattr(rows, name).sort_values([key], kind="stable", ignore_index=True) for rows in (whole, cut)]
        pd.testing.assert_frame_equal(*frames)


def test_what_one_piece_kept_is_gone_in_the_next(snapshots: Snapshots) -> None:
    backend = ibis.duckdb.connect()
    pieces = cut_pieces(snapshots.lake, backend, at_most=100)
    held = []
    for placed in place_pieces(snapshots.lake, backend, pieces, {}):
        placed.keep_all()
        held.append((len(placed.numbers.charges["cents"]), placed["charges"].count().execute()))
    backend.disconnect()
    assert all(numbers == rows for numbers, rows in held)
    assert sum(rows for _, rows in held) == 4 * len(DEBTORS)
