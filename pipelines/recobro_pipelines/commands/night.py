"""The night's work: `demo`, `train`, `plan`, `nightly`, `report`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recobro_pipelines.commands.common import AsOf, Json, Language, console, notes, print_json, settings_in_force
from recobro_pipelines.commands.what_if import Exact, Simulate, ask_what_if

if TYPE_CHECKING:
    from recobro_data.settings import Settings
    from recobro_data.store import Store
    from recobro_pipelines.plan import Planned
    from recobro_pipelines.train import Trained


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (demo, train, plan, nightly, report):
        app.command()(command)


def demo(
    debtors: Annotated[int, typer.Option("--debtors", min=50, help="How many debtors.")] = 5000,
    months: Annotated[int, typer.Option("--months", min=3, max=60, help="How many months of history.")] = 18,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed prints the same worklist.")] = 7,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="How much of the worklist to show.")] = 12,
) -> None:
    """A whole day on a synthetic portfolio: generate, ingest, train, plan, show."""
    from recobro_pipelines.demo import DemoSize, run_demo
    from recobro_pipelines.progress import shown_steps

    settings = settings_in_force()
    with _store(settings) as store:
        with shown_steps(notes()) as steps:
            day = run_demo(settings, store, DemoSize(debtors, months, seed), steps=steps)
        _show_trained(day.trained)
        _show_planned(day.planned)
        _show_top(store, day.planned.work_date, top)
    where = "" if settings.home == Path.cwd() else f"RECOBRO_HOME={settings.home} "
    console().print(
        "\n[bold]Next[/]\n"
        f"  {where}recobro worklist --format csv -o worklist.csv    the whole list, for Excel\n"
        f"  {where}recobro explain DEBTOR                           one debtor: curve, reasons, best hours\n"
        f"  {where}recobro keys add me --scope read --portfolio '*'  a key for the API\n"
        f"  {where}recobro serve                                    the API, documented at http://127.0.0.1:8000/docs",
        soft_wrap=True,
    )


def train(
    as_of: AsOf = None,
    tune: Annotated[
        float, typer.Option("--tune", metavar="MINUTES", min=0, help="Search better parameters for so long; 0: do not.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Train challengers from history, compare each with its champion, promote or keep."""
    settings = settings_in_force()
    day = _day(settings, as_of)  # before the heavy imports: who came too early is told at once
    from recobro_data.lock import workspace_lock
    from recobro_pipelines.progress import shown_steps
    from recobro_pipelines.train import train_models

    with workspace_lock(settings), shown_steps(notes()) as steps:
        trained = train_models(settings, day, tune_minutes=tune, steps=steps)
    if as_json:
        print_json([one.to_json() for one in trained])
    else:
        _show_trained(trained)


def plan(
    as_of: AsOf = None,
    recorded_by: Annotated[
        str | None,
        typer.Option("--recorded-by", metavar="INSTANT", help="Read the lake as it stood at an instant."),
    ] = None,
    simulate: Simulate = None,
    exact: Exact = False,
    language: Annotated[Language, typer.Option("--language", help="Language of the page.")] = Language.EN,
    as_json: Json = False,
) -> None:
    """Score everybody, decide channel and slot, publish the day's worklist; with --simulate only ask what would be."""
    from recobro_pipelines.days import parse_instant

    settings = settings_in_force()
    if simulate or exact:
        ask_what_if(settings, simulate or [], as_of, exact=exact, as_json=as_json)
        return
    known_by = parse_instant(recorded_by) if recorded_by is not None else None
    day = _day(settings, as_of)  # before the heavy imports: who came too early is told at once
    from recobro_data.lock import workspace_lock
    from recobro_pipelines.kpi_keeping import plan_and_measure
    from recobro_pipelines.plan import plan_worklist
    from recobro_pipelines.progress import shown_steps

    with workspace_lock(settings), _store(settings) as store, shown_steps(notes()) as steps:
        if known_by is None:
            planned = plan_and_measure(settings, store, day, steps=steps)
        else:
            planned = plan_worklist(settings, store, day, recorded_by=known_by, steps=steps)
    if as_json:
        print_json(planned.to_json())
    else:
        _show_planned(planned, language)
        _show_shares(planned, language)


def nightly(as_of: AsOf = None, as_json: Json = False) -> None:
    """Everything a scheduler needs; safe to run again."""
    from recobro_pipelines.days import parse_day
    from recobro_pipelines.nightly import run_nightly
    from recobro_pipelines.progress import shown_steps

    settings = settings_in_force()
    day = parse_day(as_of) if as_of is not None else None
    with _store(settings) as store, shown_steps(notes()) as steps:
        night = run_nightly(settings, store, lambda: day or _day(settings, None), steps=steps)
    if as_json:
        print_json(night.to_json())
        return
    for stage, told in night.stages.items():
        done = "done before" if isinstance(told, dict) and told.get("done_before") else "done"
        console().print(f"{stage:8} {done}")


def report(
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the pages; default: the workspace's reports.")
    ] = None,
    as_of: AsOf = None,
    language: Annotated[Language, typer.Option("--language", help="Language of the page.")] = Language.ES,
) -> None:
    """KPIs, model quality and drift, as a page and as JSON."""
    from recobro_pipelines.report import write_report

    settings = settings_in_force()
    day = _day(settings, as_of)
    path = write_report(settings, day, out or settings.reports_dir / f"{day}", language=language)
    console().print(f"Report of {day}: {path}", soft_wrap=True)


def _day(settings: Settings, given: str | None) -> date:
    from recobro_pipelines.days import choose_as_of

    day, remark = choose_as_of(settings, given, today=_today())
    if remark:
        notes().print(remark, soft_wrap=True)
    return day


def _today() -> date:
    """The day by the scheduler's clock."""
    return datetime.now(UTC).astimezone().date()


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    from recobro_data.store import open_store

    if settings.store_url.startswith("sqlite:"):
        (settings.home / "data").mkdir(parents=True, exist_ok=True)
    with open_store(settings.store_url) as store:
        yield store


def _show_trained(trained: list[Trained]) -> None:
    from recobro_pipelines.show import rows_table

    rows = [
        {
            "model": one.version.label, "kind": one.kind, "verdict": one.verdict.why,
            "AUC": _figure(one.version.metrics.get("auc")), "Brier": _figure(one.version.metrics.get("brier")),
            "calibration error": _figure(one.version.metrics.get("calibration_error")),
        }
        for one in trained
    ]  # fmt: skip
    console().print(rows_table(rows, title="Models"))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _show_planned(planned: Planned, language: str = Language.EN) -> None:
    from rich.markup import escape

    from recobro_data.contact_rules import rules_in_force
    from recobro_pipelines.debtor_words import code_word
    from recobro_pipelines.limits_told import limits_in_words
    from recobro_pipelines.plan_summary import resting_on
    from recobro_pipelines.plan_words import say
    from recobro_pipelines.rule_names import rule_in_words

    summary = planned.summary
    names = partial(rule_in_words, language=language, rulebook=rules_in_force(settings_in_force()))
    left = sorted(summary["left_alone"].items(), key=lambda pair: -pair[1])
    why = ", ".join(f"{n:,} {code_word(because, language)}" for because, n in left)
    added = summary["expected_value_by_currency"]
    told = say(
        "plan", language, plan_id=planned.plan_id, day=planned.work_date, items=planned.n_items,
        value=", ".join(f"{money:,.2f} {currency}" for currency, money in added.items()) or "0",
        alone=planned.n_left_alone, why=f" ({why})" if why else "",
    )  # fmt: skip
    chance = say("chance", language, exploring=summary["exploration_cost"], control=summary["control_group_cost"])
    limits = escape(limits_in_words(summary, names, language=language))
    resting = resting_on(summary["model_kinds"], language=language)
    console().print(f"\n{told}\n{chance}\n{limits}{resting}", soft_wrap=True)


def _show_shares(planned: Planned, language: str) -> None:
    from recobro_pipelines.shares_told import tell_shares

    for line in tell_shares(planned.summary.get("shares", {}), language=language):
        console().print(line, soft_wrap=True)


def _show_top(store: Store, work_date: date, top: int) -> None:
    from recobro_data.store.answers import told
    from recobro_models.explanation.catalogue import tell
    from recobro_pipelines.show import WorklistTable

    plan_row = store.current_plan(work_date)
    items = [told(row, tell) for row in store.items(plan_row.plan_id, limit=top)]
    console().print(WorklistTable(items, title=f"Worklist of {work_date:%A, %d %B %Y}, the first {len(items)}"))
