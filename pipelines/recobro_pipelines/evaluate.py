"""Off-policy evaluation: what another policy would have recovered, from the log of the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.contact_rules import rules_in_force
from recobro_data.errors import SourceRefusedError, UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.store import Store
from recobro_models.decision.strategies import load_strategies
from recobro_models.labels import last_as_of
from recobro_models.off_policy.estimators import ESTIMATORS, Estimate, Interval, Sample, estimate, mean_by_debtor
from recobro_models.off_policy.expectations import fit_outcomes, left_alone_of
from recobro_models.off_policy.log import Log
from recobro_models.off_policy.overlap import Overlap, check_overlap, check_propensities, measure_overlap, weigh
from recobro_models.off_policy.policies import (
    EXPECTED_VALUE,
    NOBODY,
    Choices,
    check_policy,
    choose_by_order,
    choose_by_value,
)
from recobro_models.registry import Registry
from recobro_models.snapshots import Snapshots
from recobro_pipelines.days import newest_fact
from recobro_pipelines.evaluate_log import LogReader, Window, worked_by_either
from recobro_pipelines.evaluate_models import load_models
from recobro_pipelines.plan import Champions
from recobro_pipelines.progress import SILENT, Steps

Floats = NDArray[np.float64]

#: What a decision is rewarded with: columns of the log.
REWARDS: Final = ("money", "any_payment")


@dataclass(frozen=True)
class Question:
    """Which policy, the days whose decisions it would have taken (both included), its capacities and costs.

    `versions` name models to go by in place of champions, such as `effect=3` or `risk=challenger`.
    """

    policy: str
    first: date
    last: date
    target: Settings
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the log says of the policy; `refused` where it can say nothing, and then without estimates.

    in_force and estimates are by reward (`money`, `any_payment`), in its unit a decision; estimates then by estimator.
    `source` is `plans` or `attempts`, `models_saw_window` says whether the policy's models were trained on these very
    days, `models` their versions, `left_alone_propensity` is `logged` or `estimated` (None: refused before).
    """

    question: Question
    log: Log
    source: str
    models_saw_window: bool
    left_alone_propensity: str | None = None
    overlap: Overlap | None = None
    refused: SourceRefusedError | None = None
    in_force: Mapping[str, Interval] | None = None
    estimates: Mapping[str, Mapping[str, Estimate]] | None = None
    models: Mapping[str, str] = field(default_factory=dict)


def evaluate_policy(settings: Settings, store: Store, question: Question, *, steps: Steps = SILENT) -> Answer:
    """What `question.policy` would have recovered.

    A decision is a debtor-day on which a contact was lawful; its value is the money paid in `policy.horizon_days` from
    that day on, where that one day is decided by the policy and the usual work goes on afterwards.

    Raises:
        UsageError: an unknown policy or version, or days that the log does not cover with their horizon.
        NoDataError: nothing is loaded.
        NoChampionError: the policy needs a model and nothing has been trained.
    """
    check_policy(question.policy)
    told = _read(settings, store, question, steps)
    steps.start("estimates")
    return _judged(told, seed=settings.learning.seed)


def _judged(told: Answer, *, seed: int) -> Answer:
    question, log = told.question, told.log
    try:
        check_propensities(log)
        left_alone, how = left_alone_of(log, seed=seed)
        choices = choose(log, question.policy, question.target, own_hours=told.source == "plans")
        weight = weigh(log, choices, left_alone)
        overlap = measure_overlap(choices, weight)
        told = replace(told, left_alone_propensity=how, overlap=overlap)
        check_overlap(overlap, question.policy)
    except SourceRefusedError as refused:
        return replace(told, refused=refused)
    in_force, estimates = estimate_rewards(log, choices, weight, seed=seed)
    return replace(told, in_force=in_force, estimates=estimates)


def choose(log: Log, policy: str, target: Settings, *, own_hours: bool = False) -> Choices:
    """What the policy decides on each day of the log; without `own_hours` it leaves the hour open."""
    channel, hour = np.full(len(log.rows), NOBODY, np.int64), np.full(len(log.rows), NOBODY, np.int64)
    for here in log.rows.groupby("as_of").indices.values():
        day = log.at(np.isin(np.arange(len(log.rows)), here))
        if policy == EXPECTED_VALUE:
            channel[here], hour[here] = choose_by_value(day.worth.astype(np.float64), day.shift, target)
        else:
            channel[here], hour[here] = choose_by_order(policy, day.rows, day.hours, target)
    return Choices(channel, hour if own_hours else np.full(len(hour), NOBODY, np.int64))


def estimate_rewards(
    log: Log, choices: Choices, weight: Floats, *, seed: int = 1
) -> tuple[dict[str, Interval], dict[str, dict[str, Estimate]]]:
    """`in_force` and `estimates` of an `Answer`."""
    expected = fit_outcomes(log, choices.channel, seed=seed)
    debtor = pd.factorize(log.rows["debtor_id"])[0].astype(np.int64)
    samples = {name: Sample(log.rows[name].to_numpy(np.float64), weight, debtor, *expected[name]) for name in REWARDS}
    in_force = {name: mean_by_debtor(sample.reward, debtor) for name, sample in samples.items()}
    estimates = {
        name: {label: estimate(sample, estimator) for label, estimator in ESTIMATORS.items()}
        for name, sample in samples.items()
    }
    return in_force, estimates


def _read(settings: Settings, store: Store, question: Question, steps: Steps) -> Answer:
    """The answer as far as it is known before anything is estimated."""
    window = _window(settings, question)
    champions = load_models(Registry(settings), question.policy, question.versions)
    snapshots = Snapshots(Lake(settings.lake_dir), settings)
    lawful = worked_by_either(settings, question.target)
    rules, strategies = rules_in_force(lawful), load_strategies(settings.home)
    reader = LogReader(snapshots, lawful, rules, question.policy, champions, strategies)
    plans = store.plans_between(window.first, window.last + timedelta(days=1))
    log = reader.read_plans(window, plans, store, steps) if plans else reader.read_attempts(window, steps)
    labels = {} if champions is None else {model: one.label for model, one in champions.versions.items()}
    return Answer(question, log, "plans" if plans else "attempts", _have_seen(champions, window), models=labels)


def _window(settings: Settings, question: Question) -> Window:
    newest = newest_fact(settings)
    seen_until = question.first if newest is None else newest + timedelta(days=1)
    last = min(question.last, last_as_of(seen_until, settings.policy.horizon_days))
    if last < question.first:
        wanted = f"days at least {settings.policy.horizon_days} days before the history ends, on {newest}"
        raise UsageError(wanted, f"{question.first} to {question.last}", "Choose earlier days with --from and --to.")
    return Window(question.first, last, seen_until)


def _have_seen(champions: Champions | None, window: Window) -> bool:
    """Whether the models were trained as of a later day than the window's first."""
    trained: list[Any] = [] if champions is None else [one.tags.get("as_of", "") for one in champions.versions.values()]
    return any(day > window.first.isoformat() for day in trained)
