"""A load that is killed leaves the lake as it was before, or as it is after."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings

_CHILD = """
import os, signal, sys
from pathlib import Path
from recobro_data.load import load_source
from recobro_data.settings import Settings
home, source, step = sys.argv[1:]
def say(what):
    if what == step:
        os.kill(os.getpid(), signal.SIGKILL)
load_source(source, Settings(home=Path(home)), say=say, validate=lambda *given: given[-1] / "none.html")
"""


def write_source(folder: Path, amount: int) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "debtors.csv").write_text("debtor_id,country\nd1,PE\nd2,PE\n")
    (folder / "charges.csv").write_text(f"charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-01,{amount}\n")
    (folder / "payments.csv").write_text(f"payment_id,charge_id,paid_on,amount\np1,c1,2026-01-01,{amount}\n")
    return str(folder)


def amounts(lake: Lake) -> set[int]:
    rows = [duckdb.sql(f"SELECT amount FROM read_parquet({lake.paths(t)})") for t in ("charges", "payments")]
    return {int(row[0]) for table in rows for row in table.fetchall()}


def load(settings: Settings, source: str) -> Lake:
    load_source(source, settings, validate=lambda *given: given[-1] / "none.html")
    return Lake(settings.lake_dir)


@pytest.mark.parametrize(
    "step", ["checking payments", "writing payments", "keeping the rows as they came", "publishing"]
)
def test_a_killed_load_leaves_the_lake_as_before_and_the_next_one_works(tmp_path: Path, step: str) -> None:
    settings = Settings(home=tmp_path / "home")
    before = load(settings, write_source(tmp_path / "source", 10)).version
    source = write_source(tmp_path / "source", 20)
    child = subprocess.run([sys.executable, "-c", _CHILD, str(settings.home), source, step], check=False)
    assert child.returncode == -signal.SIGKILL
    assert (Lake(settings.lake_dir).version, amounts(Lake(settings.lake_dir))) == (before, {10})
    assert amounts(load(settings, source)) == {20}


def test_what_a_killed_load_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    source = write_source(tmp_path / "source", 10)
    subprocess.run([sys.executable, "-c", _CHILD, str(settings.home), source, "publishing"], check=False)
    load(settings, source)
    assert len([place for place in settings.lake_dir.iterdir() if place.is_dir()]) == 2
    assert not list(settings.lake_dir.rglob("load.duckdb*"))
