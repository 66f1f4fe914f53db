"""Answers on the terminal: `worklist`, `explain`."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer
from rich.console import Console

from recobro_pipelines.commands.common import Json, Language, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.store import PlanRow, Store

#: How many items a table on the terminal shows.
_SHOWN = 30
#: How many characters wide a table in a file is.
_FILE_WIDTH = 160


class Format(StrEnum):
    """How the worklist is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(worklist)
    app.command()(explain)


def worklist(
    day: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Work date; default: the latest.")
    ] = None,
    portfolio: Annotated[str | None, typer.Option("--portfolio", help="Only this portfolio.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only this channel.")] = None,
    left_alone: Annotated[bool, typer.Option("--left-alone", help="Those left alone, and why.")] = False,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to write it; default: by the file's ending, else table.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write to; default: the terminal.")] = None,
    agents: Annotated[
        int, typer.Option("--agents", min=0, max=10_000, help="Split the list fairly between so many agents.")
    ] = 0,
) -> None:
    """The published worklist, or those left alone."""
    from recobro_data.errors import UsageError
    from recobro_data.store import ItemFilters

    if agents and left_alone:
        raise UsageError("agents for a worklist", "--agents with --left-alone", "Leave one of the two out.")

    # A reader that goes away (`| head`) ends the command quietly.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    form = form or _form_of(out)
    filters = ItemFilters(portfolio=portfolio, channel=_known_channel(channel))
    with _store() as store:
        plan = store.current_plan(_parsed(day))
        _check_portfolio(plan, portfolio)
        limit = _SHOWN if form is Format.TABLE and out is None else None
        read = store.left_alone if left_alone else store.items
        rows = _told(read(plan.plan_id, filters=filters, limit=None if agents else limit))
        rows = _shared(rows, agents, limit=limit) if agents else rows
        if form is Format.TABLE:
            title = f"Worklist of {plan.work_date}, plan {plan.plan_id}"
            _print_table(rows, left_alone=left_alone, title=title, out=out)
        else:
            _write(_chunks(rows, form, left_alone=left_alone), form, out=out)


def explain(
    debtor: Annotated[str, typer.Argument(help="debtor_id")],
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="YYYY-MM-DD", help="Tell also what moved the risk since this earlier day."
        ),
    ] = None,
    language: Annotated[
        Language | None, typer.Option("--language", help="Language to tell it in; default: the debtor's.")
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """One debtor: curve, reasons, best hours, what was decided and why not otherwise."""
    from recobro_data.contact_rules import rules_in_force
    from recobro_data.store.answers import told_reasons
    from recobro_models.explanation.catalogue import tell
    from recobro_pipelines.show_debtor import show_debtor

    with _store() as store:
        plan = store.current_plan(None)
        portfolio_id, payload = store.scores_of(plan.plan_id, debtor)
        spoken = language or payload["language"]
        item = next(_told([store.item_of(plan.plan_id, debtor)], spoken))
        risk = payload["risk"] | {"reasons": told_reasons(payload["risk"], tell, spoken)}
        left = (
            {"left_alone": {name: item[name] for name in ("because", "rule", "until")}} if "because" in item else item
        )
        answer = {
            "debtor_id": debtor, "portfolio_id": portfolio_id, "plan_id": plan.plan_id, "recommendation": left,
            "risk": risk, "best_hours": best_hours(payload["contact"]["channels"]),
            "contact_hours": plan.summary.get("contact_hours", {}), "promise": payload.get("promise"),
        }  # fmt: skip
    if against is not None:
        answer["since"] = _since(plan, debtor, against=against, language=spoken)
    if as_json:
        print_json(answer)
    else:
        show_debtor(console(), answer, spoken, rulebook=rules_in_force(settings_in_force()))


def _since(plan: PlanRow, debtor: str, *, against: str, language: str) -> dict[str, Any]:
    from recobro_pipelines.contrast import check_against, contrast_debtor
    from recobro_pipelines.days import parse_day

    day = check_against(plan, parse_day(against))
    return contrast_debtor(settings_in_force(), plan, debtor, against=day, language=language)


def best_hours(channels: Mapping[str, Mapping[str, Any]], *, most: int = 5) -> list[dict[str, Any]]:
    """The lawful slots of a week with the highest chance of reaching the debtor; weekday 1 is Monday."""
    slots = [
        {"channel": name, "weekday": weekday + 1, "hour": own["first_hour"] + place, "p_reach": p}
        for name, own in channels.items()
        for weekday, row in enumerate(own["p_reach"])
        for place, p in enumerate(row)
        if own["lawful"][weekday][place]
    ]
    return sorted(slots, key=lambda slot: (-slot["p_reach"], slot["channel"], slot["weekday"], slot["hour"]))[:most]


def _store() -> Store:
    from recobro_data.errors import NoPlanError
    from recobro_data.store import open_store

    settings = settings_in_force()
    path = settings.home / "data" / "recobro.db"
    if not settings.store.url and not path.exists():
        raise NoPlanError("a published plan", f"none in {settings.home}", "Run `recobro plan` first.")
    return open_store(settings.store_url)


def _parsed(day: str | None) -> date | None:
    from recobro_pipelines.days import parse_day

    return None if day in (None, "latest") else parse_day(str(day))


def _told(rows: Iterable[Mapping[str, Any]], language: str | None = None) -> Iterator[dict[str, Any]]:
    from recobro_data.store.answers import told
    from recobro_models.explanation.catalogue import tell

    return (told(row, tell, language) for row in rows)


def _shared(rows: Iterator[dict[str, Any]], agents: int, *, limit: int | None) -> Iterator[dict[str, Any]]:
    """The items split between agents, the first `limit` of them; how fair that is goes to stderr."""
    from recobro_pipelines.shares_told import share_rows, tell_shares

    split, shares = share_rows(list(rows), agents, settings_in_force())
    for line in tell_shares(shares):
        notes().print(line, soft_wrap=True)
    return iter(split[:limit])


def _form_of(out: Path | None) -> Format:
    """The form that a file's ending names; a table where it names none."""
    ending = out.suffix[1:].lower() if out is not None else ""
    return Format(ending) if ending in set(Format) else Format.TABLE


def _known_channel(channel: str | None) -> str | None:
    from recobro_data.errors import UsageError
    from recobro_data.vocabulary import CHANNELS

    if channel is not None and channel not in CHANNELS:
        raise UsageError(f"a channel of {', '.join(CHANNELS)}", repr(channel), "Say one of them with --channel.")
    return channel


def _check_portfolio(plan: PlanRow, portfolio: str | None) -> None:
    """A misspelt portfolio is told apart from one that has nothing to do."""
    from recobro_data.errors import UsageError

    known = sorted(plan.summary.get("portfolios", ()))
    if portfolio is not None and known and portfolio not in known:
        raise UsageError(f"a portfolio of the plan: {', '.join(known)}", repr(portfolio), "Say one of them.")


def _print_table(rows: Iterator[dict[str, Any]], *, left_alone: bool, title: str, out: Path | None) -> None:
    from recobro_pipelines.show import WorklistTable, rows_table

    names = ("debtor_id", "portfolio_id", "days_past_due", "amount_to_collect", "because", "rule", "until")
    table = (
        rows_table([{name: row[name] for name in names} for row in rows], title=title)
        if left_alone
        else WorklistTable(list(rows), title=title)
    )
    if out is None:
        console().print(table)
        return
    with _replaced(out) as file:
        text = Console(file=io.StringIO(), width=_FILE_WIDTH, highlight=False)
        text.print(table)
        file.write(cast(io.StringIO, text.file).getvalue().encode())


def _write(chunks: Iterator[bytes], form: Format, *, out: Path | None) -> None:
    from recobro_data.errors import UsageError

    if out is not None:
        with _replaced(out) as file:
            file.writelines(chunks)
        return
    if form is Format.PARQUET and sys.stdout.isatty():
        raise UsageError("a file for Parquet", "a terminal", "Say where with -o FILE.")
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


@contextmanager
def _replaced(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `out` when it is whole, so that a reader never finds half a list."""
    from recobro_data.errors import UsageError

    if not out.parent.is_dir():
        raise UsageError("a folder to write to", f"none at {out.parent}", "Make it first, or say another with -o.")
    partial = out.with_name(out.name + ".part")
    with partial.open("wb") as file:
        yield file
    partial.replace(out)


def _chunks(rows: Iterator[dict[str, Any]], form: Format, *, left_alone: bool) -> Iterator[bytes]:
    import json

    from recobro_data.store.exports import csv_chunks, parquet_chunks
    from recobro_data.store.fields import ITEM_FIELDS, LEFT_ALONE_FIELDS

    fields = LEFT_ALONE_FIELDS if left_alone else ITEM_FIELDS
    if form is Format.JSON:
        yield b"["
        for place, row in enumerate(rows):
            yield (b",\n" if place else b"\n") + json.dumps(row, ensure_ascii=False).encode()
        yield b"\n]\n"
        return
    yield from (csv_chunks if form is Format.CSV else parquet_chunks)(rows, fields)
