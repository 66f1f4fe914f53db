"""The registry read from MLflow's own tables, without MLflow: its import takes seconds and memory that a process which
only answers has no use for.

It stands in for MLflow's client as far as `Registry` reads; a registry behind a server, or with files elsewhere than on
a disk, is read by MLflow itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from recobro_data.settings import Settings
from recobro_models.registry_calls import one_sentence
from recobro_models.versions import NAMES


def open_tables(settings: Settings) -> RegistryTables | None:
    """The reader of the workspace's registry; None where only MLflow can read it."""
    uri = settings.tracking_uri
    if not uri.startswith(("sqlite:", "postgresql")):
        return None
    tables = RegistryTables(create_engine(_with_driver(uri), poolclass=NullPool), uri)
    return tables if tables.is_readable() else None


def _with_driver(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@dataclass(frozen=True)
class RegistryTables:
    """Reads versions, aliases and files; every method has the name and the answer of MLflow's client.

    Raises RecobroError where the database does not answer.
    """

    engine: Engine
    uri: str

    def is_readable(self) -> bool:
        """Whether every file lies on a disk that this process sees, or nothing is registered yet."""
        try:
            places = [row["source"] for row in self._rows("SELECT source FROM model_versions")]
        except SQLAlchemyError:
            return False
        return all(urlsplit(place).scheme in ("", "file") for place in places)

    def champions(self) -> Mapping[str, int]:
        """The number of each champion by its name in MLflow: what is asked often, in one small query."""
        found = self._asked("SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'")
        return {row["name"]: int(row["version"]) for row in found if row["name"] in NAMES.values()}

    def search_registered_models(self, query: str) -> list[Any]:
        """The registered models of a query `name = '...'`."""
        rows = self._asked("SELECT name FROM registered_models WHERE name = :name", name=_named(query))
        return [SimpleNamespace(**row) for row in rows]

    def get_registered_model(self, name: str) -> Any:
        """A model with its aliases."""
        rows = self._asked("SELECT alias, version FROM registered_model_aliases WHERE name = :name", name=name)
        return SimpleNamespace(name=name, aliases={row["alias"]: int(row["version"]) for row in rows})

    def search_model_versions(self, query: str) -> list[Any]:
        """Every version of a query `name = '...'`."""
        name = _named(query)
        rows = self._asked("SELECT version FROM model_versions WHERE name = :name ORDER BY version", name=name)
        return [self.get_model_version(name, row["version"]) for row in rows]

    def get_model_version(self, name: str, number: Any) -> Any:
        """One version with its tags and run."""
        key = {"name": name, "version": int(number)}
        [row] = self._asked("SELECT run_id FROM model_versions WHERE name = :name AND version = :version", **key)
        tags = self._asked("SELECT key, value FROM model_version_tags WHERE name = :name AND version = :version", **key)
        told = {one["key"]: one["value"] for one in tags}
        return SimpleNamespace(name=name, version=int(number), run_id=row["run_id"], tags=told)

    def get_run(self, run_id: str) -> Any:
        """A run with its measures, parameters and where its files lie."""
        metrics = self._asked("SELECT key, value FROM latest_metrics WHERE run_uuid = :run", run=run_id)
        params = self._asked("SELECT key, value FROM params WHERE run_uuid = :run", run=run_id)
        place = self._asked("SELECT artifact_uri FROM runs WHERE run_uuid = :run", run=run_id)
        data = SimpleNamespace(
            metrics={row["key"]: row["value"] for row in metrics}, params={row["key"]: row["value"] for row in params}
        )
        uri = place[0]["artifact_uri"] if place else ""
        return SimpleNamespace(data=data, info=SimpleNamespace(run_id=run_id, artifact_uri=uri))

    def list_artifacts(self, run_id: str, folder: str) -> Sequence[Path]:
        """The files of a folder of a run."""
        place = self._folder(run_id, folder)
        return sorted(place.iterdir()) if place.is_dir() else []

    def download_artifacts(self, run_id: str, folder: str, to: str) -> str:
        """Copy a folder of a run, and say where to."""
        return str(shutil.copytree(self._folder(run_id, folder), Path(to) / folder))

    def _folder(self, run_id: str, folder: str) -> Path:
        return Path(unquote(urlsplit(self.get_run(run_id).info.artifact_uri).path)) / folder

    def _asked(self, query: str, **given: Any) -> list[dict[str, Any]]:
        with one_sentence(self.uri, (SQLAlchemyError, OSError)):
            return self._rows(query, **given)

    def _rows(self, query: str, **given: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query), given).mappings()]


def _named(query: str) -> str:
    """The name of `name = '...'`, the one query that is asked."""
    return query.partition("'")[2].rpartition("'")[0]
