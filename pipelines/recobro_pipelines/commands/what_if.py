"""What-if about a published plan: `plan --simulate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import console, print_json

if TYPE_CHECKING:
    from recobro_data.settings import Settings
    from recobro_models.decision.simulation import Simulation

Simulate = Annotated[
    list[str] | None,
    typer.Option(
        "--simulate", metavar="KEY=AMOUNT",
        help="Publish nothing; tell what the published plan would come to with capacity.call=+2, "
        "capacity.sms.day=3000, cost.whatsapp=+10%, exploration=0, control_group=0.05, budget=+10%, team.NAME=+1 or "
        "rule.ID=off. May be repeated.",
    ),
]  # fmt: skip
Exact = Annotated[bool, typer.Option("--exact", help="With --simulate: share the plan's options out again.")]


def ask_what_if(settings: Settings, simulate: list[str], as_of: str | None, *, exact: bool, as_json: bool) -> None:
    """Print what the newest plan, or that of a day, would come to."""
    from recobro_data.store import open_store
    from recobro_models.decision.changes import parse_change
    from recobro_models.decision.what_if import WhatIf, answer_what_if
    from recobro_pipelines.days import parse_day

    asked = WhatIf([parse_change(text) for text in simulate], exact)
    with open_store(settings.store_url) as store:
        plan = store.current_plan(parse_day(as_of) if as_of is not None else None)
        told = answer_what_if(settings, store, plan, asked)
    if as_json:
        print_json({"plan_id": plan.plan_id, "work_date": plan.work_date.isoformat(), **told.to_json()})
    else:
        _show(plan.plan_id, told)


def _show(plan_id: str, told: Simulation) -> None:
    from recobro_pipelines.show import rows_table

    changes = [
        {"key": key, "before": _limit(old), "after": _limit(new)} for key, (old, new) in told.changes.items()
    ]  # fmt: skip
    if not changes:
        console().print("Nothing would change: the plan was made with these very values.")
        return
    console().print(rows_table(changes, title=f"What if, of plan {plan_id}"))
    if told.channels:
        rows = [
            {"channel": name, "attempts before": f"{used['used_before']:,}", "after": f"{used['used_after']:,}"}
            for name, used in told.channels.items()
        ]
        console().print(rows_table(rows, title="Attempts"))
    console().print(_sentence(told), style="bold", markup=False, soft_wrap=True)
    for remark in told.remarks:
        console().print(remark, markup=False, soft_wrap=True)


def _sentence(told: Simulation) -> str:
    moved = f"Expected value {told.before:,.2f} -> {told.after:,.2f} ({told.after - told.before:+,.2f})"
    if told.how == "exact":
        return f"{moved}, with the plan's options shared out again."
    least = "" if told.at_least is None else f" at least {told.at_least:,.2f}"
    most = "" if told.at_most is None else f" at most {told.at_most:,.2f}"
    bounds = f";{least}{' and' if least and most else ''}{most}" if least or most else ""
    return f"{moved} by the plan's prices{bounds}."


def _limit(value: float | str | None) -> str:
    return "no limit" if value is None else value if isinstance(value, str) else f"{value:g}"
