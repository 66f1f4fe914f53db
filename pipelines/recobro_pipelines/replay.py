"""The history that promotion rules are replayed on: recorded versions, each measured on the months that followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from recobro_data.errors import UsageError
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import Promises
from recobro_models.promotion import told_of_tags
from recobro_models.registry import Registry, Version
from recobro_models.sampled_lake import sample_lake
from recobro_models.snapshots import Snapshots, TrainingRows
from recobro_pipelines.days import newest_fact
from recobro_pipelines.progress import SILENT, Steps

_KINDS: Final[dict[str, Any]] = {"risk": PaymentCurve, "contact": ContactTimes, "promise": Promises}
#: A month is so long, and is looked at as of these days of it: a charge is watched to its end, an attempt for a week.
_MONTH: Final = timedelta(days=30)
_LOOKED_AT: Final = {"risk": (0, 14), "contact": (0, 7, 14, 21), "promise": (0, 7, 14, 21)}


def build_history(settings: Settings, model: str, *, months: int, steps: Steps = SILENT) -> pd.DataFrame:
    """What `promotion_replay.replay_rules` takes, of the newest `months` that have been followed by one.

    A month's challenger is its last version that had a trial; a version that was trained as of an earlier day than one
    before it is left out, because the champion it was tried against knew more.

    Raises:
        UsageError: a model whose versions have no trials.
        NoDataError: nothing is loaded.
    """
    if model not in _KINDS:
        raise UsageError(f"one of {', '.join(_KINDS)}", repr(model), "The contact effect is promoted without a trial.")
    newest = newest_fact(settings)
    registry = Registry(settings)
    followed = [one for one in monthly(registry.versions(), model) if newest and _as_of(one) + _MONTH <= newest][
        -months:
    ]
    models = {one.number: _KINDS[model].from_files(registry.files(one)) for one in followed}
    lake = sample_lake(Lake(settings.lake_dir), most_debtors=settings.learning.max_training_debtors)
    snapshots = Snapshots(lake, settings)
    steps.start("months that followed", len(followed))
    history = []
    for place, challenger in enumerate(followed):
        later = _following(snapshots, model, _as_of(challenger))
        history += [_row(challenger, one, _log_loss(model, models[one.number], later)) for one in followed[: place + 1]]
        steps.tick()
    return pd.DataFrame(history, columns=["month", "version", "log_loss", "is_challenger", *_rules(followed)]).dropna(
        subset=["log_loss"]
    )


def monthly(versions: Sequence[Version], model: str) -> list[Version]:
    """The last version with a trial of each calendar month, the oldest first."""
    last: dict[str, Version] = {}
    knew = date.min
    for one in sorted((one for one in versions if one.model == model), key=lambda one: one.number):
        if "as_of" in one.tags and _as_of(one) >= knew:
            knew = _as_of(one)
            if told_of_tags(one.tags):
                last[one.tags["as_of"][:7]] = one
    return list(last.values())


def _as_of(version: Version) -> date:
    return date.fromisoformat(version.tags["as_of"])


def _following(snapshots: Snapshots, model: str, start: date) -> TrainingRows:
    days = [start + timedelta(days=ahead) for ahead in _LOOKED_AT[model]]
    return snapshots.training_rows(days, seen_until=start + _MONTH)


def _rules(followed: Sequence[Version]) -> list[str]:
    return list(dict.fromkeys(told.rule for one in followed for told in told_of_tags(one.tags)))


def _row(challenger: Version, one: Version, log_loss: float) -> dict[str, Any]:
    said = {told.rule: told.ok for told in told_of_tags(challenger.tags)} if one is challenger else {}
    return {
        "month": challenger.tags["as_of"][:7], "version": one.number, "log_loss": log_loss,
        "is_challenger": one is challenger, **said,
    }  # fmt: skip


def _log_loss(model: str, fitted: Any, later: TrainingRows) -> float:
    if model == "risk":
        watched = fitted.predict_watched(later.risk)
        return measure(watched["paid"], watched["p"])["log_loss"]
    attempts = later.attempts
    if model == "promise":
        reached = attempts[attempts["reached"].astype(bool)]
        return measure(reached["promised"], fitted.predict_p_promise(reached, reached["channel"]))["log_loss"]
    p = fitted.predict_p_reach(attempts, attempts["channel"], attempts["weekday"], attempts["hour"])
    return measure(attempts["reached"], p)["log_loss"]
