"""The registry, on a real MLflow in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.registry_samples import CARD, FILES, add_version, fresh_settings

from recobro_data.errors import NoChampionError, RecobroError, TamperedModelError, UsageError
from recobro_data.settings import Settings
from recobro_models.promotion import told_of_tags
from recobro_models.registry import NAMES, Registry, Version


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(home: Path) -> Registry:
    return Registry(fresh_settings(home))


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


@pytest.fixture(scope="module")
def tried(home: Path, two: tuple[Version, Version]) -> Version:
    """A version that had a trial and has documents."""
    return add_version(Registry(Settings(home=home)), calibration_error=0.5)


def test_a_version_keeps_its_measures_parameters_and_what_every_rule_said(tried: Version) -> None:
    assert (tried.metrics["auc"], tried.parameters, tried.tags["data"]) == (0.8, {"seed": "1"}, "d1")
    assert tried.tags["verdict"].startswith("kept out: it is badly calibrated")
    assert [told.rule for told in told_of_tags(tried.tags) if not told.ok] == ["is_calibrated"]


def test_the_digest_of_every_file_stands_with_the_version(tried: Version) -> None:
    assert set(tried.digests()) == set(FILES)
    assert {len(digest) for digest in tried.digests().values()} == {64}


def test_documents_lie_beside_the_model_and_are_never_loaded_as_one(registry: Registry, tried: Version) -> None:
    assert set(tried.documents) == set(CARD)
    assert registry.document(tried, "reliability.svg") == CARD["reliability.svg"]
    assert set(registry.files(tried)) == set(FILES)


def test_a_document_that_was_never_stored_is_told(registry: Registry, two: tuple[Version, Version]) -> None:
    with pytest.raises(RecobroError, match=rf"Expected model_card\.html of {two[0].label}, found none"):
        registry.document(two[0], "model_card.html")


def test_a_version_is_found_by_number_and_by_alias(registry: Registry, tried: Version) -> None:
    assert registry.find("risk", str(tried.number)) == registry.find("risk", "challenger")
    assert registry.find("risk", "champion").number == registry.champion("risk").number
    assert "former" in registry.find("risk", "former").aliases


def test_the_list_tells_of_each_version_what_it_tells_alone(registry: Registry, tried: Version) -> None:
    (listed,) = [one for one in registry.versions() if one.label == tried.label]
    assert listed == registry.version("risk", tried.number)


@pytest.mark.parametrize("which", ["99", "0", "-1", "winner", "", "1.0"])
def test_a_version_that_does_not_exist_is_told(registry: Registry, tried: Version, which: str) -> None:
    with pytest.raises(UsageError, match=rf"found {which!r} where there are 1 to {tried.number}\. `recobro models"):
        registry.find("risk", which)


@pytest.mark.parametrize("alias", ["challenger", "former"])
def test_an_alias_that_no_version_has_is_told(registry: Registry, alias: str) -> None:
    with pytest.raises(UsageError, match=f"Expected a {alias} of recobro-contact-effect, found none"):
        registry.find("effect", alias)


def test_a_version_without_digests_is_not_loaded(registry: Registry, two: tuple[Version, Version]) -> None:
    with pytest.raises(TamperedModelError, match="digests of recobro-risk/1, found none"):
        registry.files(Version("risk", 1, (), {}, {}, {}, two[0].run_id))


def test_another_opening_of_the_workspace_sees_the_same(home: Path, two: tuple[Version, Version]) -> None:
    assert Registry(Settings(home=home)).files(two[1])["model.json"] == {"kind": "other"}
