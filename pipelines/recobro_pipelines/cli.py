"""The command line: `recobro COMMAND`. Errors are one sentence on stderr and an exit status of the contract."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console

from recobro_data.errors import RecobroError
from recobro_pipelines.commands import data, models, night, serve, show

app = typer.Typer(
    name="recobro",
    help="Scoring and prioritisation for debt collection: who to contact, how, when, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (night, data, models, show, serve):
    module.register(app)


def main() -> None:
    """Run the command line and leave with the contract's exit status."""
    try:
        app()
    except RecobroError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"recobro: {error}", markup=False)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # The reader went away (`recobro worklist | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"recobro: {error}", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
