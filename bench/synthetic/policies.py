"""`make bench-policies`: money recovered by one day's worklist against other orders, in the synthetic world's truth.

Every policy makes the same number of attempts on each channel with the same debtors to choose from (those whom law,
caps and their own state allow that day); nobody is contacted afterwards. The world is played for the horizon with the
same luck for every policy, and what each adds is its recovery less that of a month in which nobody acts.

    python -m bench.synthetic.policies --debtors 5000 --months 18 --worlds 6 --plays 8
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from recobro_data.load import load_source
from recobro_data.settings import load_settings
from recobro_data.store import open_store
from recobro_data.synthetic import Portfolio, continue_with, simulate, write_tables
from recobro_models.decision.draws import draw
from recobro_models.decision.three_criteria import rank_three_criteria
from recobro_pipelines.plan import plan_worklist
from recobro_pipelines.train import train_models

#: A team that can not reach everybody: 15 calls an hour, 150 messages a day.
CAPACITY = {
    "RECOBRO_CHANNELS_CALL_CAPACITY_PER_HOUR": "15",
    "RECOBRO_CHANNELS_WHATSAPP_CAPACITY_PER_DAY": "150",
    "RECOBRO_CHANNELS_SMS_CAPACITY_PER_DAY": "0",
    "RECOBRO_CHANNELS_EMAIL_CAPACITY_PER_DAY": "0",
    "RECOBRO_POLICY_EXPLORATION": "0",
    "RECOBRO_POLICY_CONTROL_GROUP": "0",
}
HORIZON = 30

#: The other orders: what comes first.
ORDERS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "largest amount": lambda rows: rows["amount_to_collect"],
    "oldest debt": lambda rows: rows["days_past_due"],
    "three criteria": lambda rows: pd.Series(rank_three_criteria(rows), index=rows.index),
    "riskiest (p_unpaid)": lambda rows: rows["p_unpaid"],
    "p_unpaid x amount": lambda rows: rows["p_unpaid"] * rows["amount_to_collect"],
    "at random": lambda rows: pd.Series(draw(rows["debtor_id"], "bench"), index=rows.index),
}


def main() -> None:
    """Print one row a policy: mean money added over worlds and plays, and how far it lies behind recobro."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("debtors", 5000), ("months", 18), ("worlds", 6), ("plays", 8)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    rows = []
    for seed in range(1, asked.worlds + 1):
        portfolio = simulate(asked.debtors, asked.months, seed=seed)
        actions = _actions(portfolio)
        for play in range(asked.plays):
            nobody = continue_with(portfolio, _empty(), days=HORIZON, seed=1000 * seed + play).recovered
            for name, chosen in actions.items():
                money = continue_with(portfolio, chosen, days=HORIZON, seed=1000 * seed + play).recovered
                rows.append(
                    {"policy": name, "world": seed, "play": play, "added": money - nobody, "attempts": len(chosen)}
                )
    print(_table(pd.DataFrame(rows)).to_string())


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a policy; `behind` is what recobro adds more with the same luck, `error` that difference's."""
    added = rows.pivot(index=["world", "play"], columns="policy", values="added")
    behind = added["recobro"].to_numpy()[:, None] - added
    shown = pd.DataFrame(
        {
            "attempts": rows.groupby("policy")["attempts"].mean(),
            "added": added.mean(),
            "behind": behind.mean(),
            "error": behind.std() / np.sqrt(len(behind)),
        }
    )
    return shown.sort_values("added", ascending=False).round(1)


def _actions(portfolio: Portfolio) -> dict[str, pd.DataFrame]:
    """Each policy's actions of the day."""
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ=CAPACITY).settings
        write_tables(portfolio, settings.home / "source", disputes=True)
        load_source(str(settings.home / "source"), settings)
        train_models(settings, portfolio.as_of)
        with open_store(settings.store_url) as store:
            planned = plan_worklist(settings, store, portfolio.as_of)
            items = pd.DataFrame(list(store.items(planned.plan_id)))
            alone = pd.DataFrame(list(store.left_alone(planned.plan_id)))
    free = alone[alone["because"].isin(("no_capacity", "not_worth_cost"))]
    eligible = pd.concat([items, free], ignore_index=True)
    eligible = eligible.assign(days_since_last_attempt=_waited(portfolio, eligible))
    ours = items[["debtor_id", "channel"]].assign(window_start=pd.to_datetime(items["window_start"], utc=True))
    counts = items["channel"].value_counts()
    others = {name: _by_order(portfolio, eligible, order(eligible), counts) for name, order in ORDERS.items()}
    # The same people as ours, at the hours the others use: what choosing whom is worth, and what the hour adds.
    same = ours.assign(window_start=_hours(portfolio, ours["debtor_id"]))
    return {"recobro": ours, "recobro, hours at random": same, **others}


def _waited(portfolio: Portfolio, rows: pd.DataFrame) -> np.ndarray:
    attempts = portfolio.tables["contact_attempts"]
    last = attempts.groupby("debtor_id")["attempted_at"].max()
    start = pd.Timestamp(portfolio.as_of, tz="UTC")
    return (start - rows["debtor_id"].map(last)).dt.days.to_numpy(float)


def _by_order(portfolio: Portfolio, rows: pd.DataFrame, worth: pd.Series, counts: pd.Series) -> pd.DataFrame:
    """The first debtors get a call, the next a message, each on a channel that works, at hours of no model."""
    points = portfolio.tables["contact_points"]
    works = set(
        zip(
            *points.loc[points["valid"].ne(False) & ~points["opted_out"].eq(True), ["debtor_id", "channel"]]
            .to_numpy()
            .T,
            strict=True,
        )
    )
    left, chosen = counts.to_dict(), []
    for debtor in rows.loc[worth.sort_values(ascending=False, kind="stable").index, "debtor_id"]:
        for channel in ("call", "whatsapp"):
            if left.get(channel, 0) > 0 and (debtor, channel) in works:
                left[channel] -= 1
                chosen.append((debtor, channel))
                break
    frame = pd.DataFrame(chosen, columns=["debtor_id", "channel"])
    return frame.assign(window_start=_hours(portfolio, frame["debtor_id"]))


def _hours(portfolio: Portfolio, debtor_ids: pd.Series) -> pd.Series:
    """Hours of the working day, drawn evenly."""
    hour = (8 + np.floor(draw(debtor_ids, "bench hour") * 12)).astype(int)
    day, zone = portfolio.as_of, ZoneInfo("America/Lima")
    starts = [datetime(day.year, day.month, day.day, h, tzinfo=zone) for h in hour]
    return pd.Series(pd.to_datetime(starts, utc=True), index=debtor_ids.index)


def _empty() -> pd.DataFrame:
    columns = {"debtor_id": pd.Series(dtype=str), "channel": pd.Series(dtype=str)}
    return pd.DataFrame({**columns, "window_start": pd.Series(dtype="datetime64[us, UTC]")})


if __name__ == "__main__":
    main()
