"""When a challenger becomes champion: small named rules, each of which can keep it from being promoted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

#: A challenger's mean predicted and seen rate may differ by this much, on average over ten groups.
MAX_CALIBRATION_ERROR: Final = 0.08
#: A challenger must gain this many standard errors of the paired gain in log loss.
MIN_GAIN_IN_ERRORS: Final = 1.0


@dataclass(frozen=True)
class Comparison:
    """Mean gain in log loss over another model on the same rows, and its standard error by debtor."""

    mean: float
    error: float


@dataclass(frozen=True)
class Trial:
    """What the rules look at: the challenger's measures, and how it did against champion and constant.

    `against_champion` is None where there is no champion yet.
    """

    measures: Mapping[str, float]
    against_champion: Comparison | None
    against_constant: Comparison


@dataclass(frozen=True)
class Verdict:
    """Whether to promote, and why in one sentence."""

    promote: bool
    why: str


def is_better_than_constant(trial: Trial) -> str | None:
    """It must beat the rate that everybody gets."""
    gain = trial.against_constant
    return None if gain.mean > 0 else f"it is no better than a constant (log loss gain {gain.mean:.5f})"


def is_calibrated(trial: Trial) -> str | None:
    """Predicted and seen rates must agree within `MAX_CALIBRATION_ERROR`."""
    error = trial.measures["calibration_error"]
    return None if error <= MAX_CALIBRATION_ERROR else f"it is badly calibrated ({error:.3f} > {MAX_CALIBRATION_ERROR})"


def is_better_than_champion(trial: Trial) -> str | None:
    """It must beat the champion on the newest slice by more than noise."""
    gain = trial.against_champion
    if gain is None or gain.mean > MIN_GAIN_IN_ERRORS * gain.error:
        return None
    return f"it does not beat the champion beyond noise (log loss gain {gain.mean:.5f} +- {gain.error:.5f})"


RULES: Final[tuple[Callable[[Trial], str | None], ...]] = (
    is_better_than_constant,
    is_calibrated,
    is_better_than_champion,
)


def judge(trial: Trial) -> Verdict:
    """Ask every rule; the first that objects decides."""
    for rule in RULES:
        objection = rule(trial)
        if objection:
            return Verdict(False, f"kept out: {objection}")
    first = trial.against_champion is None
    return Verdict(True, "promoted: the first champion" if first else "promoted: better than the champion beyond noise")
