"""The demo: a whole day on a synthetic portfolio, in a workspace of its own or one that only demos have used."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from recobro_data.errors import NoDataError, UsageError
from recobro_data.lake import Lake
from recobro_data.load import LoadReport, load_source
from recobro_data.lock import workspace_lock
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_data.synthetic import simulate, write_tables
from recobro_pipelines.demo_mark import read_mark, write_mark
from recobro_pipelines.kpi_keeping import plan_and_measure
from recobro_pipelines.plan import Planned
from recobro_pipelines.progress import Steps
from recobro_pipelines.train import Trained, train_models


@dataclass(frozen=True)
class DemoSize:
    """What the demo generates."""

    debtors: int
    months: int
    seed: int


@dataclass(frozen=True)
class DemoDay:
    """What a demo came to."""

    as_of: date
    load: LoadReport
    trained: list[Trained]
    planned: Planned


def run_demo(settings: Settings, store: Store, size: DemoSize, *, steps: Steps) -> DemoDay:
    """Generate, ingest, train, plan and publish.

    Raises:
        UsageError: the workspace holds other data than a demo's; nothing was touched.
    """
    with workspace_lock(settings):
        _make_room(settings, size)
        with tempfile.TemporaryDirectory(prefix="recobro-demo-") as folder:
            steps.start("synthetic portfolio")
            portfolio = simulate(size.debtors, size.months, seed=size.seed)
            write_tables(portfolio, Path(folder), disputes=True)
            steps.start("ingest and validate")
            load = load_source(folder, settings)
        trained = train_models(settings, portfolio.as_of, steps=steps)
        planned = plan_and_measure(settings, store, portfolio.as_of, steps=steps)
        return DemoDay(portfolio.as_of, load, trained, planned)


def _make_room(settings: Settings, size: DemoSize) -> None:
    """Clear what a demo of another size left; refuse to mix with anything else."""
    held = read_mark(settings)
    if held is None and _holds_data(settings):
        raise UsageError(
            "a workspace that holds nothing but a demo", f"other data in {settings.home}",
            "Set RECOBRO_HOME to an empty folder and run the demo there.",
        )  # fmt: skip
    if held is not None and held != asdict(size):
        shutil.rmtree(settings.lake_dir, ignore_errors=True)
        shutil.rmtree(settings.mlflow_dir / "artifacts", ignore_errors=True)
        for path in settings.mlflow_dir.glob("mlflow.db*"):
            path.unlink()
    write_mark(settings, asdict(size))


def _holds_data(settings: Settings) -> bool:
    try:
        return bool(Lake(settings.lake_dir).version)
    except NoDataError:
        return False
