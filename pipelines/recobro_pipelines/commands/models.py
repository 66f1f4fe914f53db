"""The registry: `models list`, `models promote`, `models rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from recobro_pipelines.commands.common import Json, console, print_json, settings_in_force

models = typer.Typer(help="Versions of the models: list, promote, roll back.", no_args_is_help=True)
Model = Annotated[str, typer.Argument(help="risk, contact or effect.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """Every version with its aliases, measures and verdict."""
    from recobro_models.registry import Registry
    from recobro_pipelines.show import rows_table

    versions = Registry(settings_in_force()).versions()
    rows = [
        {
            "version": one.label, "aliases": ", ".join(one.aliases), "kind": one.tags.get("kind", ""),
            "as of": one.tags.get("as_of", ""), "AUC": f"{one.metrics['auc']:.3f}" if "auc" in one.metrics else "",
            "verdict": one.tags.get("verdict", ""),
        }
        for one in versions
    ]  # fmt: skip
    if as_json:
        print_json([row | {"metrics": dict(one.metrics)} for row, one in zip(rows, versions, strict=True)])
    elif rows:
        console().print(rows_table(rows, title="Models"))
    else:
        console().print("No model yet: run `recobro train` first.")


@models.command()
def promote(model: Model, version: Annotated[int, typer.Argument(help="Number of the version.")]) -> None:
    """Make a version the champion."""
    from recobro_data.errors import UsageError
    from recobro_data.lock import workspace_lock
    from recobro_models.registry import Registry

    settings = settings_in_force()
    with workspace_lock(settings):
        registry = Registry(settings)
        numbers = sorted(one.number for one in registry.versions() if one.model == _known(model))
        if version not in numbers:
            found = f"{version} where there are {', '.join(map(str, numbers)) or 'none'}"
            raise UsageError(f"a version of the {model} model", found, "`recobro models list` shows every version.")
        registry.promote(model, version)
    console().print(f"recobro plans with {model} version {version} from the next plan on.")


@models.command()
def rollback(model: Model) -> None:
    """Make the champion before the present one the champion again."""
    from recobro_data.lock import workspace_lock
    from recobro_models.registry import Registry

    settings = settings_in_force()
    with workspace_lock(settings):
        version = Registry(settings).rollback(_known(model))
    console().print(f"{version.label} is the champion again.")


def _known(model: str) -> str:
    from recobro_data.errors import UsageError
    from recobro_models.registry import NAMES

    if model not in NAMES:
        raise UsageError("one of risk, contact, effect", repr(model), "`recobro models list` shows every version.")
    return model
