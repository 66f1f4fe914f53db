"""The nightly run: every stage in order, under the lock; what a run has finished the next one does not repeat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.lock import workspace_lock
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_models.registry import Registry
from recobro_models.snapshots import Snapshots
from recobro_pipelines.demo_mark import own_rows
from recobro_pipelines.event_intake import take_events
from recobro_pipelines.kpi_keeping import keep_kpis
from recobro_pipelines.monitor import check_day
from recobro_pipelines.plan import load_champions, plan_worklist
from recobro_pipelines.plan_retention import drop_old_plans
from recobro_pipelines.progress import SILENT, Steps
from recobro_pipelines.train import train_models


@dataclass(frozen=True)
class Night:
    """What a nightly run came to: each stage's answer, `done before` where an earlier run had finished it."""

    as_of: date
    stages: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"as_of": self.as_of.isoformat(), "stages": self.stages}


class _Journal:
    """The stages finished for a day and a state of the data, kept on disk as they finish."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self._done: dict[str, Any] = held.get("stages", {}) if held.get("key") == key else {}

    def run(self, stage: str, work: Callable[[], Any]) -> Any:
        """Do a stage, or tell what it came to when it was done before."""
        if stage in self._done:
            return {"done_before": True, "result": self._done[stage]}
        result = work()
        self._done[stage] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".part")
        temporary.write_text(json.dumps({"key": self._key, "stages": self._done}), encoding="utf-8")
        temporary.replace(self._path)
        return {"done_before": False, "result": result}


def run_nightly(settings: Settings, store: Store, choose_day: Callable[[], date], *, steps: Steps = SILENT) -> Night:
    """Ingest the configured source and the day's events, train, promote or keep, plan, publish and monitor.

    `choose_day` tells the day to work as of; it is asked after the ingest, because the new rows may decide it.

    Safe to run again: a stage that was finished for the same day, data and configuration is not repeated, and a plan is
    published whole or not at all.

    Raises:
        LockHeldError: another run writes to this workspace.
        NoDataError: no source is configured and nothing was loaded before.
        SourceRefusedError: the configured source was refused; what was loaded before stays.
    """
    with workspace_lock(settings):
        stages: dict[str, Any] = {}
        if settings.ingest.source:
            steps.start("ingest")
            with own_rows(settings):
                stages["ingest"] = load_source(settings.ingest.source, settings).to_json()
        # After the source: what is told by day may be newer than its export.
        steps.start("events")
        stages["events"] = take_events(settings, store).to_json()
        as_of = choose_day()
        journal = _Journal(settings.runs_dir / f"nightly-{as_of}.json", _key(settings))
        stages["train"] = journal.run(
            "train", lambda: [t.to_json() for t in train_models(settings, as_of, steps=steps)]
        )
        stages["plan"] = journal.run("plan", lambda: plan_worklist(settings, store, as_of, steps=steps).to_json())
        drop_old_plans(settings, store, as_of)
        steps.start("monitor")
        stages["monitor"] = journal.run("monitor", lambda: _monitor(settings, as_of))
        stages["kpis"] = journal.run("kpis", lambda: _measure(settings, store, as_of, steps))
        return Night(as_of, stages)


def _key(settings: Settings) -> str:
    """What the finished stages depend on: the data and the configuration."""
    return f"{Lake(settings.lake_dir).version} {settings.model_dump_json(exclude={'home'})}"


def _measure(settings: Settings, store: Store, as_of: date, steps: Steps) -> dict[str, Any]:
    kpis = keep_kpis(Snapshots(Lake(settings.lake_dir), settings), store, as_of, steps=steps)
    return {"as_of": kpis["as_of"], "portfolios": len(kpis["portfolios"])}


def _monitor(settings: Settings, as_of: date) -> dict[str, Any]:
    found = check_day(Snapshots(Lake(settings.lake_dir), settings), load_champions(Registry(settings)), as_of)
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    path = settings.reports_dir / f"monitor-{as_of}.json"
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return {"alerts": found.get("alerts", []), "report": str(path)}
