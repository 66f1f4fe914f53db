"""Two live policies side by side: `compare`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.settings import Settings
    from recobro_pipelines.compare import Compared


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    start: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First plan; default: the challenger's first.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="With what was known at the start of this day.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Champion and challenger compared by debtor; may be looked at every day."""
    compared = _compared(settings_in_force(), start, end)
    if as_json:
        print_json(compared.to_json())
        return
    console().print(compared.sentence, soft_wrap=True)
    if compared.n_waiting:
        console().print(f"{compared.n_waiting:,} debtors are still within their {compared.horizon_days} days.")


def _compared(settings: Settings, start: str | None, end: str | None) -> Compared:
    from recobro_pipelines.days import choose_as_of, parse_day

    first = parse_day(start) if start is not None else None
    last, remark = choose_as_of(settings, end, today=datetime.now(UTC).astimezone().date())
    if remark:
        notes().print(remark.replace("--as-of", "--to"), soft_wrap=True)
    from recobro_data.lake import Lake
    from recobro_data.store import open_store
    from recobro_models.snapshots import Snapshots
    from recobro_pipelines.compare import compare_policies

    with open_store(settings.store_url) as store:
        return compare_policies(Snapshots(Lake(settings.lake_dir), settings), store, first, last)
