"""When a challenger becomes champion: small named rules, each of which can keep it from being promoted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

#: A challenger's mean predicted and seen rate may differ by this much, on average over ten groups.
MAX_CALIBRATION_ERROR: Final = 0.08
#: Where the calibration slope is known it must lie between these; 1 is right, less is too sure of itself.
CALIBRATION_SLOPES: Final = (0.7, 1.4)
#: No segment may lose more log loss than this to the champion, where its loss is beyond noise.
MAX_SEGMENT_LOSS: Final = 0.01

_NORMAL_95: Final = 1.959964
_RULES_TAG: Final = "rules"


@dataclass(frozen=True)
class Comparison:
    """Mean gain in log loss over another model on the same rows, its standard error by debtor, and its 95 % interval.

    Without `low` and `high` (of a paired bootstrap by debtor) the interval is the normal one of the standard error.
    """

    mean: float
    error: float
    low: float = math.nan
    high: float = math.nan

    def __post_init__(self) -> None:
        for name, sign in (("low", -1), ("high", 1)):
            if math.isnan(getattr(self, name)):
                object.__setattr__(self, name, self.mean + sign * _NORMAL_95 * self.error)

    def __str__(self) -> str:
        return f"{self.mean:.5f}, 95 % between {self.low:.5f} and {self.high:.5f}"


@dataclass(frozen=True)
class Trial:
    """What the rules look at: the challenger's measures, and how it did against champion and constant.

    measures: by name; `calibration_error` always, `calibration_slope` and `calibration_intercept` where known.
    against_champion: on the newest out-of-time slice; None where there is no champion yet.
    by_segment: the same gain over the champion in each segment.
    failed_checks: names of the data checks that the rows it learnt from did not pass.
    """

    measures: Mapping[str, float]
    against_champion: Comparison | None
    against_constant: Comparison
    by_segment: Mapping[str, Comparison] = field(default_factory=dict)
    failed_checks: tuple[str, ...] = ()


class Told(NamedTuple):
    """What one rule said of a challenger."""

    rule: str
    ok: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """Whether to promote, why in one sentence, and what every rule said."""

    promote: bool
    why: str
    told: tuple[Told, ...] = ()

    def to_tags(self) -> dict[str, str]:
        """As the registry keeps it with a version: `verdict`, and the rules as JSON."""
        return {"verdict": self.why, _RULES_TAG: json.dumps([told._asdict() for told in self.told])}


def told_of_tags(tags: Mapping[str, str]) -> tuple[Told, ...]:
    """What every rule said, from a version's tags; nothing where it had no trial."""
    return tuple(Told(**one) for one in json.loads(tags.get(_RULES_TAG, "[]")))


def has_sound_data(trial: Trial) -> tuple[bool, str]:
    """The rows it learnt from passed their checks."""
    if trial.failed_checks:
        return False, f"its data failed {', '.join(trial.failed_checks)}"
    return True, "its data passed every check"


def is_better_than_constant(trial: Trial) -> tuple[bool, str]:
    """It beats the rate that everybody gets."""
    gain = trial.against_constant.mean
    return gain > 0, f"it is {'better' if gain > 0 else 'no better'} than a constant (log loss gain {gain:.5f})"


def is_calibrated(trial: Trial) -> tuple[bool, str]:
    """Predicted and seen rates agree: error within `MAX_CALIBRATION_ERROR`, slope within `CALIBRATION_SLOPES`."""
    error, slope = trial.measures["calibration_error"], trial.measures.get("calibration_slope", math.nan)
    if not error <= MAX_CALIBRATION_ERROR:
        return False, f"it is badly calibrated ({error:.3f} > {MAX_CALIBRATION_ERROR})"
    least, most = CALIBRATION_SLOPES
    if slope < least or slope > most:
        return False, f"it is badly calibrated (slope {slope:.2f} is not within {least}-{most})"
    known = "" if math.isnan(slope) else f", slope {slope:.2f}"
    return True, f"it is calibrated (error {error:.3f} <= {MAX_CALIBRATION_ERROR}{known})"


def is_better_than_champion(trial: Trial) -> tuple[bool, str]:
    """It beats the champion on the newest slice by more than noise: the whole interval of the gain lies above 0."""
    gain = trial.against_champion
    if gain is None:
        return True, "there is no champion to beat"
    if gain.low > 0:
        return True, f"it beats the champion beyond noise (log loss gain {gain})"
    return False, f"it does not beat the champion beyond noise (log loss gain {gain})"


def harms_no_segment(trial: Trial) -> tuple[bool, str]:
    """No segment is much worse off: none whose gain lies below 0 beyond noise and below -`MAX_SEGMENT_LOSS`."""
    harmed = {name: gain for name, gain in trial.by_segment.items() if gain.high < 0 and gain.mean < -MAX_SEGMENT_LOSS}
    if not trial.by_segment:
        return True, "there are no segments to compare with a champion"
    if not harmed:
        return True, f"none of {len(trial.by_segment)} segments is much worse than with the champion"
    worst = min(harmed, key=lambda name: harmed[name].mean)
    return False, f"segment {worst} is much worse than with the champion (log loss gain {harmed[worst]})"


Rule = Callable[[Trial], tuple[bool, str]]
RULES: Final[tuple[Rule, ...]] = (
    has_sound_data,
    is_better_than_constant,
    is_calibrated,
    is_better_than_champion,
    harms_no_segment,
)


def judge(trial: Trial) -> Verdict:
    """Ask every rule; each can keep the challenger out, and the first that objects gives the reason."""
    told = tuple(Told(rule.__name__, *rule(trial)) for rule in RULES)
    objections = [one.sentence for one in told if not one.ok]
    if objections:
        return Verdict(False, f"kept out: {objections[0]}", told)
    first = trial.against_champion is None
    why = "promoted: the first champion" if first else "promoted: better than the champion beyond noise"
    return Verdict(True, why, told)
