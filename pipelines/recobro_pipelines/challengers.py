"""One night's challengers: each fitted, tried, judged, recorded with its dossier, and promoted or kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pandas as pd

from recobro_data.errors import NoChampionError, TamperedModelError
from recobro_data.settings import Settings
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.data_checks import check_learning
from recobro_models.decision.draws import draw
from recobro_models.leaks import check_parts
from recobro_models.model_files import tried_of, with_tried
from recobro_models.payment_curve import RISK_FEATURES, PaymentCurve
from recobro_models.promises import Promises
from recobro_models.promotion import Trial, Verdict, judge
from recobro_models.refit import refit_curve
from recobro_models.registry import Registry, Version
from recobro_models.snapshots import TrainingRows
from recobro_models.splits import Parts, TimeSplit, part_rows, rows_at
from recobro_models.trials import find_memory, measure_horizon, try_contact_times, try_promises, try_risk
from recobro_models.tuning import SPACE, WHOLE, Budget, tune_curve
from recobro_pipelines.dossiers import (
    Evidence,
    build_documents,
    contact_evidence,
    contact_rates_evidence,
    risk_evidence,
)
from recobro_pipelines.progress import SILENT, Steps

#: Parameters of the payment curve until somebody tunes them.
RISK_PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType(
    {"n_estimators": 300, "learning_rate": 0.06, "num_leaves": 31}
)
#: What a version keeps of its tuning, beside its parameters.
_TUNED: Final = ("tuned_as_of", "tuned_trials")
_UNSEEN_MEASURES: Final = ("n", "auc", "brier", "log_loss", "calibration_error")


@dataclass(frozen=True)
class Trained:
    """What became of one challenger."""

    version: Version
    kind: str
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "model": self.version.label, "kind": self.kind, "promoted": self.verdict.promote, "why": self.verdict.why,
            "metrics": {name: round(value, 6) for name, value in self.version.metrics.items()},
        }  # fmt: skip


class Champion(NamedTuple):
    """The model in force, None where there is none or it can not be read; then `damage` tells what is wrong."""

    model: Any = None
    damage: str = ""

    @property
    def is_there(self) -> bool:
        """Whether some version is in force, readable or not."""
        return self.model is not None or bool(self.damage)


@dataclass(frozen=True)
class Bench:
    """Everything one night's training shares."""

    settings: Settings
    registry: Registry
    rows: TrainingRows
    split: TimeSplit
    tags: dict[str, str]
    tuning: Budget | None = None
    parameters: Mapping[str, Any] = field(default_factory=lambda: RISK_PARAMETERS)

    def train_risk(self, enough: bool, *, steps: Steps = SILENT) -> list[Trained]:
        """Verdicts of the challenger and, if need be, of its stand-in.

        Raises:
            LeakError: labels or debtors of one part reach another; nothing was trained.
        """
        parts = part_rows(self.rows.risk, self.split)
        check_parts(parts, known_until=date.fromisoformat(self.tags["as_of"]))
        baseline = PaymentCurve.fit_baseline(self.rows.risk)
        hindrance = self._hindrance(enough, parts)
        if hindrance:
            return [self._keep_or_add("risk", baseline, None, Evidence(because=hindrance))]
        parameters = self._risk_parameters(parts, steps)
        fitted = {name: value for name, value in parameters.items() if name not in _TUNED}
        curve = PaymentCurve.fit(self._sample(parts.fit), parameters=fitted).calibrated(parts.calibrate)
        champion = self._champion("risk", PaymentCurve)
        trial = self._try(curve, champion, parts)
        everything = self._sample(self.rows.risk)
        evidence = risk_evidence(curve, parts, self.settings)
        rows = {**evidence.rows, "fitted to once more, for use": len(everything)}
        evidence = replace(evidence, parameters=parameters, rows=rows)
        in_force = refit_curve(everything, self.split, parameters=fitted)
        trained = self._keep_or_add("risk", curve, trial, evidence, in_force=in_force)
        return [trained, *self._stand_in(trained, champion, baseline)]

    def _hindrance(self, enough: bool, parts: Parts) -> str:
        """Why no curve can be learnt, in words; nothing where one can."""
        learning = self.settings.learning
        if not enough:
            return (f"fewer than {learning.min_settled_charges} payments or {learning.min_history_days} days of history"
                    " are known")  # fmt: skip
        named = {"to learn from": parts.fit, "to calibrate on": parts.calibrate, "to test on": parts.test}
        empty = [name for name, rows in named.items() if not len(rows)]
        if empty:
            return f"no charge was open on the days {empty[0]}"
        one_sided = [name for name, rows in named.items() if rows["is_paid"].nunique() < 2]
        if one_sided:
            outcome = "paid" if named[one_sided[0]]["is_paid"].iloc[0] else "left unpaid"
            return f"every charge {one_sided[0]} was {outcome} while it was watched"
        return ""

    def _risk_parameters(self, parts: Parts, steps: Steps) -> dict[str, Any]:
        """Those in force, searched anew where that was asked for."""
        learning = {"seed": self.settings.learning.seed, "threads": self.settings.engine.threads}
        in_force = {**self.parameters, **self._tuned_before(), **learning}
        if self.tuning is None:
            return in_force
        steps.start("risk: tuning")
        began = {name: value for name, value in in_force.items() if name not in _TUNED}
        tuned = tune_curve(parts.fit, parts.calibrate, began, budget=self.tuning, tick=steps.tick)
        steps.start("risk: payment curve")
        found = {**tuned.parameters, "tuned_as_of": self.tags["as_of"], "tuned_trials": tuned.n_trials}
        return found if tuned.n_trials else in_force

    def _tuned_before(self) -> dict[str, Any]:
        """The champion's parameters where somebody tuned them."""
        try:
            kept = self.registry.champion("risk").parameters
        except NoChampionError:
            return {}
        if "tuned_as_of" not in kept:
            return {}
        searched = {name: int(kept[name]) if name in WHOLE else float(kept[name]) for name in SPACE if name in kept}
        return {**searched, **{name: kept[name] for name in _TUNED if name in kept}}

    def _try(self, curve: PaymentCurve, champion: Champion, parts: Parts) -> Trial:
        horizon = self.settings.policy.horizon_days
        trial = try_risk(curve, champion.model, parts.tested, horizon)
        unseen = measure_horizon(curve, parts.unseen, horizon) if len(parts.unseen) else {}
        measures = {f"unseen_{name}": unseen[name] for name in _UNSEEN_MEASURES if name in unseen}
        failed = (*check_learning(parts, RISK_FEATURES), *find_memory(curve, parts.test, parts.unseen))
        return replace(trial, measures={**trial.measures, **measures}, failed_checks=failed)

    def train_contact(self, enough: bool) -> tuple[list[Trained], ContactTimes]:
        """The verdicts, and the contact times that hold after them."""
        fit, calibrate, test = (rows_at(self.rows.attempts, days) for days in self._days())
        learn = pd.concat([fit, calibrate], ignore_index=True)
        if not len(learn):
            nothing = Evidence(because="no contact attempt is known")
            return [self._keep_or_add("contact", ContactTimes.prior(), None, nothing)], ContactTimes.prior()
        times = ContactTimes.fit(learn) if enough else ContactTimes.fit_rates(learn)
        if not enough or not len(test):
            return [self._keep_or_add("contact", times, None, contact_rates_evidence(times, learn))], times
        champion = self._champion("contact", ContactTimes)
        trial, in_force = try_contact_times(times, champion.model, test), ContactTimes.fit(self.rows.attempts)
        evidence = contact_evidence(times, learn, test)
        trained = self._keep_or_add("contact", times, trial, evidence, in_force=in_force)
        rates = ContactTimes.fit_rates(learn)
        both = [trained, *self._stand_in(trained, champion, rates)]
        return both, in_force if trained.verdict.promote else self._in_force("contact", ContactTimes) or rates

    def _stand_in(self, trained: Trained, champion: Champion, simpler: Any) -> list[Trained]:
        """Where a first challenger was kept out, the simpler model that holds until a better one comes."""
        if trained.verdict.promote or champion.is_there:
            return []
        return [self._keep_or_add(trained.version.model, simpler, None)]

    def train_effect(self, times: ContactTimes) -> Trained:
        """The challenger's verdict."""
        rows = self.rows.debtors
        seed = self.settings.learning.seed
        effect = ContactEffect.fit(rows, times, seed=seed) if len(rows) and self.split.test else ContactEffect.prior()
        evidence = Evidence(parameters=effect.sizes(), rows={"debtor and day": len(rows)})
        return self._keep_or_add("effect", effect, None, evidence)

    def train_promise(self, times: ContactTimes) -> list[Trained]:
        """The verdicts: for a challenger that was kept out the portfolios' rates hold until there is a champion."""
        learn, test = (
            pd.concat([rows_at(self.rows.attempts, days) for days in parts], ignore_index=True)
            for parts in (self._days()[:2], self._days()[2:])
        )
        promises = pd.concat([rows_at(self.rows.promises, days) for days in self._days()[:2]], ignore_index=True)
        model = Promises.fit(learn, promises, times)
        evidence = Evidence(rows={"attempt": len(learn), "promise whose day is over": len(promises)})
        tested = model.kind == "learned" and len(test) and test["reached"].any()
        champion = self._champion("promise", Promises)
        trial = try_promises(model, champion.model, test) if tested else None
        in_force = Promises.fit(self.rows.attempts, self.rows.promises, times) if trial else None
        trained = self._keep_or_add("promise", model, trial, evidence, in_force=in_force)
        return [trained, *self._stand_in(trained, champion, Promises.fit(learn, promises, times, by_debtor=False))]

    def _days(self) -> tuple[tuple[date, ...], ...]:
        return self.split.fit, self.split.calibrate, self.split.test

    def _sample(self, rows: pd.DataFrame) -> pd.DataFrame:
        """At most the configured number of rows, whole debtors, the same ones every time."""
        most = self.settings.learning.max_training_rows / 6  # a charge has about six intervals
        if len(rows) <= most:
            return rows
        return rows[draw(rows["debtor_id"], "training sample") < most / len(rows)].reset_index(drop=True)

    def _champion(self, model: str, kind: Any) -> Champion:
        """What challengers are tried against: the champion as it was when it was tried itself."""
        try:
            return Champion(kind.from_files(tried_of(self.registry.files(self.registry.champion(model)))))
        except NoChampionError:
            return Champion()
        except TamperedModelError as error:
            return Champion(damage=f"{error.found} where {error.expected} was expected")

    def _in_force(self, model: str, kind: Any) -> Any:
        """The champion as it is planned with; None where there is none that can be read."""
        with suppress(NoChampionError, TamperedModelError):
            return kind.from_files(self.registry.files(self.registry.champion(model)))
        return None

    def _keep_or_add(
        self,
        model: str,
        challenger: Any,
        trial: Trial | None,
        evidence: Evidence | None = None,
        *,
        in_force: Any = None,
    ) -> Trained:
        """Record the challenger and promote it if the rules let it; without a trial it is promoted if it differs.

        `in_force`: the same fitted once more to all rows, which is what plans go by once it is promoted.
        """
        evidence = evidence or Evidence()
        verdict = self._verdict(model, challenger, trial, evidence)
        tried = challenger.to_files()
        files = tried if in_force is None else with_tried(in_force.to_files(), tried)
        version = self.registry.add(
            model, files, metrics=dict(trial.measures) if trial else {}, parameters=dict(evidence.parameters),
            tags={**self.tags, "kind": challenger.kind, **verdict.to_tags()},
            documents=build_documents((model, challenger.kind, files), verdict, self.tags, evidence),
        )  # fmt: skip
        if verdict.promote:
            self.registry.promote(model, version.number)
        return Trained(version, challenger.kind, verdict)

    def _verdict(self, model: str, challenger: Any, trial: Trial | None, evidence: Evidence) -> Verdict:
        champion = self._champion(model, type(challenger))
        verdict = judge(trial) if trial is not None else _without_trial(challenger, champion.model)
        if champion.damage:
            # What is in force may be good: somebody should look before anything takes its place.
            why = f"kept out: the champion can not be read ({champion.damage})"
            return replace(verdict, promote=False, why=f"{why}; `recobro models promote` puts this one in force")
        return replace(verdict, why=f"{verdict.why} ({evidence.because})") if evidence.because else verdict


def _without_trial(challenger: Any, champion: Any) -> Verdict:
    if champion is None:
        return Verdict(True, "promoted: the first champion")
    if champion.to_files() == challenger.to_files():
        return Verdict(False, "kept out: it equals the champion")
    if challenger.kind in ("prior", "baseline") and champion.kind != challenger.kind:
        return Verdict(False, f"kept out: the champion is {champion.kind}, this is only {challenger.kind}")
    return Verdict(True, "promoted: the same method on newer data")
