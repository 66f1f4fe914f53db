"""Planning: scores everybody, decides channel and slot, publishes the day's worklist."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import Rulebook, load_rulebook
from recobro_data.errors import NoChampionError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import PublishedPlan, Store
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.arms import decide_in_arms, draw_challenger, split_team
from recobro_models.decision.eligibility import Eligibility, Portfolio, check_eligibility
from recobro_models.decision.lawful import N_SLOTS, Calendar, find_clocks
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.three_criteria import rank_three_criteria
from recobro_models.decision.value import Values, value_options
from recobro_models.decision.worklist import Scored, Signature, build_items, build_left_alone, ranked_positions
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import Promises
from recobro_models.registry import Registry, Version
from recobro_models.snapshots import DayRows, Snapshots
from recobro_pipelines.payloads import build_payloads
from recobro_pipelines.plan_reasons import Told, plan_reasons
from recobro_pipelines.plan_risk import build_accounts, expect_cash, find_small_portfolios, read_charges, score_debtors
from recobro_pipelines.plan_summary import summarise
from recobro_pipelines.progress import SILENT, Steps

Floats = NDArray[np.float64]

#: Version of the policy of this module: how scores become actions.
POLICY = "expected-value-1"


@dataclass(frozen=True)
class Champions:
    """The models in use and their versions."""

    curve: PaymentCurve
    times: ContactTimes
    effect: ContactEffect
    versions: Mapping[str, Version]
    promises: Promises = field(default_factory=Promises.prior)


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


def load_champions(registry: Registry) -> Champions:
    """Load the champions; where none of promises is there yet, its prior holds.

    Raises:
        NoChampionError: another model has none yet.
        TamperedModelError: a file is not the one that was recorded.
    """
    versions = {model: registry.champion(model) for model in ("risk", "contact", "effect")}
    with suppress(NoChampionError):
        # A workspace that was trained before promises had a model goes on as it is.
        versions["promise"] = registry.champion("promise")
    files = {model: registry.files(version) for model, version in versions.items()}
    return Champions(
        PaymentCurve.from_files(files["risk"]), ContactTimes.from_files(files["contact"]),
        ContactEffect.from_files(files["effect"]), versions,
        Promises.from_files(files["promise"]) if "promise" in files else Promises.prior(),
    )  # fmt: skip


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
    lake = Lake(settings.lake_dir, recorded_by)
    data = lake.version
    steps.start("models")
    champions = load_champions(Registry(settings))
    rulebook = load_rulebook()
    signature = _sign(settings, as_of, data, champions, rulebook.version)
    day = _decide_day((lake, rulebook, champions), settings, as_of, steps)
    steps.start("reasons")
    told = plan_reasons(day.scored, day.rows.charges, champions.curve, settings)
    steps.start("publication")
    plan = _to_publish(day, champions, signature, told)
    is_new = store.publish_plan(plan)
    n_items = len(ranked_positions(day.scored))
    return Planned(signature.plan_id, as_of, n_items, len(day.scored.debtors) - n_items, is_new, plan.summary)


@dataclass(frozen=True)
class _Day:
    """What was known on a day, when its debtors may be contacted, and what was decided."""

    rows: DayRows
    readings: pd.DataFrame
    calendar: Calendar
    scored: Scored


def _decide_day(means: tuple[Lake, Rulebook, Champions], settings: Settings, as_of: date, steps: Steps) -> _Day:
    lake, rulebook, champions = means
    snapshots = Snapshots(lake, settings)
    steps.start("what is known", len(snapshots.pieces()))
    rows = snapshots.day_rows(as_of, tick=steps.tick)
    steps.start("scores")
    readings = read_charges(rows, champions.curve, settings)
    small = find_small_portfolios(rows.portfolios, champions.curve, settings, as_of)
    debtors = score_debtors(rows, readings, (POLICY, small))
    debtors = _challenged(debtors.assign(zone=find_clocks(debtors, rulebook)), settings)
    calendar = Calendar(rulebook, settings, as_of, _team_zone(debtors))
    portfolio = Portfolio(debtors, rows.contact_points, lake.rows("contact_points") > 0, rows.attempts)
    steps.start("decision")
    eligibility = check_eligibility(portfolio, calendar)
    models = (champions.times, champions.effect)
    asked = debtors.assign(amount_to_collect=_asked(debtors), attempted_on=pd.Timestamp(as_of))
    values = value_options(asked, eligibility.shift, as_of.weekday(), models, settings)
    return _Day(rows, readings, calendar, _decided(debtors, eligibility, values, settings, as_of))


def _to_publish(day: _Day, champions: Champions, signature: Signature, told: Told) -> PublishedPlan:
    settings, as_of = day.calendar.settings, day.calendar.work_date
    read = (day.readings, build_accounts(day.rows, day.readings))
    return PublishedPlan(
        plan_id=signature.plan_id, as_of=as_of, work_date=as_of, created_at=datetime.now(UTC), policy=POLICY,
        risk_model=signature.risk_model, contact_model=signature.contact_model, effect_model=signature.effect_model,
        rules=signature.rules, summary=_summary(day, champions),
        items=build_items(day.scored, signature, settings, told.of_items),
        left_alone=build_left_alone(day.scored, signature, settings),
        scores=build_payloads(day.scored, champions, day.calendar, told.of_risk, read),
    )  # fmt: skip


def _summary(day: _Day, champions: Champions) -> dict[str, Any]:
    """The plan in numbers, with the cash to expect of all and each portfolio, and whether hours make a difference."""
    settings = day.calendar.settings
    cash = expect_cash(day.rows, day.readings, champions.curve, settings)
    hours = {name: told["hours"] for name, told in champions.times.about.get("channels", {}).items()}
    told = summarise(day.scored, settings)
    portfolios = {name: {**counts, "cash": cash[name]} for name, counts in told["portfolios"].items()}
    kinds = {"contact": champions.times.kind, "effect": champions.effect.kind}
    return {**told, "model_kinds": kinds, "contact_hours": hours, "cash": cash["all"], "portfolios": portfolios}


def _sign(settings: Settings, as_of: date, data: str, champions: Champions, rules: str) -> Signature:
    versions = champions.versions
    what = {
        "as_of": as_of.isoformat(), "data": data, "rules": rules, "policy": POLICY,
        "models": {model: [version.label, version.tags["recobro.sha256"]] for model, version in versions.items()},
        "settings": settings.model_dump(mode="json", exclude={"home", "store", "mlflow", "engine"}),
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
    labels = {model: version.label for model, version in versions.items()}
    return Signature(f"{as_of:%Y%m%d}-{digest}", as_of, labels["risk"], labels["contact"], labels["effect"], rules)


def _team_zone(debtors: pd.DataFrame) -> str:
    """The zone in which the team's hours are read: the one most debtors live in."""
    counts = debtors["zone"].value_counts()
    return str(min(counts.index[counts == counts.max()])) if len(counts) else "UTC"


def _decided(
    debtors: pd.DataFrame, eligibility: Eligibility, values: Values, settings: Settings, as_of: date
) -> Scored:
    factor = _common_money(debtors, settings)
    by_rule = (debtors["policy"] == THREE_CRITERIA).to_numpy()
    priority = values.value * factor[:, None, None]
    typical = debtors["amount_to_collect"].where(debtors["amount_to_collect"] > 0)
    typical = (typical.groupby(debtors["portfolio_id"]).transform("mean").fillna(1.0)).to_numpy(np.float64)
    score = rank_three_criteria(debtors)
    if by_rule.any():
        owed = np.maximum(_asked(debtors).to_numpy(np.float64), 0.01)
        scale = np.where(by_rule, score * typical / owed, 1.0)
        cost = values.recovery - values.value
        priority = np.where(
            by_rule[:, None, None], (values.recovery * scale[:, None, None] - cost) * factor[:, None, None], priority
        )
    ids = debtors["debtor_id"].to_numpy(object)
    arms = split_team(draw_challenger(ids, settings), settings, as_of)
    decision = decide_in_arms(arms, (ids, eligibility.allowed, priority), settings, as_of)
    at = np.maximum(decision.choice, 0)
    own = values.value.reshape(len(debtors), N_SLOTS)[np.arange(len(debtors)), at] * factor
    rank_value = np.where(by_rule, score * typical * factor * _typical_share(values, debtors, by_rule), own)
    return Scored(debtors, eligibility, values, priority, rank_value, decision, arms)


def _asked(debtors: pd.DataFrame) -> pd.Series[float]:
    """What is asked for: with what was promised for today, though until tonight that counts as an open promise."""
    return debtors["amount_to_collect"] + debtors["promise_due_amount"]


def _challenged(debtors: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The debtors, those of the challenger with its name as their `policy`."""
    ours = draw_challenger(debtors["debtor_id"].to_numpy(object), settings)
    return debtors.assign(policy=np.where(ours, settings.policy.challenger, debtors["policy"]))


def _typical_share(values: Values, debtors: pd.DataFrame, by_rule: NDArray[np.bool_]) -> float:
    """What a contact adds per unit owed, of a typical debtor: one number, so that ranks keep the rule's order."""
    owed = debtors["amount_to_collect"].to_numpy(np.float64)
    best = values.recovery.reshape(len(debtors), N_SLOTS).max(axis=1, initial=0.0)
    # Those who owe nothing now, or whom no contact moves, would make it 0 and the ranks equal.
    adds = by_rule & (owed > 0) & (best > 0)
    return float(np.median(best[adds] / owed[adds])) if adds.any() else 1.0


def _common_money(debtors: pd.DataFrame, settings: Settings) -> Floats:
    """Factors that make the debtors' currencies comparable.

    One currency: 1. Else the configured rates; where one is missing, every currency is measured by the median amount to
    collect in it, so that no currency outweighs another by its unit.
    """
    currencies = debtors["currency"].unique()
    if len(currencies) <= 1:
        return np.ones(len(debtors))
    missing = [name for name in currencies if name not in settings.rates]
    if len(missing) <= 1 and settings.rates:
        return debtors["currency"].map({**dict.fromkeys(missing, 1.0), **settings.rates}).to_numpy(np.float64)
    amounts = debtors["amount_to_collect"].where(debtors["amount_to_collect"] > 0)
    return (1 / amounts.groupby(debtors["currency"]).transform("median").fillna(1.0)).to_numpy(np.float64)
