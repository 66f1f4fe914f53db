"""The validation report is written while the load goes on, and the load waits for it before it is in force."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any

import pytest
from tests.unit.lake_samples import load, settings_in, write_source

from recobro_data.errors import RecobroError, SourceRefusedError
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Ingest, Settings

CHARGES = [("c1", "d1", "", "2026-01-01", "10"), ("c2", "d1", "", "never", "10")]
PAYMENTS = [("p1", "c1", "", "2026-01-02", "5")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "home")


def source_in(folder: Path) -> str:
    return write_source(folder / "source", debtors=[("d1", "PE")], charges=CHARGES, payments=PAYMENTS)


def write_late(connection: Any, raws: Any, settings: Settings, folder: Path) -> Path:
    time.sleep(0.3)
    folder.mkdir(parents=True)
    (folder / "validation.html").write_text("late")
    return folder / "validation.html"


def test_a_report_that_can_not_be_written_leaves_the_lake_as_it_was(settings: Settings, tmp_path: Path) -> None:
    def fill_disk(*_: Any) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    load(settings, debtors=[("d1", "PE")], charges=CHARGES[:1], payments=[("p1", "c1", "", "2026-01-02", "4")])
    before = Lake(settings.lake_dir).version
    with pytest.raises(RecobroError, match="room to write"):
        load_source(source_in(tmp_path), settings, validate=fill_disk)
    assert Lake(settings.lake_dir).version == before


def test_a_refused_source_has_its_report_all_the_same(settings: Settings, tmp_path: Path) -> None:
    strict = settings.model_copy(update={"ingest": Ingest(max_bad_share=0.1)})
    with pytest.raises(SourceRefusedError, match="at most 10% bad rows in charges"):
        load_source(source_in(tmp_path), strict, validate=write_late)
    assert [page.read_text() for page in settings.reports_dir.rglob("validation.html")] == ["late"]


def test_a_load_waits_for_its_report(settings: Settings, tmp_path: Path) -> None:
    assert load_source(source_in(tmp_path), settings, validate=write_late).report.read_text() == "late"


def test_the_report_is_told_the_clock_of_the_load(settings: Settings, tmp_path: Path) -> None:
    def ask(connection: Any, raws: Any, settings: Settings, folder: Path) -> Path:
        row = connection.execute("SELECT epoch_us(getvariable('load_clock')), current_setting('TimeZone')").fetchone()
        return Path(str(row))

    told = load_source(source_in(tmp_path), settings, validate=ask).report
    assert "None" not in told.name
    assert "UTC" in told.name
