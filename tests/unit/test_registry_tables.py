"""The registry read without MLflow is the registry that MLflow reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.registry_samples import add_version, fresh_settings

from recobro_data.errors import NoChampionError, TamperedModelError
from recobro_data.settings import Settings
from recobro_models.champion_watch import ChampionWatch
from recobro_models.registry import Registry, reading_registry
from recobro_models.registry_tables import open_tables


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two versions of the risk model, the second one the champion."""
    settings = fresh_settings(tmp_path_factory.mktemp("registry") / "home")
    registry = Registry(settings)
    for mark in ("a", "b"):
        registry.promote("risk", add_version(registry, mark=mark).number)
    add_version(registry, mark="c")
    return settings


def test_versions_are_those_that_mlflow_tells(settings: Settings) -> None:
    reader, registry = reading_registry(settings), Registry(settings)
    assert [reader.version("risk", number) for number in (1, 2, 3)] == [
        registry.version("risk", number) for number in (1, 2, 3)
    ]


def test_champion_challenger_and_former_are_in_force(settings: Settings) -> None:
    told = {version.number: version.aliases for version in reading_registry(settings).in_force()}
    assert told == {3: ("challenger",), 2: ("champion",), 1: ("former",)}


def test_files_and_documents_are_those_that_were_stored(settings: Settings) -> None:
    reader, registry = reading_registry(settings), Registry(settings)
    version = registry.champion("risk")
    assert reader.files(version) == registry.files(version)
    assert reader.document(version, "model_card.html") == registry.document(version, "model_card.html")


def test_an_altered_file_is_refused(settings: Settings) -> None:
    reader = reading_registry(settings)
    place = next(settings.mlflow_dir.glob(f"artifacts/{reader.version('risk', 3).run_id}/**/model/booster.txt"))
    before = place.read_text()
    place.write_text(before + "more")
    with pytest.raises(TamperedModelError, match=r"booster\.txt of recobro-risk/3"):
        reader.files(reader.version("risk", 3))
    place.write_text(before)


def test_the_champions_numbers_are_one_small_question(settings: Settings) -> None:
    tables = open_tables(settings)
    assert tables is not None
    assert tables.champions() == {"recobro-risk": 2}


def test_reading_does_not_import_mlflow(settings: Settings) -> None:
    code = (
        "import sys; from pathlib import Path; from recobro_data.settings import Settings;"
        "from recobro_models.registry import reading_registry;"
        "reading_registry(Settings(home=Path(sys.argv[1]))).champion('risk'); print('mlflow' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(settings.home)], capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("False", "")


def test_a_registry_that_was_never_written_is_told_as_having_no_champion(tmp_path: Path) -> None:
    with pytest.raises(NoChampionError, match="recobro train"):
        ChampionWatch(Settings(home=tmp_path)).current()
    assert not (tmp_path / "mlflow").exists()


def test_a_server_is_left_to_mlflow() -> None:
    assert open_tables(Settings(mlflow={"uri": "http://127.0.0.1:1"})) is None
