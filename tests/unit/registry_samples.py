"""Registries for tests: MLflow's tables are made once a process and copied, because making them takes seconds."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from recobro_data.settings import Settings
from recobro_models.promotion import Comparison, Trial, judge
from recobro_models.registry import Registry, Version

FILES = {"model.json": {"kind": "learned", "rates": [0.1, 0.25]}, "booster.txt": "tree\nversion=v4\n"}
CARD = {"model_card.html": "<!doctype html><title>card</title>", "reliability.svg": b"<svg/>"}


@lru_cache(maxsize=1)
def _database() -> bytes:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        Registry(settings).check_reachable()
        return (settings.mlflow_dir / "mlflow.db").read_bytes()


def fresh_settings(home: Path) -> Settings:
    """Settings of a workspace with an empty local registry."""
    settings = Settings(home=home)
    settings.mlflow_dir.mkdir(parents=True)
    (settings.mlflow_dir / "mlflow.db").write_bytes(_database())
    return settings


def build_trial(calibration_error: float = 0.01, gain: float = 0.02) -> Trial:
    better = Comparison(gain, 0.001)
    return Trial({"auc": 0.8, "calibration_error": calibration_error}, better, better)


def add_version(registry: Registry, as_of: str = "2026-01-01", *, mark: str = "", **trial: float) -> Version:
    """A version of the risk model that was tried; `mark` makes its files its own."""
    tried = build_trial(**trial)
    tags = {"as_of": as_of, "data": "d1", "kind": "learned", **judge(tried).to_tags()}
    files = FILES | {"model.json": {"kind": "learned", "mark": mark}}
    return registry.add("risk", files, metrics=tried.measures, parameters={"seed": 1}, tags=tags, documents=CARD)
