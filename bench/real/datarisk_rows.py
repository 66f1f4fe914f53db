"""Rows of `datarisk-br` to learn from and to be scored on, under two ways of freezing what is known.

rolling: each charge on the first morning it is on the books, with everything known on that morning, as a nightly run
    has it; learnt from open charges as of days before the test.
frozen: each charge with what was known on the first day of a four-month window, though it may be issued 119 days
    later; learnt from earlier windows frozen in the same way.

Both give one row a charge and as-of day: the risk features, `as_of`, `watched_days` and `is_paid` (as the payment curve
learns them), `charge_id`, `debtor_id` and `issued_on`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from recobro_data.books import build_books, known_as_of
from recobro_models.features import build_debtor_features
from recobro_models.snapshots import Snapshots
from recobro_models.splits import snapshot_days

#: Days late that the question is about.
LATE_DAYS: Final = 5
#: Days that a window of the frozen way is long: four months.
WINDOW_DAYS: Final = 120
_FIRST_DAY: Final = date(2018, 10, 15)
_EVERY_DAYS: Final = 13


@dataclass(frozen=True)
class Question:
    """Which charges are scored: issued from `test_from` to `test_until`, by models that knew nothing after the start
    of `train_until`."""

    train_until: date
    test_from: date
    test_until: date


@dataclass(frozen=True)
class Rows:
    """One row a charge and as-of day: to learn from, and to be scored."""

    learn: pd.DataFrame
    test: pd.DataFrame


def is_late(rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether each charge was paid `LATE_DAYS` or more after it fell due, or never."""
    return (rows["charge_days_past_due"] + rows["watched_days"] - 1 >= LATE_DAYS) | ~rows["is_paid"]


def is_known(rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether the answer was seen while the charge was watched."""
    return rows["is_paid"] | (rows["charge_days_past_due"] + rows["watched_days"] - 1 >= LATE_DAYS)


def rolling_rows(snapshots: Snapshots, question: Question) -> Rows:
    """Rows of the rolling way."""
    days = snapshot_days(_FIRST_DAY, question.train_until - timedelta(days=1), every_days=_EVERY_DAYS)
    learn = snapshots.training_rows(days, seen_until=question.train_until).risk
    mornings = [day + timedelta(days=1) for day in _days(question.test_from, question.test_until)]
    # A few mornings at a time: most charges that are open on one were not issued the day before.
    parts = [_fresh(snapshots, mornings[place : place + 15]) for place in range(0, len(mornings), 15)]
    return Rows(learn, _asked(pd.concat(parts, ignore_index=True)))


def _fresh(snapshots: Snapshots, mornings: Sequence[date]) -> pd.DataFrame:
    rows = snapshots.training_rows(mornings, seen_until=date(2099, 1, 1)).risk
    return rows[rows["charge_age_days"] == 1]


def frozen_rows(snapshots: Snapshots, charges: pd.DataFrame, question: Question) -> Rows:
    """Rows of the frozen way.

    Args:
        snapshots: of the workspace.
        charges: one row a charge of the source: `charge_id`, `debtor_id`, `issued_on`, `due_on`, `paid_on`, `amount`,
            `product`.
        question: what is asked.
    """
    first = _FIRST_DAY + timedelta(days=60)
    days = snapshot_days(first, question.train_until - timedelta(days=30), every_days=2 * _EVERY_DAYS)
    known = _histories(snapshots, (*days, question.test_from))
    end = question.train_until
    learn = [_window(charges, known[day], day, until=min(day + timedelta(days=WINDOW_DAYS), end)) for day in days]
    test = _window(charges, known[question.test_from], question.test_from, until=_after(question.test_until))
    return Rows(
        _watched_until(pd.concat(learn, ignore_index=True), end), _asked(_watched_until(test, date(2099, 1, 1)))
    )


def _histories(snapshots: Snapshots, days: Sequence[date]) -> dict[date, pd.DataFrame]:
    """Debtor features of everybody as of each day, and how many charges each had open."""
    found: dict[date, list[pd.DataFrame]] = {day: [] for day in days}
    for placed, backend in snapshots.placed():
        for day in days:
            books = build_books(known_as_of(placed, day), backend)
            found[day].append(build_debtor_features(books).to_pandas())
            books.drop(backend)
    return {day: pd.concat(parts, ignore_index=True) for day, parts in found.items()}


def _window(charges: pd.DataFrame, history: pd.DataFrame, first: date, *, until: date) -> pd.DataFrame:
    """Charges issued from `first` to before `until`, on the morning after their issue, with what was known on
    `first`."""
    inside = charges["issued_on"].between(pd.Timestamp(first), pd.Timestamp(until), inclusive="left")
    rows = charges[inside].merge(history, on="debtor_id", how="left")
    as_of = rows["issued_on"] + pd.Timedelta(days=1)
    own = {
        "as_of": as_of,
        "charge_amount": rows["amount"],
        "charge_days_past_due": (as_of - rows["due_on"]).dt.days,
        "charge_age_days": 1,
        "charge_term_days": (rows["due_on"] - rows["issued_on"]).dt.days,
        "charge_paid_share": 0.0,
        "n_older_open": rows["n_open"].fillna(0),
        "due_weekday": rows["due_on"].dt.day_of_week,
        "due_day_of_month": rows["due_on"].dt.day,
        "portfolio": "datarisk",
        "region": None,
        "kind": "company",
    }
    counts = [name for name in history.columns if name.startswith(("n_", "has_"))]
    return rows.assign(**own, **{name: rows[name].fillna(0) for name in counts if name not in own})


def _watched_until(rows: pd.DataFrame, end: date) -> pd.DataFrame:
    """Labels as they were known at the start of `end`; charges paid before their first morning are left out."""
    paid = (rows["paid_on"] - rows["as_of"]).dt.days + 1
    most = (pd.Timestamp(end) - rows["as_of"]).dt.days
    is_paid = (paid <= most).fillna(False)
    watched = np.where(is_paid, paid, most)
    labelled = rows.assign(is_paid=is_paid.astype(bool), watched_days=watched.astype(np.int64))
    return labelled[labelled["watched_days"] >= 1].reset_index(drop=True)


def _asked(rows: pd.DataFrame) -> pd.DataFrame:
    """Charges that were not late already when they came, each of them once."""
    return rows[rows["charge_days_past_due"] < LATE_DAYS].reset_index(drop=True)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _after(day: date) -> date:
    return day + timedelta(days=1)
