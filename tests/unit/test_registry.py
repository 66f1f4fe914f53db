"""The registry, on a real MLflow in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from recobro_data.errors import NoChampionError, RecobroError, TamperedModelError
from recobro_data.settings import Settings
from recobro_models.registry import NAMES, Registry, Version

FILES = {"model.json": {"kind": "learned", "rates": [0.1, 0.25]}, "booster.txt": "tree\nversion=v4\n"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(home: Path) -> Registry:
    return Registry(Settings(home=home))


@pytest.fixture(scope="module")
def two(registry: Registry) -> tuple[Version, Version]:
    """Two versions of the risk model; the first was promoted, then the second."""
    numbers = {"metrics": {"brier": 0.1, "auc": float("nan")}, "parameters": {"seed": 1}}
    first = registry.add("risk", FILES, **numbers, tags={"as_of": "2026-01-01", "kind": "learned"})
    second = registry.add("risk", FILES | {"model.json": {"kind": "other"}}, **numbers, tags={"as_of": "2026-02-01"})
    registry.promote("risk", first.number)
    registry.promote("risk", second.number)
    return first, second


def test_files_come_back_as_they_were_put_in(registry: Registry, two: tuple[Version, Version]) -> None:
    assert registry.files(two[0]) == FILES


def test_a_new_version_is_the_challenger_and_counts_on(two: tuple[Version, Version]) -> None:
    first, second = two
    assert second.number == first.number + 1
    assert second.label == f"{NAMES['risk']}/{second.number}"
    assert "challenger" in second.aliases


def test_metrics_that_have_no_value_are_left_out(two: tuple[Version, Version]) -> None:
    assert two[0].metrics == {"brier": 0.1}
    assert two[0].tags["as_of"] == "2026-01-01"


def test_the_promoted_version_is_the_champion(registry: Registry, two: tuple[Version, Version]) -> None:
    assert registry.champion("risk").number == two[1].number


def test_a_rollback_brings_the_champion_before_back(registry: Registry, two: tuple[Version, Version]) -> None:
    assert registry.rollback("risk").number == two[0].number
    assert registry.champion("risk").number == two[0].number
    assert registry.rollback("risk").number == two[1].number


def test_promoting_the_champion_again_forgets_no_former_one(registry: Registry, two: tuple[Version, Version]) -> None:
    registry.promote("risk", two[1].number)
    registry.promote("risk", two[1].number)
    assert registry.rollback("risk").number == two[0].number
    registry.rollback("risk")


def test_every_version_is_listed_the_newest_first(registry: Registry, two: tuple[Version, Version]) -> None:
    listed = [version.number for version in registry.versions() if version.model == "risk"]
    assert listed == sorted(listed, reverse=True)
    assert {two[0].number, two[1].number} <= set(listed)


def test_without_a_promotion_there_is_no_champion(registry: Registry) -> None:
    with pytest.raises(NoChampionError, match=r"found none\. Run `recobro train` first") as raised:
        registry.champion("effect")
    assert raised.value.exit_status == 4


def test_a_challenger_alone_is_no_champion(registry: Registry) -> None:
    registry.add("contact", FILES, metrics={}, parameters={}, tags={"as_of": "2026-01-01"})
    with pytest.raises(NoChampionError, match="a champion of recobro-contact-times"):
        registry.champion("contact")


def test_without_an_earlier_champion_nothing_is_rolled_back(registry: Registry) -> None:
    with pytest.raises(RecobroError, match="an earlier champion of recobro-contact-effect"):
        registry.rollback("effect")


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_a_file_that_is_not_the_recorded_one_is_refused(registry: Registry, home: Path, change: str) -> None:
    version = registry.add("contact", {"model.json": {"mark": change}}, metrics={}, parameters={}, tags={})
    (path,) = [path for path in home.rglob("model.json") if f'"{change}"' in path.read_text(encoding="utf-8")]
    path.write_text('{"mark": "mine"}', encoding="utf-8") if change == "edited" else path.unlink()
    with pytest.raises(TamperedModelError, match=r"model\.json of recobro-contact-times/.* as it was recorded"):
        registry.files(version)


def test_a_model_is_texts_and_json_and_nothing_that_runs(home: Path, two: tuple[Version, Version]) -> None:
    stored = {path for path in home.rglob("*") if path.is_file() and path.name != "mlflow.db"}
    assert {path.suffix for path in stored} == {".json", ".txt"}
    for path in stored:
        path.read_bytes().decode("utf-8")


def test_another_opening_of_the_workspace_sees_the_same(home: Path, two: tuple[Version, Version]) -> None:
    assert Registry(Settings(home=home)).files(two[1])["model.json"] == {"kind": "other"}
