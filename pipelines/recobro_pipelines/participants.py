"""Who took part in the experiments that the plans are: from which day, in which group, and what they paid since.

Whoever may be contacted by their own state (no open promise, nothing in dispute, something to collect) is left alone or
not by a draw that knows nothing else of them. So a debtor takes part from the first plan of a control period that finds
this state, in the group of that day, however things go on: what happened later may be a consequence of the contacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from recobro_data.books import Known, known_as_of
from recobro_data.settings import Settings
from recobro_data.store import PlanRow, Store
from recobro_models.decision.eligibility import OWN_STATE, control_period
from recobro_models.snapshots import Snapshots

#: What is read of a debtor's first row.
FIELDS: Final = (
    "work_date", "portfolio_id", "currency", "stage", "risk_band", "p_pay_no_action", "amount_to_collect", "because",
    "channel", "propensity", "policy",
)  # fmt: skip


def load_participants(store: Store, settings: Settings, start: date, end: date) -> pd.DataFrame:
    """One row a debtor and control period that meets [start, end), as of the first plan it takes part in.

    `debtor_id`, `portfolio_id`, `currency`, `stage`, `risk_band`, `channel` and `propensity` (of that day's action;
    null: none), `policy`, `is_control`, `expected` (money, if nobody acted), `entered_on`, `period_start`,
    `period_end`.
    """
    length = settings.policy.control_period_days
    plans = store.plans_between(control_period(start, length)[0], end)
    by_period = groupby(plans, key=lambda plan: control_period(plan.work_date, length))
    return stacked(_participants(store, list(own), period) for period, own in by_period)


def stacked(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    """One frame of several; of none, one without rows that has every column."""
    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else read_rows([]).assign(period_start=None, period_end=None)


def _participants(store: Store, plans: Sequence[PlanRow], period: tuple[date, date]) -> pd.DataFrame:
    rows = read_rows(store.first_rows(plans, besides=OWN_STATE, fields=FIELDS))
    return rows.assign(period_start=pd.Timestamp(period[0]), period_end=pd.Timestamp(period[1]))


def read_rows(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """First rows as a frame, with `is_control`, `expected` and `entered_on`."""
    frame = pd.DataFrame(rows, columns=["debtor_id", *FIELDS])
    numbers = frame[["p_pay_no_action", "amount_to_collect", "propensity"]].astype("float64")
    return frame.assign(
        propensity=numbers["propensity"],
        is_control=(frame["because"] == "control_group").to_numpy(bool),
        expected=(numbers["p_pay_no_action"] * numbers["amount_to_collect"]).fillna(0.0),
        entered_on=pd.to_datetime(frame["work_date"]),
    ).drop(columns=["work_date", "because", "p_pay_no_action", "amount_to_collect"])


def load_payments(snapshots: Snapshots, as_of: date, since: date) -> pd.DataFrame:
    """`debtor_id`, `paid_on`, `amount` of every debtor and day in [since, as_of), as known at the start of `as_of`."""

    def of_piece(known: Known) -> pd.DataFrame:
        paid = known.payments.filter(_.paid_on >= since).group_by("debtor_id", "paid_on")
        found: pd.DataFrame = paid.agg(amount=_.amount.cast("float64").sum()).to_pandas()
        return found.assign(paid_on=pd.to_datetime(found["paid_on"]))

    return pd.concat([of_piece(known_as_of(placed, as_of)) for placed, _backend in snapshots.placed()])


def load_attempts(snapshots: Snapshots, as_of: date, since: date) -> pd.DataFrame:
    """`debtor_id`, `n` and `cost` of the attempts in [since, as_of); without a cost of its own, its channel's."""
    costs = {name: channel.cost for name, channel in snapshots.settings.channels.items()}

    def of_piece(known: Known) -> pd.DataFrame:
        rows = known.attempts.filter(_.attempted_on >= since)
        usual = rows.channel.substitute(costs, else_=0.0) if costs else 0.0
        rows = rows.mutate(paid=rows.cost.cast("float64").fill_null(usual)).group_by("debtor_id")
        found: pd.DataFrame = rows.agg(n=_.count(), cost=_.paid.sum()).to_pandas()
        return found

    return pd.concat([of_piece(known_as_of(placed, as_of)) for placed, _backend in snapshots.placed()])


def paid_between(
    participants: pd.DataFrame, payments: pd.DataFrame, start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]
) -> NDArray[np.float64]:
    """By participant: money paid from its `start` on and before its `end`."""
    bounds = pd.DataFrame({"row": np.arange(len(participants)), "start": start.to_numpy(), "end": end.to_numpy()})
    rows = bounds.assign(debtor_id=participants["debtor_id"].to_numpy()).merge(payments, on="debtor_id")
    within = rows[(rows["paid_on"] >= rows["start"]) & (rows["paid_on"] < rows["end"])]
    sums = np.bincount(within["row"].to_numpy(np.int64), within["amount"].to_numpy(np.float64), len(participants))
    return sums.astype(np.float64)


def window_before(as_of: date, days: int) -> date:
    """The first day of the window of `days` that ends before `as_of`."""
    return as_of - timedelta(days=days)
