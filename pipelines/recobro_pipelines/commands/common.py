"""What the commands share: the workspace in force, printing for people and for programs."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from recobro_data.settings import Settings, load_settings

AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Work with what was known at the start of this day.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


class Language(StrEnum):
    """In which language people are told."""

    ES = "es"
    PT = "pt"
    EN = "en"


#: Columns of a page that is no terminal: a log, a file.
_PAGE_WIDTH = 150


def console() -> Console:
    """Where people read answers; wide enough for a table where it is no terminal and nobody said how wide."""
    is_told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if is_told else _PAGE_WIDTH)


def notes() -> Console:
    """Where people read what goes on beside the answer: progress and remarks, on stderr."""
    return Console(stderr=True, highlight=False)


def settings_in_force() -> Settings:
    """The settings of the workspace."""
    return load_settings().settings


def print_json(answer: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
