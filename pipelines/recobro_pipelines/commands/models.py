"""The registry: `models list`, `show`, `compare`, `promote`, `rollback` and `replay`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_models.registry import Registry, Version

models = typer.Typer(help="Versions of the models: list, show, compare, promote, roll back.", no_args_is_help=True)
Model = Annotated[str, typer.Argument(help="risk, contact, effect or promise.")]
Which = Annotated[str, typer.Argument(help="Number of the version, or champion, challenger, former.")]


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
def show(
    model: Model,
    version: Which = "champion",
    card: Annotated[Path | None, typer.Option("--card", metavar="FILE", help="Write the model card (HTML).")] = None,
    as_json: Json = False,
) -> None:
    """One version: measures, parameters, what every promotion rule said, where its card lies."""
    from recobro_pipelines.versions_told import tell_version

    registry = _registry(model)
    found = registry.find(model, version)
    written = None if card is None else _write_card(registry, found, card)
    told = tell_version(registry, found) | ({"written": str(written)} if written else {})
    if as_json:
        print_json(told)
    else:
        _show_version(told)


@models.command()
def compare(model: Model, a: Which, b: Which, as_json: Json = False) -> None:
    """Two versions side by side: measures with their differences, and the parameters that differ."""
    from recobro_models.measure_words import name_measure
    from recobro_pipelines.show import rows_table
    from recobro_pipelines.versions_told import tell_comparison

    registry = _registry(model)
    told = tell_comparison(registry.find(model, a), registry.find(model, b))
    if as_json:
        print_json(told)
        return
    for side in ("a", "b"):
        console().print(f"[bold]{side}[/]  {_in_words(told[side])}")
        console().print(f"   {told[side]['verdict'] or 'no verdict'}", markup=False)
    measures = [
        row
        | {"measure": name_measure(row["measure"])}
        | {name: _figure(row[name]) for name in ("a", "b", "difference")}
        for row in told["measures"]
    ]
    console().print(rows_table(measures, title="Measures") if measures else "Neither had a trial: no measures.")
    if told["parameters"]:
        console().print(rows_table(told["parameters"], title="Parameters that differ"))
    if measures and not told["same_rows"]:
        notes().print("Each was measured on its own last rows; `recobro models replay` measures them on the same.")


@models.command()
def promote(
    model: Model,
    version: Annotated[int, typer.Argument(help="Number of the version.")],
    as_json: Json = False,
) -> None:
    """Make a version the champion."""
    from recobro_data.lock import workspace_lock
    from recobro_pipelines.promotions_told import tell_promotions
    from recobro_pipelines.versions_told import tell_in_force

    registry = _registry(model)
    with workspace_lock(settings_in_force()):
        found = registry.find(model, str(version))
        registry.promote(model, found.number)
        tell_promotions(settings_in_force(), [found])
        told = tell_in_force(registry, model)
    if as_json:
        print_json(told)
        return
    console().print(f"recobro plans with {model} version {version} from the next plan on.")
    if found.tags.get("verdict", "").startswith("kept out"):
        notes().print(f"The promotion rules said otherwise: {found.tags['verdict']}.", markup=False)


@models.command()
def rollback(model: Model, as_json: Json = False) -> None:
    """Make the champion before the present one the champion again; a second rollback takes the first one back."""
    from recobro_data.lock import workspace_lock
    from recobro_pipelines.promotions_told import tell_promotions
    from recobro_pipelines.versions_told import tell_in_force

    registry = _registry(model)
    with workspace_lock(settings_in_force()):
        tell_promotions(settings_in_force(), [registry.rollback(model)])
        told = tell_in_force(registry, model)
    if as_json:
        print_json(told)
    else:
        console().print(
            f"{told['champion']} is the champion again, from the next plan on. "
            f"Another rollback would return to {told['former']}."
        )


@models.command()
def replay(
    model: Annotated[str, typer.Argument(help="risk or contact.")],
    months: Annotated[int, typer.Option("--months", min=1, max=36, help="How many past months at most.")] = 12,
    as_json: Json = False,
) -> None:
    """What each promotion rule would have cost over past months, against the best choice in hindsight."""
    from recobro_models.promotion_replay import replay_rules
    from recobro_pipelines.progress import shown_steps
    from recobro_pipelines.replay import build_history
    from recobro_pipelines.show import rows_table

    _registry(model)
    with shown_steps(notes()) as steps:
        told = replay_rules(build_history(settings_in_force(), model, months=months, steps=steps))
    rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in told.to_dict("records")]
    if as_json:
        print_json(rows)
        return
    figures = ("log_loss", "best", "regret", "worst")
    told_rows = [row | {name: _figure(row[name]) for name in figures} for row in rows]
    console().print(rows_table(told_rows, title="Log loss of the month that followed, by promotion rule"))


def _registry(model: str) -> Registry:
    from recobro_data.errors import UsageError
    from recobro_models.registry import NAMES, Registry

    if model not in NAMES:
        raise UsageError(f"one of {', '.join(NAMES)}", repr(model), "`recobro models list` shows every version.")
    return Registry(settings_in_force())


def _write_card(registry: Registry, version: Version, path: Path) -> Path:
    from recobro_data.errors import UsageError
    from recobro_pipelines.versions_told import CARD

    if not path.parent.is_dir():
        raise UsageError("a folder to write to", f"none at {path.parent}", "Make it first, or say another with --card.")
    path.write_bytes(registry.document(version, CARD))
    return path


def _show_version(told: Mapping[str, Any]) -> None:
    from recobro_pipelines.show import rows_table
    from recobro_pipelines.versions_told import build_measures

    console().print(_in_words(told), style="bold")
    console().print(f"data {told['data'] or 'unknown'}\n{told['verdict'] or 'no verdict'}", markup=False)
    if told["rules"]:
        rules = [row | {"rule": row["rule"].replace("_", " "), "ok": "yes" if row["ok"] else "no"}
                 for row in told["rules"]]  # fmt: skip
        console().print(rows_table(rules, title="Promotion, rule by rule"))
    measures = [{name: _figure(value) for name, value in row.items()} for row in build_measures(told["metrics"])]
    parameters = [{"name": name.replace("_", " "), "value": value} for name, value in told["parameters"].items()]
    for title, rows in {"Measures": measures, "Parameters": parameters}.items():
        if rows:
            console().print(rows_table(rows, title=title))
    console().print(f"Card: {told.get('written') or told['card'] or 'none'}", soft_wrap=True, markup=False)


def _in_words(told: Mapping[str, Any]) -> str:
    aliases = f" ({', '.join(told['aliases'])})" if told["aliases"] else ""
    return f"{told['version']}{aliases}, {told['kind'] or 'kind unknown'}, as of {told['as_of'] or 'an unknown day'}"


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) > 1 else f"{value:.5f}"
    return "" if value is None else str(value)
