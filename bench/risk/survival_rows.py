"""Rows for `bench.risk.survival`: what was known on a day to learn from, and charges followed from then on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd

from bench.real.datarisk_rows import Question, Rows, rolling_rows
from bench.real.datarisk_tables import write_tables as write_datarisk
from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import load_settings
from recobro_data.synthetic import Portfolio, continue_with, simulate, write_tables
from recobro_models.cash_forecast import unpaid_amounts
from recobro_models.snapshots import Snapshots
from recobro_models.splits import snapshot_days, watched_until

_EVERY_DAYS: Final = 13
#: First days of a synthetic world, in which histories are still short.
_YOUNG_DAYS: Final = 150
#: As far as a synthetic portfolio can be continued.
_FOLLOWED_DAYS: Final = 160


def build_real_rows(source: Path, question: Question) -> Rows:
    """Charges of `datarisk-br` on the first morning they are on the books, learnt from what earlier nights knew; they
    are followed until the day of the data's last payment."""
    with _workspace() as home:
        tables = write_datarisk(source, home / "source")
        payments = str(tables / "payments.csv")
        (last,) = duckdb.sql("select max(paid_on) from read_csv(?)", params=[payments]).fetchall()[0]
        rows = rolling_rows(_loaded(home), question)
    return replace(rows, test=watched_until(rows.test, last + timedelta(days=1)))


def build_world_rows(debtors: int, months: int, *, seed: int, plays: int) -> Rows:
    """The oldest open charge of each account of a synthetic portfolio, learnt from what was known on its last day, and
    followed through so many continuations in which nobody acts: the truth of what every contestant is asked."""
    portfolio = simulate(debtors, months, seed=seed)
    with _workspace() as home:
        write_tables(portfolio, home / "source", disputes=True)
        snapshots = _loaded(home)
        first = portfolio.as_of - timedelta(days=30 * months - _YOUNG_DAYS)
        days = snapshot_days(first, portfolio.as_of - timedelta(days=1), every_days=_EVERY_DAYS)
        learn = snapshots.training_rows(days, seen_until=portfolio.as_of).risk
        charges = snapshots.day_rows(portfolio.as_of).charges
    oldest = charges.sort_values(["due_on", "charge_id"]).drop_duplicates("account_id")
    asked = oldest[~oldest["is_disputed"]].reset_index(drop=True)
    return Rows(learn, pd.concat([_followed(portfolio, asked, play) for play in range(plays)], ignore_index=True))


def _followed(portfolio: Portfolio, charges: pd.DataFrame, play: int) -> pd.DataFrame:
    """The charges with `watched_days` and `is_paid` of one continuation.

    An account's payments go to its oldest charge first, so that it is paid on the day on which their sum reaches what
    was open. Charges of accounts with a payment that the books did not know yet are left out.
    """
    ahead = continue_with(portfolio, _nobody(), days=_FOLLOWED_DAYS, seed=20_000 + play)
    known = charges[~charges["account_id"].isin(set(ahead.recorded_late["account_id"]))].reset_index(drop=True)
    owed = pd.Series(unpaid_amounts(known).round(2), index=known["account_id"])
    paid = ahead.payments[ahead.payments["reversed_on"].isna()].sort_values("paid_on", kind="stable")
    so_far = paid.groupby("account_id")["amount"].cumsum()
    enough = paid[so_far >= paid["account_id"].map(owed) - 0.005].drop_duplicates("account_id")
    day = (pd.to_datetime(enough["paid_on"]) - pd.Timestamp(portfolio.as_of)).dt.days + 1
    days = known["account_id"].map(pd.Series(day.to_numpy(), index=enough["account_id"]))
    return known.assign(is_paid=days.notna(), watched_days=days.fillna(_FOLLOWED_DAYS).astype("int64"))


def _nobody() -> pd.DataFrame:
    columns = {"debtor_id": pd.Series(dtype=str), "channel": pd.Series(dtype=str)}
    return pd.DataFrame({**columns, "window_start": pd.Series(dtype="datetime64[us, UTC]")})


@contextmanager
def _workspace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        yield Path(folder)


def _loaded(home: Path) -> Snapshots:
    settings = load_settings(home=home, environ={}).settings
    load_source(str(home / "source"), settings)
    return Snapshots(Lake(settings.lake_dir), settings)
