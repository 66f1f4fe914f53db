"""A person's right to be forgotten: `forget`."""

from __future__ import annotations

from typing import Annotated

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(forget)


def forget(
    debtor: Annotated[str, typer.Argument(metavar="DEBTOR", help="The debtor_id, as it was loaded.")],
    as_json: Json = False,
) -> None:
    """Remove a debtor everywhere for good; later loads leave the debtor out."""
    from recobro_data.lock import workspace_lock
    from recobro_data.privacy.forget import forget_debtor
    from recobro_pipelines.progress import shown_steps
    from recobro_pipelines.show import rows_table

    settings = settings_in_force()
    with workspace_lock(settings), shown_steps(notes()) as steps:
        forgotten = forget_debtor(debtor, settings, say=steps.start)
    if as_json:
        print_json(forgotten.to_json())
        return
    if not forgotten.removed:
        console().print(f"{debtor} was forgotten before; no row was left.", markup=False, soft_wrap=True)
        return
    rows = [{"from": place, "rows": n} for place, n in forgotten.removed.items()]
    console().print(rows_table(rows, title=f"Forgotten: {debtor}"))
    console().print("Loads leave this debtor out from now on. Remove the debtor from your own exports as well.")
