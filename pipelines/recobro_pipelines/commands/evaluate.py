"""`recobro evaluate`: what another policy would have recovered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import Json, console, notes, print_json, settings_in_force

if TYPE_CHECKING:
    from recobro_pipelines.evaluate import Answer

_POLICY = (
    "three-criteria, largest-balance, oldest, p-pay, p-unpaid, random, or expected-value; the last and p-… go by the "
    "models in use."
)
_CAPACITY = (
    "Attempts a channel has room for, in place of the configured: call=60 (an hour or a day, as configured), "
    "call=20/hour, sms=500/day, email=0. May be repeated."
)
_VERSION = "A model to go by in place of the one in use: effect=3, risk=challenger. May be repeated."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    policy: Annotated[str, typer.Option("--policy", metavar="POLICY", help=_POLICY)],
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it would have decided.")],
    last: Annotated[
        str, typer.Option("--to", metavar="YYYY-MM-DD", help="The last one; its horizon must have passed.")
    ],
    capacity: Annotated[list[str] | None, typer.Option("--capacity", metavar="CHANNEL=N", help=_CAPACITY)] = None,
    version: Annotated[list[str] | None, typer.Option("--version", metavar="MODEL=VERSION", help=_VERSION)] = None,
    as_json: Json = False,
) -> None:
    """What another policy would have recovered on past days, from the log of the one in force."""
    from recobro_data.store import open_store
    from recobro_pipelines.days import parse_day
    from recobro_pipelines.evaluate import Question, evaluate_policy
    from recobro_pipelines.evaluate_told import tell_json, with_capacities
    from recobro_pipelines.progress import shown_steps

    settings = settings_in_force()
    target = with_capacities(settings, capacity or [])
    question = Question(policy, parse_day(first), parse_day(last), target, tuple(version or ()))
    with open_store(settings.store_url) as store, shown_steps(notes()) as steps:
        answer = evaluate_policy(settings, store, question, steps=steps)
    print_json(tell_json(answer)) if as_json else _show(answer)
    if answer.refused:
        raise answer.refused


def _show(answer: Answer) -> None:
    from recobro_pipelines.evaluate_told import conclude, currency_of, result_rows, support_rows
    from recobro_pipelines.show import rows_table

    rows, days = answer.log.rows, answer.log.rows["as_of"].dt.date
    money = currency_of(answer) or "one currency"
    n_days = f"{days.nunique()} day{'s' * (days.nunique() > 1)}"
    console().print(
        f"[bold]{answer.question.policy}[/] on {n_days} from {days.min()} to {days.max()}: "
        f"{len(rows):,} decisions about {rows['debtor_id'].nunique():,} debtors, in {money}"
    )
    if answer.overlap:
        console().print(rows_table(support_rows(answer), title="What it would do, and how far the log speaks about it"))
    if answer.estimates:
        console().print(rows_table(result_rows(answer), title="What the decisions of one day bring"))
        console().print(conclude(answer), style="bold", markup=False)
    if answer.left_alone_propensity == "estimated":
        notes().print("The log does not say how likely it left debtors alone: that was estimated.")
    if answer.models_saw_window:
        notes().print("The models were trained on these very days, which flatters a policy that goes by them.")
