"""Rejected rows: `quarantine list`, `quarantine show`, `quarantine export`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.quarantine.rows import Chosen, Count, Quarantine

quarantine = typer.Typer(help="Rejected rows: list, show, export for correction.", no_args_is_help=True)
Load = Annotated[str, typer.Argument(help="Id of a load, its first characters, or latest.")]
Table = Annotated[str | None, typer.Option("--table", help="Only the rows of this table.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Only the rows that broke this rule.")]


class Format(StrEnum):
    """How exported rows are written."""

    CSV = "csv"
    XLSX = "xlsx"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def list_loads(as_json: Json = False) -> None:
    """Rejected rows by load, table and rule; those that still wait come first."""
    from recobro_data.quarantine.rows import Quarantine
    from recobro_pipelines.show import rows_table

    counts = Quarantine(settings_in_force()).counts()
    if as_json:
        print_json([asdict(count) | {"loaded_at": count.loaded_at.isoformat()} for count in counts])
    elif counts:
        console().print(rows_table([_told(count) for count in counts], title="Rejected rows"))
        console().print(_summary(counts), soft_wrap=True)
    else:
        console().print("No row was ever rejected.")


@quarantine.command()
def show(
    load: Load = "latest",
    table: Table = None,
    rule: Rule = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows to show.")] = 20,
    as_json: Json = False,
) -> None:
    """The rejected rows of a load: where each came from, its value, what is wrong, and whether it still waits."""
    held, chosen = _chosen(load, table, rule)
    rows = held.rows(chosen, limit)
    if as_json:
        print_json(rows)
        return
    from recobro_pipelines.show import rows_table

    total = held.count(chosen)
    if rows:
        console().print(rows_table([_row(row) for row in rows], title=f"Rejected rows of load {chosen.load_id}"))
    more = f"{total - len(rows):,} more: --limit {total} shows them. " if total > len(rows) else ""
    told = (
        "Whole rows: --json. To correct them: recobro quarantine export --out DIR."
        if rows
        else "No such row in this load."
    )
    console().print(f"{more}{told}", soft_wrap=True)


@quarantine.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write one file a table to.")],
    load: Annotated[str, typer.Argument(help="Id of a load, its first characters, latest, or all.")] = "all",
    table: Table = None,
    rule: Rule = None,
    form: Annotated[Format, typer.Option("--format", help="How to write them.")] = Format.CSV,
    as_json: Json = False,
) -> None:
    """Write the rows that still wait as CSV or XLSX, to be corrected in a spreadsheet and loaded again."""
    from recobro_pipelines.progress import shown_steps

    held, chosen = _chosen(load, table, rule, status="open")
    with shown_steps(notes()) as steps:
        files = held.export(chosen, out, form=form.value, say=steps.start)
    if as_json:
        print_json([{"file": str(path), "rows": rows} for path, rows in files.items()])
        return
    for path, rows in files.items():
        console().print(f"{path}  {rows:,} {'row' if rows == 1 else 'rows'}", soft_wrap=True)
    console().print(_next_steps(list(files)) if files else "No rejected row waits.", markup=False, soft_wrap=True)


def _chosen(load: str, table: str | None, rule: str | None, status: str | None = None) -> tuple[Quarantine, Chosen]:
    from recobro_data.errors import UsageError
    from recobro_data.quarantine.rows import Chosen, Quarantine
    from recobro_data.tables import TABLES

    if table is not None and table not in TABLES:
        raise UsageError(f"one of {', '.join(TABLES)}", repr(table), "`recobro quarantine list` shows what there is.")
    held = Quarantine(settings_in_force())
    return held, Chosen(None if load == "all" else held.find_load(load), table, rule, status)


def _told(count: Count) -> dict[str, Any]:
    when = count.loaded_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return {
        "load": count.load_id, "when": when, "table": count.table, "rule": count.rule, "open": count.open,
        "superseded": count.superseded, "cleared": count.cleared,
    }  # fmt: skip


def _summary(counts: Sequence[Count]) -> str:
    waiting = sum(count.open for count in counts)
    if not waiting:
        return "No rejected row waits: each was loaded since, or rejected again by a later load."
    return (
        f"{waiting:,} {'row waits' if waiting == 1 else 'rows wait'} to be corrected."
        " See them: recobro quarantine show LOAD. Write them as files: recobro quarantine export --out DIR."
    )


def _next_steps(paths: Sequence[Path]) -> str:
    loads = "\n".join(f"  recobro ingest {path}" for path in paths)
    form = paths[0].suffix[1:].upper()
    each = "load it:" if len(paths) == 1 else "load them one by one, in this order:"
    return (
        f"Correct the rows, leave the columns that begin with _ as they are, save as {form}, and {each}\n{loads}\n"
        "If the source has a mapping, name it as well: --mapping FILE."
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    from rich.markup import escape

    found = "nothing" if row["value"] in (None, "") else repr(row["value"])
    place = f"{row['file']}:{row['line']}"
    told = {"place": place, "rule": row["rule"], "expected": row["message"], "found": found, "state": row["status"]}
    return {name: escape(text) for name, text in told.items()}
