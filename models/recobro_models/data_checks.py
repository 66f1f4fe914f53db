"""What keeps a challenger out because of the rows it learnt from: holes, columns that died, answers among the features.

Each check tells what it found in words that begin with the check's name, or nothing where all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from recobro_models.features.families import CATEGORIES
from recobro_models.leaks import find_lone_predictors
from recobro_models.splits import Parts

#: Bills fall due monthly and are paid around it: of so many days in a row one has a payment.
MOST_SILENT_DAYS: Final = 45
#: A column counts as dead where nearly all rows agree, and as alive where at least so many do not.
_DEAD, _ALIVE = 0.999, 0.9
#: Of a category that holds more of the newest rows than this, the model must have seen some.
_MOST_UNKNOWN: Final = 0.5
_FEWEST_ROWS: Final = 200


def check_learning(parts: Parts, features: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with the rows, one phrase a finding; nothing where all is well."""
    return tuple(phrase for check in CHECKS for phrase in check(parts, features))


def find_holes(parts: Parts, _: Sequence[str] = ()) -> Iterator[str]:
    """Long stretches without a payment, from the first day that calibrates to the last watched one.

    An older hole is not held against a challenger: what it learnt besides is measured on whole months.
    """
    rows = pd.concat([parts.calibrate, parts.test])
    if len(rows) < _FEWEST_ROWS:
        return
    watched_until = rows["as_of"] + pd.to_timedelta(rows["watched_days"], unit="D")
    paid = watched_until[rows["is_paid"].to_numpy(bool)]
    days = np.unique(np.concatenate([paid.to_numpy(), [rows["as_of"].min(), watched_until.max()]]))
    gaps = np.diff(days) // np.timedelta64(1, "D")
    for place in np.flatnonzero(gaps > MOST_SILENT_DAYS):
        first, last = (pd.Timestamp(day).date() for day in days[place : place + 2])
        yield f"holes: no payment is known from {first} to {last}"


def find_dead_columns(parts: Parts, features: Sequence[str]) -> Iterator[str]:
    """Columns that varied where the model learns and are empty or constant on the newest days."""
    if min(len(parts.fit), len(parts.test)) < _FEWEST_ROWS:
        return
    for name in features:
        empty, constant = (_agreeing(parts, name, of) for of in (_empty_share, _constant_share))
        if empty[0] < _ALIVE and empty[1] > _DEAD:
            yield f"columns: {name} became empty"
        elif constant[0] < _ALIVE and constant[1] > _DEAD:
            yield f"columns: {name} became constant"


def find_unknown_categories(parts: Parts, features: Sequence[str]) -> Iterator[str]:
    """Category columns whose newest rows are mostly of categories that were never learnt from."""
    if len(parts.test) < _FEWEST_ROWS:
        return
    for name in features:
        if name in CATEGORIES:
            new = parts.test[name].dropna()
            share = 1 - float(new.isin(set(parts.fit[name].dropna())).mean()) if len(new) else 0.0
            if share > _MOST_UNKNOWN:
                yield f"categories: {share:.0%} of the newest rows have a {name} that was never learnt from"


def find_answers(parts: Parts, features: Sequence[str]) -> Iterator[str]:
    """Features that predict alone what no honest feature can."""
    for name, auc in find_lone_predictors(parts.fit, features).items():
        yield f"leaks: {name} predicts alone (AUC {auc:.3f})"


CHECKS: Final[tuple[Callable[[Parts, Sequence[str]], Iterator[str]], ...]] = (
    find_holes,
    find_dead_columns,
    find_unknown_categories,
    find_answers,
)


def _agreeing(parts: Parts, name: str, share: Callable[[pd.Series[float]], float]) -> tuple[float, float]:
    return share(parts.fit[name]), share(parts.test[name])


def _empty_share(column: pd.Series[float]) -> float:
    return float(column.isna().mean())


def _constant_share(column: pd.Series[float]) -> float:
    """Share of the commonest value, empty ones being one value."""
    return float(column.value_counts(normalize=True, dropna=False, sort=True).iloc[0])
