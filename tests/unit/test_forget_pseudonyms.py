"""Forgetting where ids are pseudonyms: by the id or by its pseudonym, under the lake's own key and no other."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.lake_samples import held, load, settings_in
from tests.unit.test_forget_debtor import ID, places_with, prepare, tables

from recobro_data.errors import SourceRefusedError, UnknownDebtorError
from recobro_data.lake import Lake
from recobro_data.privacy.forget import finish_forgetting, forget_debtor
from recobro_data.privacy.pseudonyms import load_pseudonyms
from recobro_data.settings import Privacy, Settings

IDS = ("debtor_id", "account_id")
KEY = "0123456789abcdef0123456789abcdef"


def under(settings: Settings, key: str = KEY, columns: tuple[str, ...] = IDS) -> Settings:
    return settings.model_copy(update={"privacy": Privacy(pseudonymise=columns, key=key)})


def turned(debtor_id: str, settings: Settings) -> str:
    pseudonyms = load_pseudonyms(settings)
    assert pseudonyms is not None
    return pseudonyms.of(debtor_id)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = under(settings_in(tmp_path_factory.mktemp("pseudonyms") / "home"))
    return prepare(settings, turned(ID, settings)).home


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    return under(settings_in(Path(shutil.copytree(prepared, tmp_path / "home"))))


@pytest.mark.parametrize("is_typed_as_pseudonym", [False, True])
def test_the_id_and_its_pseudonym_name_the_same_debtor(settings: Settings, is_typed_as_pseudonym: bool) -> None:
    pseudonym = turned(ID, settings)
    forgotten = forget_debtor(pseudonym if is_typed_as_pseudonym else ID, settings)
    assert (forgotten.debtor_id, forgotten.removed["charges"], forgotten.removed["store"]) == (pseudonym, 2, 3)
    assert [place for word in (ID, pseudonym, "chg-771") for place in places_with(settings, word)] == []


def test_the_next_load_leaves_the_debtor_out(settings: Settings) -> None:
    forget_debtor(ID, settings)
    load(settings, **tables(30))
    assert held(settings, "debtors", "debtor_id") == sorted([(turned(one, settings),) for one in ("d1", "d2")])


def test_who_was_being_forgotten_is_written_down_as_a_pseudonym(settings: Settings) -> None:
    def stop(step: str) -> None:
        if step == "plans":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget_debtor(ID, settings, say=stop)
    assert settings.forgetting_path.read_text() == turned(ID, settings)


def test_it_is_finished_without_the_key(settings: Settings) -> None:
    settings.forgetting_path.write_text(turned(ID, settings))
    finish_forgetting(settings_in(settings.home))
    assert Lake(settings.lake_dir).rows("debtors") == 2
    assert places_with(settings, turned(ID, settings)) == []


@pytest.mark.parametrize("privacy", [{"key": "y" * 32}, {"columns": (*IDS, "agent_id")}, None])
def test_another_key_is_told_and_never_taken_for_an_unknown_debtor(settings: Settings, privacy: Any) -> None:
    other = settings_in(settings.home) if privacy is None else under(settings, **privacy)
    with pytest.raises(SourceRefusedError, match=r"\[privacy\] as in the loads before"):
        forget_debtor(ID, other)
    assert len(places_with(settings, turned(ID, settings))) > 10


def test_a_pseudonym_needs_no_key(settings: Settings) -> None:
    assert forget_debtor(turned(ID, settings), settings_in(settings.home)).removed["debtors"] == 1


def test_an_unknown_id_is_told_and_its_own_text_is_nowhere(settings: Settings) -> None:
    with pytest.raises(UnknownDebtorError, match="'45678912'"):
        forget_debtor("45678912", settings)
    assert places_with(settings, "45678912") == []
