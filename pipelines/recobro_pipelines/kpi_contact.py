"""Contact rates: of all attempts, and of which hours reach debtors (horarios con mayor contacto), with intervals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from recobro_data.vocabulary import CHANNELS
from recobro_pipelines.ratios import ratio, share_with_interval


def contact_rates(attempts: pd.DataFrame) -> dict[str, Any]:
    """Rates of the last 30 days, and by local hour and weekday of the last 90, from the frame of `sum_attempts`."""
    recent = attempts[attempts["is_recent"].astype(bool)]
    calls = attempts[attempts["channel"] == "call"]
    personal = recent[recent["channel"].isin(("call", "visit"))]
    return {
        "contact_rate": _rate(recent),
        "contact_rate_by_channel": {name: _rate(recent[recent["channel"] == name]) for name in CHANNELS},
        "contact_rate_by_hour": _by(calls, "hour"),
        "contact_rate_by_weekday": {str(day): _rate(calls[calls["weekday"] == day]) for day in range(7)},
        "contact_rate_by_weekday_and_hour": _cells(calls),
        "contact_rate_by_channel_and_hour": _by_both(attempts, "channel", "hour"),
        "contact_rate_by_channel_and_weekday": _by_both(attempts, "channel", "weekday"),
        "contact_rate_by_kind_and_hour": _by_both(calls, "kind", "hour"),
        "right_party_contact_rate": share_with_interval(personal["n_right_party"].sum(), personal["n_answered"].sum()),
        "promise_rate": share_with_interval(recent["n_promised"].sum(), recent["n_reached"].sum()),
    }


def work_by(attempts: pd.DataFrame, agents: pd.DataFrame) -> dict[str, Any]:
    """`by_channel` and `by_agent`: the work of the last 30 days and what came of it.

    Args:
        attempts: the frame of `sum_attempts`.
        agents: the frame of `sum_agents`.
    """
    recent = attempts[attempts["is_recent"].astype(bool)]
    channels = {name: recent[recent["channel"] == name] for name in CHANNELS}
    of_agent = {str(name): agents[agents["agent_id"] == name] for name in sorted(agents["agent_id"].unique())}
    return {
        "by_channel": {name: work_of(rows) for name, rows in channels.items() if len(rows)},
        "by_agent": {
            name: {"debtors_tried": int(rows["n_debtors"].sum()), **work_of(rows)} for name, rows in of_agent.items()
        },
    }


def work_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Attempts, their cost, and the rates of contact, right party and promise, from sums of what came of them."""
    return {
        "attempts": int(rows["n"].sum()),
        "contact_cost": ratio(float(rows["cost"].astype("float64").sum(skipna=False)), 1, 2),
        "contact_rate": _rate(rows),
        "right_party_contact_rate": share_with_interval(rows["n_right_party"].sum(), rows["n_answered"].sum()),
        "promise_rate": share_with_interval(rows["n_promised"].sum(), rows["n_reached"].sum()),
    }


def _rate(rows: pd.DataFrame) -> dict[str, Any]:
    return share_with_interval(rows["n_reached"].sum(), rows["n"].sum())


def _by(rows: pd.DataFrame, column: str) -> dict[str, Any]:
    """The rate by each value that was found, in order."""
    return {str(value): _rate(rows[rows[column] == value]) for value in sorted(rows[column].unique())}


def _by_both(rows: pd.DataFrame, group: str, column: str) -> dict[str, Any]:
    return {str(name): _by(rows[rows[group] == name], column) for name in sorted(rows[group].unique())}


def _cells(calls: pd.DataFrame) -> list[dict[str, Any]]:
    sums = calls.groupby(["weekday", "hour"])[["n_reached", "n"]].sum().reset_index()
    return [
        {"weekday": int(row.weekday), "hour": int(row.hour), **share_with_interval(row.n_reached, row.n)}
        for row in sums.itertuples()
    ]
