"""docs/commands.md has every command with every option and argument, and none that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from recobro_data import errors
from recobro_data.sections import Ingest, Privacy
from recobro_pipelines.cli import app

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
#: The first cell of each row: a command as it is typed.
USAGES = re.findall(r"^\| `recobro ([^`]+)` \|", PAGE, re.M)


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command of the command line, as it is typed, with its declaration."""
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*words, name))
    if not hasattr(command, "commands"):
        yield " ".join(words), command


COMMANDS: Mapping[str, Any] = dict(commands(typer.main.get_command(app)))


def usages(command: str) -> str:
    """All that the page says can be typed behind a command."""
    return " ".join(usage.removeprefix(command) for usage in USAGES if re.match(rf"{command}(?: |$)", usage))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_row(command: str) -> None:
    assert [usage for usage in USAGES if re.match(rf"{command}(?: |$)", usage)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_row_has_every_option_of_its_command_and_no_other(command: str) -> None:
    declared = {name for one in COMMANDS[command].params if one.param_type_name == "option" for name in one.opts}
    assert set(re.findall(r"(?<!\S)\[?(--?[a-z-]+)", usages(command))) == declared


@pytest.mark.parametrize("command", COMMANDS)
def test_what_must_be_typed_stands_without_brackets(command: str) -> None:
    must = [one for one in COMMANDS[command].params if one.required]
    bare = re.sub(r"\[[^\]]*\]", "", usages(command))
    words = [one.opts[-1] if one.param_type_name == "option" else one.name.upper() for one in must]
    assert [word for word in words if word not in bare] == []


def test_every_row_is_about_a_command_that_exists() -> None:
    assert [usage for usage in USAGES if not any(re.match(rf"{one}(?: |$)", usage) for one in COMMANDS)] == []


def test_every_status_a_command_may_end_with_is_told() -> None:
    known = {one.exit_status for one in vars(errors).values() if isinstance(one, type) and hasattr(one, "exit_status")}
    assert set(map(int, re.findall(r"^\| (\d+) \|", PAGE, re.M))) == known | {0}


@pytest.mark.parametrize("key", [*Ingest.model_fields, *Privacy.model_fields])
def test_every_key_about_data_in_stands_on_its_page(key: str) -> None:
    if key == "key":
        key = "RECOBRO_PRIVACY_KEY"
    assert re.search(rf"\b{key}\b", (DOCS / "data-in.md").read_text(encoding="utf-8"))


def test_the_page_tells_the_defaults_of_the_warnings() -> None:
    told = re.findall(r"^\| `(warn_\w+)` \| .* \| ([\d.]+) \|$", (DOCS / "data-in.md").read_text("utf-8"), re.M)
    assert {key: float(default) for key, default in told} == {
        key: getattr(Ingest(), key) for key in Ingest.model_fields if key.startswith("warn_")
    }
