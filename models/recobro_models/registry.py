"""The registry: versions, metrics and aliases of the models, in MLflow. The only module that imports it.

A model is a folder of texts (LightGBM's format and JSON), never a pickle: loading it executes no code. Every file's
SHA-256 stands in the version's tags, and a file that differs is refused.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recobro_data.errors import NoChampionError, RecobroError, TamperedModelError
from recobro_data.settings import Settings

Files = Mapping[str, Any]

#: Registered models: what each is asked, and its name in MLflow.
NAMES: Final = {"risk": "recobro-risk", "contact": "recobro-contact-times", "effect": "recobro-contact-effect"}
_DIGESTS: Final = "recobro.sha256"


@dataclass(frozen=True)
class Version:
    """One version of a registered model: `label` is what worklist items carry, e.g. `recobro-risk/3`."""

    model: str
    number: int
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def label(self) -> str:
        """Name and number, as items and plans carry them."""
        return f"{NAMES[self.model]}/{self.number}"


class Registry:
    """Reads and writes the registry of one workspace.

    Example:
        registry = Registry(settings)
        number = registry.add("risk", files, metrics={"brier": 0.1}, parameters={}, tags={"as_of": "2026-10-14"})
        registry.promote("risk", number)
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Any = None

    def add(
        self,
        model: str,
        files: Files,
        *,
        metrics: Mapping[str, float],
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> Version:
        """Record a new version as `challenger`, with its files, metrics, parameters and tags."""
        client = self._client()
        texts = {name: _text(content) for name, content in files.items()}
        digests = {name: _digest(text) for name, text in texts.items()}
        run = client.create_run(
            self._experiment(client), run_name=f"{model} as of {tags.get('as_of', '?')}", tags=dict(tags)
        )
        _log(client, run.info.run_id, texts, metrics=metrics, parameters=parameters)
        self._make_known(client, model)
        version = client.create_model_version(
            NAMES[model],
            f"{run.info.artifact_uri}/model",
            run.info.run_id,
            tags={**tags, _DIGESTS: json.dumps(digests)},
        )
        client.set_registered_model_alias(NAMES[model], "challenger", version.version)
        return self.version(model, int(version.version))

    def promote(self, model: str, number: int) -> None:
        """Make a version the champion; the champion before it is remembered for `rollback`."""
        client = self._client()
        before = self._aliased(client, model, "champion")
        if before is not None and before != number:
            client.set_registered_model_alias(NAMES[model], "former", before)
        client.set_registered_model_alias(NAMES[model], "champion", number)

    def rollback(self, model: str) -> Version:
        """Make the champion before the present one the champion again.

        Raises:
            RecobroError: there was none.
        """
        former = self._aliased(self._client(), model, "former")
        if former is None:
            raise RecobroError(
                f"an earlier champion of {NAMES[model]}", "none", "`recobro models list` shows them all."
            )
        self.promote(model, former)
        return self.version(model, former)

    def champion(self, model: str) -> Version:
        """The champion.

        Raises:
            NoChampionError: none has been promoted.
        """
        found = None if self._is_fresh() else self._aliased(self._client(), model, "champion")
        if found is None:
            raise NoChampionError(f"a champion of {NAMES[model]}", "none", "Run `recobro train` first.")
        return self.version(model, found)

    def versions(self) -> list[Version]:
        """Every version of every model, newest first."""
        if self._is_fresh():
            return []
        client = self._client()
        found = []
        for model, name in NAMES.items():
            if self._is_known(client, model):
                rows = client.search_model_versions(f"name = '{name}'")
                found += [self.version(model, int(row.version)) for row in rows]
        return sorted(found, key=lambda version: (version.model, -version.number))

    def version(self, model: str, number: int) -> Version:
        """One version with its metrics and tags."""
        client = self._client()
        row = client.get_model_version(NAMES[model], str(number))
        metrics = client.get_run(row.run_id).data.metrics
        aliases = client.get_registered_model(NAMES[model]).aliases
        own = tuple(sorted(alias for alias, version in aliases.items() if int(version) == number))
        return Version(model, number, own, dict(metrics), dict(row.tags))

    def files(self, version: Version) -> dict[str, Any]:
        """The version's files: JSON read, texts as they are.

        Raises:
            TamperedModelError: a file is not the one that was recorded.
        """
        client = self._client()
        row = client.get_model_version(NAMES[version.model], str(version.number))
        digests = json.loads(row.tags[_DIGESTS])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(client.download_artifacts(row.run_id, "model", folder))
            return {name: _read(path / name, digest, version) for name, digest in digests.items()}

    def _is_fresh(self) -> bool:
        """Whether the local store was never written, so that "no model" can be told without making one."""
        return not self._settings.mlflow.uri and not (self._settings.mlflow_dir / "mlflow.db").exists()

    def _client(self) -> Any:
        if self._opened is None:
            self._opened = _open(self._settings)
        return self._opened

    def _experiment(self, client: Any) -> str:
        found = client.get_experiment_by_name("recobro")
        if found is not None:
            return str(found.experiment_id)
        local = self._settings.tracking_uri.startswith("sqlite:")
        place = (self._settings.mlflow_dir / "artifacts").absolute().as_uri() if local else None
        return str(client.create_experiment("recobro", artifact_location=place))

    def _is_known(self, client: Any, model: str) -> bool:
        return any(row.name == NAMES[model] for row in client.search_registered_models(f"name = '{NAMES[model]}'"))

    def _make_known(self, client: Any, model: str) -> None:
        if not self._is_known(client, model):
            client.create_registered_model(NAMES[model])

    def _aliased(self, client: Any, model: str, alias: str) -> int | None:
        if not self._is_known(client, model):
            return None
        found = client.get_registered_model(NAMES[model]).aliases.get(alias)
        return None if found is None else int(found)


def _open(settings: Settings) -> Any:
    """An MLflow client of the workspace, without MLflow's chatter and usage reports."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow", "mlflow.store.db.utils", "alembic", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from mlflow import MlflowClient

    if settings.tracking_uri.startswith("sqlite:"):
        settings.mlflow_dir.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri)


def _log(
    client: Any, run_id: str, texts: Mapping[str, str], *, metrics: Mapping[str, float], parameters: Mapping[str, Any]
) -> None:
    """Store a run's files, metrics and parameters, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        client.log_artifacts(run_id, folder, "model")
    for name, value in metrics.items():
        if value == value:  # MLflow's SQL store takes no NaN
            client.log_metric(run_id, name, float(value))
    for name, value in parameters.items():
        client.log_param(run_id, name, value)
    client.set_terminated(run_id)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _read(path: Path, digest: str, version: Version) -> Any:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if _digest(text) != digest:
        raise TamperedModelError(
            f"{path.name} of {version.label} as it was recorded", "another content",
            "Roll back with `recobro models rollback`, or train again.",
        )  # fmt: skip
    return json.loads(text) if path.suffix == ".json" else text
