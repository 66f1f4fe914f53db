"""Rows of MLflow's registry: versions, the runs they come from, and the aliases that put one in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from recobro_data.settings import Settings
from recobro_models.versions import NAMES

EXPERIMENT: Final = "recobro"
#: Tag of a champion that names the one it replaced.
FORMER: Final = "recobro.former"


def find_experiment(client: Any, settings: Settings) -> str:
    """The id of the experiment that holds every run; it is made where there is none."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    # A server keeps the files itself; beside a database MLflow would put them wherever the command was started.
    is_server = settings.tracking_uri.startswith(("http:", "https:"))
    place = None if is_server else (settings.mlflow_dir / "artifacts").absolute().as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=place))


def find_rows(client: Any, model: str) -> list[Any]:
    """Every version of a model."""
    return list(client.search_model_versions(f"name = '{NAMES[model]}'"))


def find_runs(client: Any) -> Iterator[Any]:
    """Every run, whatever it trained."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    token: str | None = ""
    while experiment is not None and token is not None:
        page = client.search_runs([experiment.experiment_id], max_results=1000, page_token=token or None)
        yield from page
        token = page.token or None


def find_aliases(client: Any, model: str) -> dict[str, int]:
    """The version of each alias; the former one is what the champion itself says it replaced."""
    if not _is_known(client, model):
        return {}
    aliases = {alias: int(number) for alias, number in client.get_registered_model(NAMES[model]).aliases.items()}
    if "champion" in aliases:
        tags = client.get_model_version(NAMES[model], str(aliases["champion"])).tags
        if FORMER in tags:
            aliases["former"] = int(tags[FORMER])
    return aliases


def add_version(client: Any, model: str, run: Any, tags: Mapping[str, str]) -> int:
    """Make a run's files a version, the newest challenger, and give its number."""
    name = NAMES[model]
    if not _is_known(client, model):
        client.create_registered_model(name)
    row = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id, tags=dict(tags))
    client.set_registered_model_alias(name, "challenger", row.version)
    return int(row.version)


def _is_known(client: Any, model: str) -> bool:
    return any(row.name == NAMES[model] for row in client.search_registered_models(f"name = '{NAMES[model]}'"))
