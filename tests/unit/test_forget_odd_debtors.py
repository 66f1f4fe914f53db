"""Forgetting with an odd id, odd rows or a store that is away: nothing of others goes, and nothing is begun in vain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.lake_samples import files_under, load, settings_in
from tests.unit.test_forget_debtor import CHARGES, ID, places_with, prepare

from recobro_data.errors import ConfigurationError, UnknownDebtorError
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Settings, Store


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(settings_in(tmp_path_factory.mktemp("odd") / "home")).home


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    return settings_in(Path(shutil.copytree(prepared, tmp_path / "home")))


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_id_is_nobody_and_takes_nothing_away(tmp_path: Path, blank: str) -> None:
    settings = settings_in(tmp_path / "home")
    rows = {"charges": [("c1", "d1", "", "2026-01-10", "1")], "payments": [("p1", "c1", "", "2026-01-11", "1")]}
    quarantine = load(settings, debtors=[("d1", "PE"), ("", "PE")], **rows).quarantine
    assert quarantine is not None
    with pytest.raises(UnknownDebtorError, match="a debtor of this workspace"):
        forget_debtor(blank, settings)
    assert quarantine.is_file()


def test_blanks_around_an_id_are_none_of_it(settings: Settings) -> None:
    assert forget_debtor(f" {ID}\n", settings).debtor_id == ID


def test_an_unknown_debtor_leaves_nothing_to_be_finished(settings: Settings) -> None:
    with pytest.raises(UnknownDebtorError, match="nobody"):
        forget_debtor("nobody", settings)
    assert not settings.forgetting_path.exists()


def test_a_store_that_is_away_is_told_before_anything_is_taken_away(settings: Settings) -> None:
    away = Store(url="postgresql://ana:s3cret@127.0.0.1:1/recobro?connect_timeout=2")
    before = files_under(settings.home)
    with pytest.raises(ConfigurationError, match=r"a store that opens .*ana:\*\*\*@127"):
        forget_debtor(ID, settings.model_copy(update={"store": away}))
    assert files_under(settings.home) - before == set()
    assert len(places_with(settings, ID)) > 10


def test_charges_and_accounts_of_the_debtor_go_out_of_reports_too(settings: Settings) -> None:
    page = next(settings.reports_dir.glob("*/validation.html"))
    page.write_text(f"<td>such as<td>{CHARGES[0]}, c1</td>")
    forget_debtor(ID, settings)
    assert page.read_text() == "<td>such as<td>[forgotten], c1</td>"


@pytest.mark.parametrize("odd", ["\u2028", "\x85", "\x0b"])
def test_a_rejected_row_with_a_line_end_of_another_alphabet_stays_whole(tmp_path: Path, odd: str) -> None:
    settings = settings_in(tmp_path / "home")
    charges = [("c1", "d1", "", "2026-01-10", "1"), (f"a{odd}b", "d1", "", f"no{odd}day", "1")]
    payments = [("p1", "c1", "", "2026-01-11", "1")]
    report = load(settings, debtors=[("d1", "PE"), (ID, "XX")], charges=charges, payments=payments)
    assert report.quarantine is not None
    before = report.quarantine.read_text(encoding="utf-8").split("\n")
    assert forget_debtor(ID, settings).removed == {"quarantine": 1}
    assert report.quarantine.read_text(encoding="utf-8").split("\n") == [one for one in before if ID not in one]
