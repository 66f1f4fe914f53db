"""The house as the architecture draws it, and documents that name only commands which exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from recobro_pipelines.cli import app

ROOT = Path(__file__).parents[2]
PACKAGES = {"data": "recobro_data", "models": "recobro_models", "pipelines": "recobro_pipelines"} | {
    "serving": "recobro_serving"
}
HEAVY = ("great_expectations", "lightgbm", "mlflow", "shap", "sklearn")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*/README.md"))]


def test_the_folder_mlflow_holds_no_python() -> None:
    assert not list((ROOT / "mlflow").rglob("*.py"))


def test_mlflow_is_the_library_and_not_the_folder() -> None:
    spec = importlib.util.find_spec("mlflow")
    assert spec is not None
    assert spec.origin is not None
    assert ROOT / "mlflow" not in Path(spec.origin).parents


@pytest.mark.parametrize(("folder", "package"), PACKAGES.items())
def test_a_code_folder_holds_one_typed_package(folder: str, package: str) -> None:
    found = [path.parent for path in (ROOT / folder).glob("*/__init__.py")]
    assert [path.name for path in found] == [package]
    assert (found[0] / "py.typed").is_file()


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = f"import sys, recobro_pipelines.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def documented_commands() -> Iterator[tuple[str, str]]:
    """Every `recobro …` of a code block or between back-ticks, with the document it stands in."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
        for line in lines:
            for found in re.findall(r"(?:^|[\s(/])recobro( [^#;|&)>]*)", line):
                yield path.relative_to(ROOT).as_posix(), found.strip()


def problem_of(words: list[str]) -> str | None:
    """What these words name that the command line does not have."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in known]
    return f"no option {unknown[0]}" if unknown else None


@pytest.mark.parametrize(("document", "line"), sorted(set(documented_commands())))
def test_a_documented_command_exists(document: str, line: str) -> None:
    if not re.match(r"[a-z-]", line):
        pytest.skip("the name of the command, with a placeholder")
    # `keys add/list/revoke` names three commands at once.
    first, *rest = shlex.split(line.replace("[", "").replace("]", ""))
    spread = [[first, each, *rest[1:]] for each in rest[0].split("/")] if rest and "/" in rest[0] else [[first, *rest]]
    problems = [problem_of(words) for words in (spread if first in {"keys", "models"} else [[first, *rest]])]
    assert problems == [None] * len(problems)
