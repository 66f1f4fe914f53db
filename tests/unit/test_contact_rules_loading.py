from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recobro_data.contact_rules import load_rulebook
from recobro_data.contact_rules.files import SHIPPED, load_entries
from recobro_data.errors import RulesError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("DEFAULT.yaml", "PE.yaml", "CO.yaml"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def _change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_version_is_the_same_for_the_same_content(folder: Path) -> None:
    assert load_rulebook(folder).version == load_rulebook(folder).version


def test_the_version_changes_with_a_files_content(folder: Path) -> None:
    before = load_rulebook(folder).version
    _change(folder, "PE.yaml", '"07:00-20:00"', '"07:30-20:00"')
    assert load_rulebook(folder).version != before


def test_the_version_changes_when_a_file_goes(folder: Path) -> None:
    before = load_rulebook(folder).version
    (folder / "PE.yaml").unlink()
    assert load_rulebook(folder).version != before


def test_the_version_reads_as_rules_and_twelve_digits() -> None:
    version = load_rulebook().version
    assert version.startswith("rules-")
    assert len(bytes.fromhex(version.removeprefix("rules-"))) == 6


def test_a_folder_without_a_default_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"Expected a DEFAULT\.yaml"):
        load_rulebook(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: PE", "id: XX", "Expected a rule file named after its id"),
        ("strength: statute", "strength: statute\nstrength: guide", "the key 'strength' stands twice"),
        ("strength: statute", "strength: hearsay", "strength"),
        ("strength: statute", "strength: statute\nextra_key: 1", "extra_key"),
        ('mon-fri: "07:00-20:00"', 'mon-fri: "20:00-07:00"', "must end after they start"),
        ('mon-fri: "07:00-20:00"', 'mon-fri: "07:00-20:00", fri: []', "fri is named twice"),
        ('mon-fri: "07:00-20:00"', 'fri-mon: "07:00-20:00"', "days must read"),
        ("sources: [code, fines_hours]", "sources: [hearsay]", "source 'hearsay' is named"),
        ("sources: [code, fines_hours]", "sources: []", "must name its sources"),
        ("channels: [call, visit]", "channels: [call, sms]", "'sms' stands twice"),
        ("holds_until: 2027-08-21", "holds_until: soon", "holds_until"),
        ("threats_or_harassment", "being_rude", "unknown practice 'being_rude'"),
        ("parent: null", "parent: EU", "no file"),
        ("timezones: [America/Lima]", "timezones: [America/Cuzco]", "America/Cuzco"),
        ("code: PE\n", "code: QQ\n", "no country QQ in python-holidays"),
        ("categories: [public]", "categories: [public, lunar]", "no category lunar"),
        ("categories: [public]", "categories: [public]\n    subdivisions: [CUS]", "no subdivision CUS"),
        ("id: PE", "id: [", "Expected a rule file in YAML"),
    ],
)
def test_a_file_out_of_form_is_refused_and_says_what_is_wrong(folder: Path, old: str, new: str, said: str) -> None:
    _change(folder, "PE.yaml", old, new)
    with pytest.raises(RulesError, match=said):
        load_rulebook(folder)


def test_an_old_holidays_package_is_refused(folder: Path) -> None:
    with pytest.raises(
        RulesError, match=r"Expected python-holidays 0\.99 or newer for the calendar of CO, found 0\.98"
    ):
        load_entries(folder, holidays_version="0.98")


def test_versions_are_compared_as_numbers(folder: Path) -> None:
    assert "CO" in load_entries(folder, holidays_version="0.109")
