"""A load measures whether calls lie in the debtors' night, which tells of a wrong time zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recobro_data.ingest.measures import Measure, build_measures
from recobro_data.load import load_source
from recobro_data.settings import Engine, Settings

TABLES = {
    "debtors": "debtor_id,country\nd1,PE\n",
    "charges": "charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-10,100\n",
    "payments": "payment_id,charge_id,paid_on,amount\np1,c1,2026-01-09,100\n",
}


def night_of(tmp_path: Path, *hours: int) -> list[Measure]:
    """The measure of the night of as many calls as hours (of UTC) are given."""
    calls = "".join(f"g{i},d1,call,2026-01-02T{hour:02}:00:00Z,no_answer\n" for i, hour in enumerate(hours))
    head = "attempt_id,debtor_id,channel,attempted_at,outcome\n"
    for table, text in (TABLES | {"contact_attempts": head + calls}).items():
        (tmp_path / f"{table}.csv").write_text(text)
    found: list[Measure] = []

    def count(connection: Any, raws: Any, settings: Settings, folder: Path) -> Path:
        for raw in raws:
            found.extend(build_measures(connection, raw, settings, None)[0])
        return folder

    load_source(str(tmp_path), Settings(home=tmp_path / "home", engine=Engine(threads=1)), validate=count)
    return [one for one in found if one.name == "attempted_at night"]


@pytest.mark.parametrize(("hour", "share"), [(8, 1.0), (15, 0.0)])
def test_the_share_of_calls_in_the_debtors_night_is_measured(tmp_path: Path, hour: int, share: float) -> None:
    assert [one.value for one in night_of(tmp_path, *[hour] * 60, *[15] * 60)] == [share / 2]


def test_calls_in_the_night_are_expected_to_be_few_and_told_with_what_would_mend_them(tmp_path: Path) -> None:
    (measure,) = night_of(tmp_path, *[8] * 120)
    assert measure.most == 0.01
    assert "is their time zone right?" in measure.says


def test_of_few_calls_nothing_is_said(tmp_path: Path) -> None:
    assert night_of(tmp_path, 8, 9) == []
