"""A published plan made again: `replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_data.store.records import Comparison
    from recobro_pipelines.plan_replay import Replayed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Id of a published plan, or latest.")],
    as_json: Json = False,
) -> None:
    """Make a published plan again from what was stored with it, and compare it byte by byte."""
    from recobro_data.store import open_store
    from recobro_pipelines.plan_replay import replay_plan
    from recobro_pipelines.progress import shown_steps

    settings = settings_in_force()
    with open_store(settings.store_url) as store, shown_steps(notes()) as steps:
        plan_id = store.current_plan().plan_id if plan == "latest" else plan
        replayed = replay_plan(settings, store, plan_id, steps=steps)
    print_json(replayed.to_json()) if as_json else _show(replayed)
    if not replayed.is_identical:
        raise typer.Exit(1)


def _show(replayed: Replayed) -> None:
    for sentence in replayed.missing:
        console().print(sentence, markup=False, soft_wrap=True)
    if replayed.comparison is None:
        console().print(f"{replayed.plan_id} can not be made again.", markup=False)
        return
    n_rows = replayed.comparison.same.total() - replayed.comparison.same["plan"]
    if replayed.is_identical:
        console().print(f"{replayed.plan_id} comes out as it was published: {n_rows:,} rows, every byte.", markup=False)
        return
    _show_differences(replayed.plan_id, replayed.comparison)
    if replayed.elsewhere:
        console().print(f"It was made elsewhere: {', '.join(replayed.elsewhere)}.", markup=False, soft_wrap=True)


def _show_differences(plan_id: str, found: Comparison) -> None:
    from recobro_pipelines.show import rows_table

    console().print(f"{plan_id} does not come out as it is stored.", markup=False)
    tables = dict.fromkeys((*found.same, *found.changed, *found.missing, *found.beyond))
    counts = [
        {"table": name, "same": found.same[name], "changed": found.changed[name],
         "not stored": found.missing[name], "stored beyond": found.beyond[name]}
        for name in tables
    ]  # fmt: skip
    console().print(rows_table(counts, title="Rows"))
    rows = [
        {"table": one.table, "debtor": one.debtor_id or "", "field": one.field,
         "stored": str(one.stored), "made again": str(one.rebuilt)}
        for one in found.differences
    ]  # fmt: skip
    console().print(rows_table(rows, title="The first differences") if rows else "No row of the plan differs itself.")
