"""What promotion rules would have cost: past months replayed, each rule's choice against the best in hindsight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from recobro_data.errors import RecobroError
from recobro_models.promotion import RULES

#: Whether a rule puts a month's challenger in force, from what each promotion rule said of it.
Choice = Callable[[Mapping[str, bool]], bool]

_NAMES: Final = tuple(rule.__name__ for rule in RULES)


def _only(*names: str) -> Choice:
    return lambda said: all(said[name] for name in names)


#: Each rule alone, all of them, and the two choices that look at nothing.
CHOICES: Final[Mapping[str, Choice]] = {
    "all_rules": _only(*_NAMES),
    **{name: _only(name) for name in _NAMES},
    "always_the_newest": _only(),
    "never_again": lambda _: False,
}


def replay_rules(history: pd.DataFrame) -> pd.DataFrame:
    """One row a rule, the least regret first: `rule`, `months`, `promoted`, `log_loss`, `best`, `regret`, `worst`.

    Under each rule the first month's challenger begins in force; every later one takes its place where the rule says
    so. `log_loss` is the mean over the months of what was in force, measured on the month that followed; `best` that of
    the best version there was; `regret` the difference, never below 0, and `worst` that of the worst month. What a rule
    said stands as it was recorded, against the champion of its day, not against the one this replay would have had.

    Args:
        history: one row a month and a version that was there: `month`, `version`, `log_loss` (on the month that
            followed), and for the month's challenger `is_challenger` and a column a promotion rule with what it said.

    Raises:
        RecobroError: no month has a challenger and a month that followed.
    """
    months = [rows for _, rows in history.groupby("month", sort=True) if rows["is_challenger"].any()]
    if not months:
        raise RecobroError("a version with a trial and a month that followed it", "none",
                           "Train as of several past days (`recobro train --as-of D`).")  # fmt: skip
    found = pd.DataFrame([{"rule": name, **_replay(months, choice)} for name, choice in CHOICES.items()])
    return found.sort_values(["regret", "promoted"], kind="stable", ignore_index=True)


def _replay(months: list[pd.DataFrame], choice: Choice) -> dict[str, float]:
    in_force, promoted = None, 0
    losses, best = [], []
    for rows in months:
        challenger = rows[rows["is_challenger"]].iloc[0]
        if in_force is None:
            in_force = challenger["version"]
        elif choice({name: bool(challenger[name]) for name in _NAMES}):
            in_force, promoted = challenger["version"], promoted + 1
        losses.append(float(rows.loc[rows["version"] == in_force, "log_loss"].iloc[0]))
        best.append(float(rows["log_loss"].min()))
    regrets = [loss - least for loss, least in zip(losses, best, strict=True)]
    n = len(months)
    return {
        "months": n, "promoted": promoted, "log_loss": sum(losses) / n, "best": sum(best) / n,
        "regret": sum(regrets) / n, "worst": max(regrets),
    }  # fmt: skip
