"""Planning: scores everybody, decides channel and slot, publishes the day's worklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from recobro_data.settings import Settings
from recobro_data.store import PublishedPlan, Store
from recobro_models.day_risk import build_accounts
from recobro_models.decision.day import PlanDay, common_money, score_day
from recobro_models.decision.options import Options, drop_old_options
from recobro_models.decision.payloads import build_payloads
from recobro_models.decision.positions import build_positions
from recobro_models.decision.reasons import plan_reasons
from recobro_models.decision.strategies import strategies_among
from recobro_models.decision.wording import Wording
from recobro_models.decision.worklist import Signature, build_items, build_left_alone, ranked_positions
from recobro_models.explanation.catalogue import tell
from recobro_models.snapshots import Snapshots
from recobro_pipelines.plan_means import POLICY as POLICY
from recobro_pipelines.plan_means import Champions as Champions
from recobro_pipelines.plan_means import Means, load_means
from recobro_pipelines.plan_means import load_champions as load_champions
from recobro_pipelines.plan_record import record_inputs, sign
from recobro_pipelines.plan_risk import expect_cash
from recobro_pipelines.plan_summary import summarise
from recobro_pipelines.progress import SILENT, Steps


@dataclass(frozen=True)
class Planned:
    """What a run of the plan came to."""

    plan_id: str
    work_date: date
    n_items: int
    n_left_alone: int
    is_new: bool
    summary: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "plan_id": self.plan_id, "work_date": self.work_date.isoformat(), "items": self.n_items,
            "left_alone": self.n_left_alone, "published": self.is_new, "summary": dict(self.summary),
        }  # fmt: skip


def plan_worklist(
    settings: Settings, store: Store, as_of: date, *, recorded_by: datetime | None = None, steps: Steps = SILENT
) -> Planned:
    """Score everybody as of a day, decide, and publish the worklist of that day in one transaction.

    The same data, models, rules and configuration give the same plan, which is then published once. With `recorded_by`
    the lake is read as it stood at that instant.

    Raises:
        NoDataError: nothing is loaded.
        NoChampionError: nothing has been trained.
        RulesError: a contact rule is past its date.
    """
    steps.start("models")
    means = load_means(settings, recorded_by)
    inputs = record_inputs(means, as_of)
    day = build_day(means, as_of, steps)
    plan = build_plan(day, means, sign(inputs), steps)
    steps.start("publication")
    keep_options(day, plan.plan_id)
    is_new = store.publish_plan(replace(plan, inputs=inputs))
    n_items = len(ranked_positions(day.scored))
    return Planned(plan.plan_id, as_of, n_items, len(day.scored.debtors) - n_items, is_new, plan.summary)


def keep_options(day: PlanDay, plan_id: str) -> None:
    """Keep what the plan chose from, for exact answers to what-if, as many plans back as the settings say."""
    settings, scored = day.calendar.settings, day.scored
    path = settings.decisions_dir / f"{plan_id}.parquet"
    if settings.store.keep_options:
        Options.of(scored, common_money(scored.debtors, settings)).save(path)
    drop_old_options(settings.decisions_dir, settings.store.keep_options)


def build_day(means: Means, as_of: date, steps: Steps = SILENT) -> PlanDay:
    """Read what was known at the start of a day, score it and decide."""
    settings, champions = means.settings, means.champions
    snapshots = Snapshots(means.lake, settings)
    steps.start("what is known", len(snapshots.pieces()))
    rows = snapshots.day_rows(as_of, tick=steps.tick)
    return score_day(
        rows, champions, (means.rulebook, settings, as_of),
        has_contact_points=means.lake.rows("contact_points") > 0, strategies=strategies_among(means.files),
        start=steps.start,
    )  # fmt: skip


def build_plan(day: PlanDay, means: Means, signature: Signature, steps: Steps = SILENT) -> PublishedPlan:
    """The plan as it is published; its rows are made as they are read, once."""
    settings, as_of, curve = means.settings, day.calendar.work_date, means.champions.curve
    steps.start("reasons")
    told = plan_reasons(day.scored, day.rows.charges, curve, settings)
    wording = Wording(day.scored, settings, as_of)
    read = (day.readings, build_accounts(day.rows, day.readings))
    steps.start("summary")
    return PublishedPlan(
        plan_id=signature.plan_id, as_of=as_of, work_date=as_of, created_at=datetime.now(UTC), policy=POLICY,
        risk_model=signature.risk_model, contact_model=signature.contact_model, effect_model=signature.effect_model,
        rules=signature.rules, summary={**_summary(day, means.champions), **wording.told()},
        items=build_items(day.scored, signature, settings, told.of_items, says=wording.fields),
        left_alone=build_left_alone(day.scored, signature, settings),
        scores=build_payloads(day.scored, means.champions, day.calendar, told.of_risk, read), tell=tell,
        positions=build_positions(day.scored.debtors, day.rows.charges),
    )  # fmt: skip


def _summary(day: PlanDay, champions: Champions) -> dict[str, Any]:
    """The plan in numbers, with the cash to expect of all and each portfolio, and whether hours make a difference."""
    settings = day.calendar.settings
    cash = expect_cash(day.rows, day.readings, champions.curve, settings)
    hours = {name: told["hours"] for name, told in champions.times.about.get("channels", {}).items()}
    told = summarise(day.scored, settings)
    portfolios = {name: {**counts, "cash": cash[name]} for name, counts in told["portfolios"].items()}
    kinds = {"contact": champions.times.kind, "effect": champions.effect.kind}
    return {
        **told, "model_kinds": kinds, "contact_hours": hours, "team_zone": day.calendar.team_zone,
        "cash": cash["all"], "portfolios": portfolios,
    }  # fmt: skip
