"""Strategies: `strategy show`, `check` and `template`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recobro_pipelines.commands.common import Json, Language, console, print_json, settings_in_force

strategy = typer.Typer(
    help="Strategies by stage and segment: show, check a file, preview a text.", no_args_is_help=True
)
Spoken = Annotated[Language, typer.Option("--language", help="Language to tell it in.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(strategy, name="strategy")


@strategy.command()
def show(language: Spoken = Language.EN, as_json: Json = False) -> None:
    """The strategies in force as a page: whom they are for, channels, tone, sequence, offers."""
    from recobro_models.decision.strategies import find_strategy_files, load_strategies
    from recobro_pipelines.strategy_told import show_strategies

    settings = settings_in_force()
    strategies = load_strategies(settings.home)
    own = find_strategy_files(settings.home)["strategies.yaml"].parent == settings.home
    if as_json:
        print_json({"version": strategies.version, "own": own, **strategies.form.model_dump(mode="json")})
    else:
        file = "strategies.yaml" if own else None
        show_strategies(console(), strategies, settings.stages, language=language, file=file)


@strategy.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A strategy file; its texts are the workspace's.")],
    as_json: Json = False,
) -> None:
    """Read a strategy file as a plan would, and say what it holds or what is wrong with it."""
    from recobro_models.decision.strategies import load_strategies

    found = load_strategies(settings_in_force().home, file=file)
    told: dict[str, Any] = {
        "version": found.version, "strategies": len(found.form.strategies), "offers": len(found.form.offers),
        "templates": len(found.templates.names),
    }  # fmt: skip
    if as_json:
        print_json(told)
        return
    console().print(
        f"{file}: {told['strategies']} strategies, {told['offers']} offers, {told['templates']} templates in order; "
        f"version {found.version}.", soft_wrap=True, markup=False,
    )  # fmt: skip


@strategy.command()
def template(
    stage: Annotated[str, typer.Argument(help="pre_due, due_today, early, mid, late or very_late.")],
    channel: Annotated[str, typer.Argument(help="call, sms, whatsapp, email or visit.")],
    language: Spoken = Language.EN,
    tone: Annotated[
        str | None, typer.Option("--tone", help="friendly, plain, firm or gentle; default: the strategy's.")
    ] = None,
) -> None:
    """The text of a stage and channel; what stands in {{double braces}} the platform fills in."""
    from recobro_models.decision.strategies import load_strategies
    from recobro_pipelines.strategy_preview import preview

    text = preview(load_strategies(settings_in_force().home), stage, channel, language=language, tone=tone)
    console().print(text, soft_wrap=True, markup=False)
