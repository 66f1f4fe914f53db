"""Data in: `generate`, `ingest`, `config`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

_PASSWORD = re.compile(r"(://[^/:@]*:)[^/]*@")
#: As Spark Connect (`;token=`) and libpq (`?password=`) write them.
_TOKEN = re.compile(r"([;?&](?:token|password)=)[^;&]*")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(generate)
    app.command()(ingest)
    app.command()(config)


def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the tables to.")],
    debtors: Annotated[int, typer.Option("--debtors", min=1, help="How many debtors.")] = 5000,
    months: Annotated[int, typer.Option("--months", min=1, max=120, help="How many months of history.")] = 18,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed writes the same tables.")] = 7,
    country: Annotated[str, typer.Option("--country", help="PE, CO, CL, MX or BR.")] = "PE",
) -> None:
    """Write the six canonical tables of a synthetic portfolio as CSV."""
    from recobro_data.synthetic import simulate, write_tables
    from recobro_pipelines.progress import shown_steps

    with shown_steps(notes()) as steps:
        steps.start("synthetic portfolio")
        portfolio = simulate(debtors, months, seed=seed, country=country)
        paths = write_tables(portfolio, out, disputes=False)
    for path in paths:
        rows = len(portfolio.tables[path.stem])
        console().print(f"{path}  {rows:,} rows", soft_wrap=True)
    console().print(f"History ends the day before {portfolio.as_of}. Next: recobro ingest {out}", soft_wrap=True)


def ingest(
    source: Annotated[str, typer.Argument(help="Folder or file of CSV, Parquet or XLSX tables, or a database's URL.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="What the source calls tables and columns (mapping.toml).")
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest-mapping", help="Write a first mapping from the headers; load nothing.")
    ] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File for the suggested mapping.")] = None,
    as_json: Json = False,
) -> None:
    """Validate a source and load it; rejected rows go to quarantine whole."""
    if suggest:
        _suggest(source, out)
        return
    if out is not None:
        raise UsageError("-o together with --suggest-mapping", "-o alone", "A load says itself where its report lies.")
    from recobro_data.load import load_source
    from recobro_data.lock import workspace_lock
    from recobro_pipelines.demo_mark import own_rows
    from recobro_pipelines.progress import shown_steps
    from recobro_pipelines.show import rows_table

    settings = _under(settings_in_force(), mapping)
    with workspace_lock(settings), own_rows(settings), shown_steps(notes()) as steps:
        report = load_source(source, settings, say=steps.start)
    for note in report.notes:
        notes().print(note, markup=False, soft_wrap=True)
    answer = report.to_json()
    if as_json:
        print_json(answer)
        return
    rows = [{"table": name, **counts} for name, counts in answer["tables"].items()]
    console().print(rows_table(rows, title=f"Load {report.load_id}"))
    if report.quarantine is not None:
        console().print(f"Rejected rows: {report.quarantine}", soft_wrap=True)
        console().print("Why each was rejected: recobro quarantine show.", soft_wrap=True)
    console().print(f"Validation report: {report.report}", soft_wrap=True)


def _under(settings: Settings, mapping: Path | None) -> Settings:
    """The settings with a mapping named on the command line, which is seen from where the user stands."""
    if mapping is None:
        return settings
    ingest = settings.ingest.model_copy(update={"mapping": str(mapping.expanduser().absolute())})
    return settings.model_copy(update={"ingest": ingest})


def _suggest(source: str, out: Path | None) -> None:
    from recobro_data.sources.suggest import suggest_mapping

    suggestion = suggest_mapping(source, os.environ)
    if not suggestion.is_needed:
        notes().print("The source is written as the data dictionary says: no mapping is needed.", soft_wrap=True)
        return
    if out is None:
        typer.echo(suggestion.text, nl=False)
    else:
        _write_new(out, suggestion.text)
        next_step = f"Read it, mend it, then: recobro ingest SOURCE --mapping {out}"
        notes().print(f"A first mapping: {out}. {next_step}", soft_wrap=True)
    for name in suggestion.missing:
        notes().print(f"No table looks like {name}, which is required.", markup=False, soft_wrap=True)
    for name in suggestion.unplaced:
        notes().print(f"Not placed, so not loaded: the table {name}.", markup=False, soft_wrap=True)


def _write_new(path: Path, text: str) -> None:
    """A mapping that somebody has mended is never written over."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError("-o with the name of a new file", f"{path} that is there", "Name another file.") from error


def config(as_json: Json = False) -> None:
    """Print the configuration in force and where each value came from."""
    from recobro_data.settings import flatten, idle_variables, load_settings
    from recobro_pipelines.show import rows_table

    in_force = load_settings()
    for name in idle_variables(os.environ):
        notes().print(f"{name} sets nothing: no key is called so")
    values = flatten(in_force.settings.model_dump(mode="json"))
    rows = [
        {"key": key, "value": _shown(key, value), "from": in_force.origins.get(key, "default")}
        for key, value in values.items()
    ]
    if as_json:
        print_json(rows)
        return
    console().print(rows_table([{**row, "value": str(row["value"])} for row in rows], title="Configuration in force"))


def _shown(key: str, value: object) -> object:
    """A value fit to be read over a shoulder: URLs without their password or token."""
    if not (key.endswith((".url", ".uri", ".source")) and isinstance(value, str)):
        return value
    return _TOKEN.sub(r"\1***", _PASSWORD.sub(r"\1***@", value))
