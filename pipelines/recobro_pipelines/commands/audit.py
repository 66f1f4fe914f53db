"""The audit log of the API: `audit show`, `audit verify`."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import typer

from recobro_pipelines.commands.common import Json, console, print_json, settings_in_force

audit = typer.Typer(help="Who asked the API for what: show, verify.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")


@audit.command()
def show(
    start: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day, in UTC.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day, in UTC.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Only this key's id, or oidc:SUBJECT.")] = None,
    debtor: Annotated[str | None, typer.Option("--debtor", help="Only calls about this debtor.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest ones.")] = 1000,
    as_json: Json = False,
) -> None:
    """Who asked for what, when, and how it ended; oldest first."""
    from recobro_data.store import open_store
    from recobro_pipelines.show import rows_table

    with open_store(settings_in_force().store_url) as store:
        subject = None if debtor is None else store.audit.subject_of(debtor)
        found = store.audit.rows(_start_of(start), _start_of(end, days=1), who=key)
        rows = deque((row for row in found if subject in (None, row["subject"])), maxlen=limit)
    if as_json:
        print_json([dict(row) for row in rows])
    elif rows:
        console().print(rows_table([_shown(row) for row in rows], title="Audit log"))
    else:
        console().print("Nobody asked for anything.")


@audit.command()
def verify(
    head: Annotated[
        str | None, typer.Option("--head", metavar="HASH", help="A head that was noted earlier and must be in the log.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Follow the chain of hashes: whether every row is as it was written. Note the head outside to prove the end."""
    from recobro_data.errors import RecobroError
    from recobro_data.store import open_store

    with open_store(settings_in_force().store_url) as store:
        checked = store.audit.check(head)
    if as_json:
        told = {"rows": checked.n_rows, "head": checked.head, "whole": checked.is_whole}
        print_json({**told, "broken_at": checked.broken_at})
    elif checked.is_whole:
        console().print(f"{checked.n_rows:,} rows, each as it was written. Head: {checked.head}", soft_wrap=True)
    if not checked.is_whole:
        found = f"another at row {checked.broken_at}" if checked.broken_at else "a log without the head that was noted"
        raise RecobroError("an audit log as it was written", found, "Compare it with a backup of the store.")


def _start_of(day: str | None, *, days: int = 0) -> datetime | None:
    from recobro_pipelines.days import parse_day

    return None if day is None else datetime.combine(parse_day(day) + timedelta(days=days), time(), UTC)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    names = ("at", "who", "method", "route", "status", "n_rows", "request_id")
    return {name: row[name] for name in names} | {"portfolios": ", ".join(row["portfolios"])}
