"""The registry: versions, measures and aliases of the models, in MLflow. The only module that imports it.

A model is a folder of texts (LightGBM's format and JSON), never a pickle: loading it executes no code. Every file's
SHA-256 stands in the version's tags, and a file that differs is refused. Setting the alias `champion` is the one step
that puts a version in force; it comes after all else is stored and read back.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any, Final

from recobro_data.errors import NoChampionError, RecobroError, TamperedModelError, UsageError
from recobro_data.settings import Settings
from recobro_models.model_files import Documents, Files, bytes_of, content_of, digests_of, read_back, store_files
from recobro_models.registry_calls import PATIENCE, Asked, check_database, one_sentence, shown
from recobro_models.registry_rows import (
    EXPERIMENT,
    FORMER,
    add_version,
    find_aliases,
    find_experiment,
    find_rows,
    find_runs,
)
from recobro_models.versions import ALIASES as ALIASES
from recobro_models.versions import DIGESTS
from recobro_models.versions import NAMES as NAMES
from recobro_models.versions import Version as Version

_LIST: Final = "`recobro models list` shows every version."
_LONGEST_RUN_TAG: Final = 500


class Registry:
    """Reads and writes the registry of one workspace.

    Every method raises RecobroError where the registry does not answer; what was in force stays.

    Example:
        registry = Registry(settings)
        version = registry.add("risk", files, metrics={"brier": 0.1}, parameters={}, tags={"as_of": "2026-10-14"})
        registry.promote("risk", version.number)
    """

    def __init__(self, settings: Settings, client: Any = None) -> None:
        self._settings = settings
        self._opened = client

    def check_reachable(self) -> None:
        """Ask for something small, so that who is about to work for an hour knows now.

        Raises:
            RecobroError: the registry does not answer.
        """
        self._client().get_experiment_by_name(EXPERIMENT)

    def add(
        self,
        model: str,
        files: Files,
        *,
        metrics: Mapping[str, float],
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        documents: Documents | None = None,
    ) -> Version:
        """Record a new version as `challenger`, with its files, documents, measures, parameters and tags.

        It becomes a version only once its files were read back as they were put in.

        Raises:
            TamperedModelError: they were not.
        """
        client = self._client()
        stored = {"model": bytes_of(files), "documents": bytes_of(documents or {})}
        digests = {folder: digests_of(contents) for folder, contents in stored.items()}
        as_of = tags.get("as_of", "?")
        experiment = find_experiment(client, self._settings)
        run = client.create_run(experiment, run_name=f"{model} as of {as_of}", tags=_short(tags))
        for folder, contents in stored.items():
            store_files(client, run.info.run_id, folder, contents)
        _log(client, run.info.run_id, metrics, parameters)
        for folder, expected in digests.items():
            read_back(client, (run.info.run_id, f"the new {NAMES[model]}"), folder, expected)
        kept = {**tags, **{DIGESTS[folder]: json.dumps(found) for folder, found in digests.items()}}
        return self.version(model, add_version(client, model, run, kept))

    def promote(self, model: str, number: int) -> None:
        """Make a version the champion once its files were read back; the champion before it is kept for `rollback`.

        Raises:
            TamperedModelError: a file is not the one that was recorded; the champion stays.
        """
        client = self._client()
        self._read(self.version(model, number), "model")
        before = find_aliases(client, model).get("champion")
        if before == number:
            return
        if before is not None:
            # On the version itself and first: the one step that follows puts both in force, or neither.
            client.set_model_version_tag(NAMES[model], str(number), FORMER, str(before))
        client.set_registered_model_alias(NAMES[model], "champion", str(number))
        if before is not None:
            client.set_registered_model_alias(NAMES[model], "former", str(before))

    def rollback(self, model: str) -> Version:
        """Make the champion before the present one the champion again; a second rollback takes the first one back.

        Raises:
            RecobroError: there was none.
            TamperedModelError: its files are not those that were recorded; the champion stays.
        """
        former = self.former(model)
        if former is None:
            raise RecobroError(f"an earlier champion of {NAMES[model]}", "none", _LIST)
        self.promote(model, former.number)
        return self.version(model, former.number)

    def former(self, model: str) -> Version | None:
        """What `rollback` would return to; None where there was no champion before."""
        found = None if self._is_fresh() else find_aliases(self._client(), model).get("former")
        return None if found is None else self.version(model, found)

    def champion(self, model: str) -> Version:
        """The champion.

        Raises:
            NoChampionError: none has been promoted.
        """
        found = None if self._is_fresh() else find_aliases(self._client(), model).get("champion")
        if found is None:
            raise NoChampionError(f"a champion of {NAMES[model]}", "none", "Run `recobro train` first.")
        return self.version(model, found)

    def find(self, model: str, which: str) -> Version:
        """The version of a number, or of one of `ALIASES`.

        Raises:
            UsageError: there is no such version or alias.
            NoChampionError: the champion is asked for and there is none.
        """
        if which == "champion":
            return self.champion(model)
        numbers = [] if self._is_fresh() else [int(row.version) for row in find_rows(self._client(), model)]
        if which in ALIASES:
            aliased = find_aliases(self._client(), model).get(which) if numbers else None
            if aliased is None:
                raise UsageError(f"a {which} of {NAMES[model]}", "none", _LIST)
            return self.version(model, aliased)
        if not which.isdecimal() or int(which) not in numbers:
            there = f"{min(numbers)} to {max(numbers)}" if numbers else "none"
            raise UsageError(f"a version of the {model} model or {', '.join(ALIASES)}",
                             f"{which!r} where there are {there}", _LIST)  # fmt: skip
        return self.version(model, int(which))

    def versions(self) -> list[Version]:
        """Every version of every model, newest first."""
        if self._is_fresh():
            return []
        client = self._client()
        runs = {run.info.run_id: run.data for run in find_runs(client)}
        found = []
        for model in NAMES:
            rows, aliases = find_rows(client, model), find_aliases(client, model)
            found += [Version.from_row(model, row, runs.get(row.run_id), aliases) for row in rows]
        return sorted(found, key=lambda version: (version.model, -version.number))

    def in_force(self) -> list[Version]:
        """The champion, the challenger and the champion before of every model that has them, newest first."""
        if self._is_fresh():
            return []
        numbers = {model: set(find_aliases(self._client(), model).values()) for model in NAMES}
        return [self.version(model, number) for model in sorted(NAMES) for number in sorted(numbers[model])[::-1]]

    def version(self, model: str, number: int) -> Version:
        """One version with its measures, parameters and tags."""
        client = self._client()
        row = client.get_model_version(NAMES[model], str(number))
        return Version.from_row(model, row, client.get_run(row.run_id).data, find_aliases(client, model))

    def files(self, version: Version) -> dict[str, Any]:
        """The version's files: JSON read, texts as they are.

        Raises:
            TamperedModelError: a file is not the one that was recorded.
        """
        return {name: content_of(name, stored) for name, stored in self._read(version, "model").items()}

    def document(self, version: Version, name: str) -> bytes:
        """One of `version.documents`.

        Raises:
            RecobroError: the version has no such document.
            TamperedModelError: it is not the one that was recorded.
        """
        if name not in version.documents:
            raise RecobroError(f"{name} of {version.label}", "none", "Versions trained from now on have one.")
        return self._read(version, "documents")[name]

    def place_of(self, version: Version, name: str) -> str:
        """Where a document can be opened: a path of the local store, an address of a tracking server."""
        uri = self._settings.tracking_uri
        if uri.startswith(("http:", "https:")):
            return f"{shown(uri).rstrip('/')}/get-artifact?path=documents/{name}&run_uuid={version.run_id}"
        place = str(self._client().get_run(version.run_id).info.artifact_uri)
        return f"{place.removeprefix('file://')}/documents/{name}"

    def _read(self, version: Version, folder: str) -> dict[str, bytes]:
        digests = version.digests(folder)
        if folder == "model" and not digests:
            raise TamperedModelError(f"digests of {version.label}", "none", "Train: recobro records them itself.")
        return read_back(self._client(), (version.run_id, version.label), folder, digests)

    def _is_fresh(self) -> bool:
        """Whether the local store was never written, so that "no model" can be told without making one."""
        return not self._settings.mlflow.uri and not (self._settings.mlflow_dir / "mlflow.db").exists()

    def _client(self) -> Any:
        if self._opened is None:
            self._opened = _open(self._settings)
        return self._opened


def reading_registry(settings: Settings) -> Registry:
    """The registry for who only reads: without MLflow where its tables and files are at hand."""
    from recobro_models.registry_tables import open_tables

    return Registry(settings, open_tables(settings))


def _short(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a run can hold whole; the version holds them all."""
    return {name: value for name, value in tags.items() if len(value) <= _LONGEST_RUN_TAG}


def _log(client: Any, run_id: str, metrics: Mapping[str, float], parameters: Mapping[str, Any]) -> None:
    """Record a run's measures and parameters in one request, and end it."""
    from mlflow.entities import Metric, Param

    client.log_batch(
        run_id,
        # MLflow's SQL store takes no NaN.
        metrics=[Metric(name, float(value), 0, 0) for name, value in metrics.items() if value == value],
        params=[Param(name, str(value)) for name, value in parameters.items()],
    )
    client.set_terminated(run_id)


def _open(settings: Settings) -> Any:
    """An MLflow client of the workspace, without MLflow's chatter, usage reports and minutes of asking again."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "mlflow.store.db.utils", "alembic", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    uri, failures = settings.tracking_uri, (MlflowException, SQLAlchemyError, OSError)
    with one_sentence(uri, failures):
        if uri.startswith("sqlite:"):
            settings.mlflow_dir.mkdir(parents=True, exist_ok=True)
        check_database(uri)
        return Asked(MlflowClient(tracking_uri=uri, registry_uri=uri), uri, failures)
