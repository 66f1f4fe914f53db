"""The command line: `recobro COMMAND`. Errors are one sentence on stderr and an exit status of the contract."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import typer
from rich.console import Console

from recobro_data.errors import RecobroError, UsageError
from recobro_pipelines.commands import (
    audit,
    compare,
    data,
    evaluate,
    forget,
    models,
    night,
    quarantine,
    replay,
    rules,
    serve,
    show,
    strategy,
)

app = typer.Typer(
    name="recobro",
    help="Scoring and prioritisation for debt collection: who to contact, how, when, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (night, replay, data, quarantine, forget, models, compare, evaluate, show, serve, audit, strategy, rules):
    module.register(app)

#: What Typer raises for words a command does not take; Typer itself exports only this class's children.
_WrongWords: type[Exception] = typer.BadParameter.__bases__[0]


def main() -> None:
    """Run the command line and leave with the contract's exit status."""
    try:
        sys.exit(app(prog_name="recobro", standalone_mode=False))
    except _WrongWords as error:
        _leave(_explained(error))
    except RecobroError as error:
        _leave(error)
    except BrokenPipeError:
        # The reader went away (`recobro worklist | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _tell(error)
        sys.exit(1)


def _explained(error: Any) -> RecobroError:
    """Typer's usage error as one sentence; a group called without a command answers with its help."""
    path = error.ctx.command_path if error.ctx else "recobro"
    said = str(error.format_message()).rstrip(". ")
    if "Usage:" in said or not said:
        typer.echo(said, err=True)
        sys.exit(UsageError.exit_status)
    return UsageError(f"words that `{path}` takes", said[0].lower() + said[1:], f"`{path} --help` shows them.")


def _leave(error: RecobroError) -> NoReturn:
    _tell(error)
    sys.exit(error.exit_status)


def _tell(error: Exception) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"recobro: {error}", markup=False)


if __name__ == "__main__":
    main()
