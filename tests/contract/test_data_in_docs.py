"""docs/data-in.md says what is so: its examples are taken by the code, and no command about it is left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from recobro_data.ingest.forms import FORMS
from recobro_data.sections import Ingest, Privacy
from recobro_data.sources.database.url import parse_url
from recobro_data.sources.mapping import load_mapping
from recobro_data.tables import Kind
from recobro_pipelines.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data-in.md").read_text(encoding="utf-8")
DATA_IN = ("ingest", "quarantine", "forget")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the command line, as it is typed."""
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*words, name))
    if not hasattr(command, "commands"):
        yield " ".join(("recobro", *words))


def said_in(line: str) -> list[str]:
    """The samples between back-ticks of the list item that starts so."""
    item = next(item for item in re.split(r"^- ", PAGE, flags=re.M) if item.startswith(line))
    return re.findall(r"`([^`]+)`", item)


def test_the_mapping_of_the_page_is_one(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(blocks(PAGE, "toml")[0], encoding="utf-8")
    assert set(load_mapping(path).tables) == {"debtors", "contact_attempts"}


def test_the_configuration_of_the_page_is_taken() -> None:
    assert Privacy.model_validate(tomllib.loads(blocks(PAGE, "toml")[1])["privacy"]).key_file


def test_the_readme_names_sections_that_are_taken() -> None:
    told = tomllib.loads(blocks(README, "toml")[0])
    assert Ingest.model_validate(told["ingest"]).max_bad_share == Ingest().max_bad_share
    assert Privacy.model_validate(told["privacy"]).pseudonymise


@pytest.mark.parametrize("sample", [sample for sample in said_in("Dates") if sample != "00:00"])
def test_a_date_of_the_page_is_in_a_form_that_is_read(sample: str) -> None:
    assert fits("date", sample)


@pytest.mark.parametrize("sample", said_in("Amounts"))
def test_an_amount_of_the_page_is_in_a_form_that_is_read(sample: str) -> None:
    assert fits("money", sample)


def fits(kind: Kind, sample: str) -> bool:
    return any(re.fullmatch(form.fits, sample) for form in FORMS[kind])


@pytest.mark.parametrize("line", re.findall(r"^(?:postgresql|mysql|sqlite|duckdb)://\S+", PAGE, re.M))
def test_an_address_of_the_page_is_one(line: str) -> None:
    assert parse_url(line.replace("PORT", "5432"), {}).database


def test_the_python_of_the_page_runs() -> None:
    (code,) = blocks(PAGE, "python")
    given: dict[str, Any] = {}
    exec(code, given)
    assert given["then"].newest() == {}


@pytest.mark.parametrize("command", [one for one in commands(typer.main.get_command(app)) if one.split()[1] in DATA_IN])
def test_every_command_about_data_in_stands_on_the_page(command: str) -> None:
    assert re.search(rf"{command}\b", PAGE)
