"""The report: KPIs, how the models do and the day's plan, as one page that needs nothing beside it, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from recobro_data.errors import NoChampionError, NoPlanError, UsageError
from recobro_data.ingest.manifest import write_whole
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import PlanRow, Store, open_store
from recobro_data.vocabulary import LANGUAGES
from recobro_models.registry import Registry
from recobro_models.snapshots import Snapshots
from recobro_pipelines import report_words as words
from recobro_pipelines.alerts import tell_alert
from recobro_pipelines.debtor_words import weekday_word
from recobro_pipelines.headlines import tell_headlines
from recobro_pipelines.kpi_definitions import KPI_DEFINITIONS
from recobro_pipelines.kpi_keeping import keep_kpis
from recobro_pipelines.kpi_sums import BUCKETS, ENDS
from recobro_pipelines.monitor import check_day
from recobro_pipelines.plan import Champions, load_champions
from recobro_pipelines.progress import SILENT, Steps

#: Weeks that make the coming month: cash is forecast by whole weeks.
_MONTH_WEEKS: Final = 4


def write_report(settings: Settings, as_of: date, out: Path, *, language: str = "es", steps: Steps = SILENT) -> Path:
    """Write `index.html` and `report.json` of a day into `out` and give the path of the page.

    Both tell what was known at the start of `as_of`, and of the plan that was published for that day. Where there is no
    champion or no such plan, the page says so and the JSON has null there. The same data, models and plan give the same
    bytes.

    Raises:
        NoDataError: nothing is loaded, or no charge was issued before `as_of`.
        UsageError: a language that the page is not written in.
    """
    if language not in LANGUAGES:
        raise UsageError(f"a language of {', '.join(LANGUAGES)}", repr(language), "Choose one of them.")
    content = build_content(settings, as_of, steps=steps)
    page = build_page(content, language)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "report.json", json.dumps(content, indent=1, ensure_ascii=False))
    write_whole(out / "index.html", page)
    return out / "index.html"


def build_content(settings: Settings, as_of: date, *, steps: Steps = SILENT) -> dict[str, Any]:
    """What `report.json` holds: `as_of`, `data`, `models`, `kpis`, `monitor` and `plan`; the store keeps the KPIs.

    Raises:
        NoDataError: nothing is loaded, or no charge was issued before `as_of`.
    """
    snapshots = Snapshots(Lake(settings.lake_dir), settings)
    with open_store(settings.store_url) as store:
        kpis = keep_kpis(snapshots, store, as_of, steps=steps)
        plan = _plan(store, as_of)
    steps.start("models against what happened")
    champions = _champions(settings)
    monitor = None if champions is None else check_day(snapshots, champions, as_of, tick=steps.tick)
    return {
        "as_of": as_of.isoformat(),
        "data": snapshots.lake.version,
        "models": {} if champions is None else {model: one.label for model, one in champions.versions.items()},
        "kpis": kpis,
        "monitor": monitor,
        "plan": None if plan is None else _plan_content(plan),
    }


def build_page(content: Mapping[str, Any], language: str) -> str:
    """The page of a content, in `es`, `pt` or `en`."""
    total = content["kpis"]["all"]
    alerts = (content["monitor"] or {}).get("alerts", ())
    return str(
        _template(language).render(
            **content,
            total=total,
            lang=language,
            say=partial(words.say, language=language),
            ticks=words.nice_ticks,
            headlines=tell_headlines(total, language),
            alerts=[tell_alert(found, language) for found in alerts],
            definitions=KPI_DEFINITIONS,
            month_weeks=_MONTH_WEEKS,
            buckets=BUCKETS,
            ends=ENDS,
        )
    )


def _template(language: str) -> Any:
    """The page's template, with the numbers and words of the language as filters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = FileSystemLoader(Path(__file__).parent / "pages")
    environment = Environment(
        loader=pages, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "number": words.number_words,
        "share": words.share_words,
        "money": partial(words.money_words, language=language),
        "weekday": partial(weekday_word, language=language),
        "month": partial(words.month_word, language=language),
        "whole_month": partial(words.whole_month_words, language=language),
        "axis": partial(words.axis_words, language=language),
        "short_day": lambda text: words.short_day_words(date.fromisoformat(text), language),
        "day": lambda text: words.day_words(date.fromisoformat(text), language),
    }
    return environment.get_template("report.html.j2")


def _champions(settings: Settings) -> Champions | None:
    try:
        return load_champions(Registry(settings))
    except NoChampionError:
        return None


def _plan(store: Store, as_of: date) -> PlanRow | None:
    try:
        return store.current_plan(as_of)
    except NoPlanError:
        return None


def _plan_content(plan: PlanRow) -> dict[str, Any]:
    names = ("plan_id", "policy", "risk_model", "contact_model", "effect_model", "rules", "n_items", "n_left_alone")
    return {
        **{name: getattr(plan, name) for name in names},
        "work_date": plan.work_date.isoformat(),
        "as_of": plan.as_of.isoformat(),
        "summary": dict(plan.summary),
    }
