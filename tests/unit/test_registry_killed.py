"""A registry that is killed, half written or down: whatever happens, the champion in force is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry_samples import CARD, FILES, add_version, fresh_settings

from recobro_data.errors import RecobroError, TamperedModelError
from recobro_data.settings import Settings
from recobro_models.registry import Registry

#: What the client is asked between the first and the last write of a promotion, in order.
STEPS = (
    "create_run", "log_artifacts", "log_artifacts", "log_batch", "set_terminated", "create_model_version",
    "set_registered_model_alias", "set_model_version_tag", "set_registered_model_alias", "set_registered_model_alias",
)  # fmt: skip
#: The step that puts the version in force.
SWITCH = 8


class Killed(BaseException):
    """What no `except` of ours catches, as nothing catches SIGKILL."""


class Fuse:
    """A client that passes on `left` writes and dies before the next one."""

    def __init__(self, client: Any, left: int) -> None:
        self._client, self._left = client, left
        self.seen: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in STEPS:
            return getattr(self._client, name)  # type: ignore[no-any-return]

        def write(*given: Any, **named: Any) -> Any:
            if len(self.seen) == self._left:
                raise Killed
            self.seen.append(name)
            return getattr(self._client, name)(*given, **named)

        return write


class HalfWritten:
    """A client that keeps half of every file, as a full disk does, and says nothing."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def log_artifacts(self, run_id: str, folder: str, place: str) -> None:
        for path in Path(folder).iterdir():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self._client.log_artifacts(run_id, folder, place)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return fresh_settings(tmp_path_factory.mktemp("killed"))


def train_once(registry: Registry, mark: str) -> None:
    registry.promote("risk", add_version(registry, mark=mark).number)


def opened(settings: Settings, wrap: Callable[[Any], Any]) -> tuple[Registry, Any]:
    registry = Registry(settings)
    registry._opened = wrap(registry._client())
    return registry, registry._opened


@pytest.fixture(scope="module")
def champion(settings: Settings) -> Settings:
    """A workspace whose registry has a champion already."""
    train_once(Registry(settings), "first")
    return settings


def test_the_steps_of_a_promotion_are_those_that_are_killed_here(champion: Settings) -> None:
    registry, fuse = opened(champion, lambda client: Fuse(client, 99))
    train_once(registry, "whole")
    assert tuple(fuse.seen) == STEPS


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_killed_before_any_step_the_champion_is_the_former_or_the_new_one_and_whole(
    champion: Settings, step: int
) -> None:
    before = Registry(champion).champion("risk").number
    killed, _ = opened(champion, lambda client: Fuse(client, step))
    with pytest.raises(Killed):
        train_once(killed, f"killed {step}")
    after = Registry(champion)
    in_force = after.champion("risk")
    assert (in_force.number == before) is (step <= SWITCH)
    assert after.files(in_force)["booster.txt"] == FILES["booster.txt"]


def test_a_kill_right_after_the_switch_leaves_the_former_champion_to_roll_back_to(champion: Settings) -> None:
    before = Registry(champion).champion("risk").number
    killed, _ = opened(champion, lambda client: Fuse(client, SWITCH + 1))
    with pytest.raises(Killed):
        train_once(killed, "switched")
    assert Registry(champion).rollback("risk").number == before


def test_a_half_written_file_makes_no_version(champion: Settings) -> None:
    before = len(Registry(champion).versions())
    registry, _ = opened(champion, HalfWritten)
    with pytest.raises(TamperedModelError, match="of the new recobro-risk as it was recorded, found another content"):
        train_once(registry, "half")
    assert len(Registry(champion).versions()) == before


def test_a_version_that_rotted_since_is_not_promoted(champion: Settings) -> None:
    registry = Registry(champion)
    before, rotten = registry.champion("risk").number, add_version(registry, mark="rotten")
    (path,) = [path for path in champion.mlflow_dir.rglob("model.json") if '"rotten"' in path.read_text()]
    path.unlink()
    with pytest.raises(TamperedModelError, match=rf"model\.json of {rotten.label} as it was recorded, found no such"):
        registry.promote("risk", rotten.number)
    assert registry.champion("risk").number == before


def test_a_document_that_was_changed_is_refused_and_the_model_still_loads(champion: Settings) -> None:
    registry = Registry(champion)
    version = add_version(registry, mark="document")
    registry_path = Path(registry.place_of(version, "model_card.html"))
    assert registry_path.read_text() == CARD["model_card.html"]
    registry_path.write_text("<script>")
    with pytest.raises(TamperedModelError, match=r"model_card\.html of"):
        registry.document(version, "model_card.html")
    assert registry.files(version)["model.json"] == {"kind": "learned", "mark": "document"}


DOWN = {
    "server": ("http://me:secret@127.0.0.1:9", "Connection refused"),
    "database": ("postgresql://me:secret@127.0.0.1:9/models", "Connection refused"),
    "place": ("sqlite:////proc/none/mlflow.db", "unable to open database file"),
}


@pytest.mark.parametrize("what", DOWN)
def test_a_registry_that_is_down_is_one_sentence_without_the_password(tmp_path: Path, what: str) -> None:
    uri, cause = DOWN[what]
    with pytest.raises(RecobroError, match=r"Expected the model registry at .* The champion stays in force") as raised:
        Registry(Settings(home=tmp_path, mlflow={"uri": uri})).check_reachable()
    assert cause in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_local_store_that_is_no_database_is_told_at_once(tmp_path: Path) -> None:
    settings = fresh_settings(tmp_path)
    (settings.mlflow_dir / "mlflow.db").write_bytes(b"not a database" * 100)
    with pytest.raises(RecobroError, match=r"found .*file is not a database"):
        Registry(settings).champion("risk")
