"""When debtors answer: every attempt with the debtor's clock, and what the product's model makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.books import Books
from recobro_data.errors import NoDataError
from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import paired_log_loss_gain
from recobro_models.features import contact_history, open_position
from recobro_models.labels import label_attempts
from workings.measures import p_by_chance, p_if_equal, rates, share_done
from workings.portfolio import Portfolio

Floats = NDArray[np.float64]

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Below this chance of a difference by luck alone we speak of a difference.
ALPHA: Final = 0.05
_STAGES: Final = ((-np.inf, 1, 31, 91, np.inf), ("not yet due", "1-30 days past due", "31-90 days", "91 or more"))


def load_attempts(portfolio: Portfolio) -> pd.DataFrame:
    """One row an attempt: its ids, `channel`, local `weekday` (Monday 0) and `hour`, `reached`, and the debtor's `kind`
    and `portfolio_id`.

    Raises:
        NoDataError: nobody was ever tried.
    """
    attempts = portfolio.placed["contact_attempts"]
    debtors = portfolio.placed["debtors"].select("debtor_id", "kind", "portfolio_id")
    joined = attempts.inner_join(debtors, "debtor_id")
    frame: pd.DataFrame = (
        joined.select(
            "attempt_id", "debtor_id", "channel", "attempted_at", "attempted_on", "reached", "kind", "portfolio_id",
            weekday=joined.attempted_local.day_of_week.index(), hour=joined.attempted_local.hour(),
        )
        .order_by("attempted_at", "attempt_id")
        .to_pandas()
    )  # fmt: skip
    if frame.empty:
        raise NoDataError("contact attempts", "none", "Name a directory whose contact_attempts table has rows.")
    return frame


def build_attempt_rows(portfolio: Portfolio, days: Sequence[date], *, watch: int) -> pd.DataFrame:
    """One row an attempt of the `watch` days from each of `days` on, with the debtor's history as of that day.

    What an attempt, or one after it, brought is in no history beside it.
    """
    frames = []
    with portfolio.books(portfolio.as_of) as later:
        for day in days:
            with portfolio.books(day) as books:
                tried = label_attempts(books, later, days=watch)
                rows = _history(books).inner_join(tried, "debtor_id").order_by("attempt_id")
                frames.append(rows.to_pandas().assign(as_of=pd.Timestamp(day)))
    found = pd.concat(frames, ignore_index=True)
    stage = pd.cut(found["oldest_days_past_due"].fillna(-1), list(_STAGES[0]), right=False, labels=list(_STAGES[1]))
    return found.assign(stage=stage)


def load_history(portfolio: Portfolio, day: date) -> pd.DataFrame:
    """One row a debtor: the history that the model of contact times reads, as of a day."""
    with portfolio.books(day) as books:
        frame: pd.DataFrame = _history(books).order_by("debtor_id").to_pandas()
    return frame


def _history(books: Books) -> ibis.Table:
    """The product's own features of contact history, and how far behind the debtor is."""
    attempts, position = contact_history.source(books), open_position.source(books)
    wanted = (
        contact_history.n_attempts_7d,
        contact_history.n_attempts_30d,
        contact_history.n_attempts_180d,
        contact_history.n_reached_180d,
        contact_history.days_since_last_reached,
    )
    columns = {make.__name__: make(attempts) for make in wanted}
    columns |= {name: make(attempts) for name, make in contact_history.COUNTERS.items()}
    past = attempts.group_by("debtor_id").agg(**columns)
    owed = position.group_by("debtor_id").agg(oldest_days_past_due=open_position.oldest_days_past_due(position))
    table = books.known.debtors.select("debtor_id").left_join(past, "debtor_id").drop("debtor_id_right")
    table = table.left_join(owed, "debtor_id").drop("debtor_id_right")
    return table.mutate(**{name: table[name].fill_null(0) for name in columns if name.startswith("n_")})


@dataclass(frozen=True)
class Trial:
    """The model fitted on earlier attempts and tried on later ones, against simpler answers.

    `n_fitted` and `n_tried` count the attempts. `gains` has a row a simpler answer: the `gain` in log loss over it
    per 1,000 attempts, `low` to `high` its 95% interval with each debtor's attempts kept together.
    """

    n_fitted: int
    n_tried: int
    gains: pd.DataFrame


def fit_and_try(rows: pd.DataFrame, *, n_test: int) -> Trial:
    """Fit to the attempts of all but the last `n_test` as-of days and try on these."""
    is_test = rows["as_of"] >= np.sort(rows["as_of"].unique())[-n_test]
    earlier, tried = rows[~is_test].reset_index(drop=True), rows[is_test].reset_index(drop=True)
    model = ContactTimes.fit(earlier)
    tried = tried.assign(p_reach=model.predict_p_reach(tried, tried["channel"], tried["weekday"], tried["hour"]))
    simpler = {
        "one rate for everybody": _seen_rate(earlier, tried, []),
        "the channel's rate": _seen_rate(earlier, tried, ["channel"]),
        "the raw rate of channel and hour": _seen_rate(earlier, tried, ["channel", "hour"]),
        "the raw rate of channel, weekday and hour": _seen_rate(earlier, tried, ["channel", "weekday", "hour"]),
    }
    gains = {name: _gain(tried, p) for name, p in simpler.items()}
    return Trial(
        len(earlier), len(tried), pd.DataFrame.from_dict(gains, orient="index", columns=["gain", "low", "high"])
    )


def _seen_rate(earlier: pd.DataFrame, tried: pd.DataFrame, by: list[str]) -> Floats:
    """Share reached in the same cell before, one attempt of the overall rate added so that no share is 0 or 1."""
    overall = float(earlier["reached"].mean())
    if not by:
        return np.full(len(tried), overall)
    cells = earlier.groupby(by)["reached"].agg(["sum", "size"])
    share = ((cells["sum"] + overall) / (cells["size"] + 1)).rename("p")
    return tried.merge(share, left_on=by, right_index=True, how="left")["p"].fillna(overall).to_numpy(np.float64)


def _gain(tried: pd.DataFrame, p: Floats) -> tuple[float, float, float]:
    gain, error = paired_log_loss_gain(tried["reached"], tried["p_reach"], p, groups=tried["debtor_id"])
    return 1000 * gain, 1000 * (gain - 1.96 * error), 1000 * (gain + 1.96 * error)


def predict_by_hour(
    model: ContactTimes, history: pd.DataFrame, hours: Sequence[int], weekdays: Sequence[int]
) -> pd.DataFrame:
    """Mean `p_reach` of a call by (weekday, hour) over all debtors of `history`: the same people in every cell."""
    first, last = min(hours), max(hours) + 1
    week = model.predict_week(history, "call", range(first, last)).mean(axis=0)
    table = pd.DataFrame(week, columns=range(first, last))
    return table.loc[list(weekdays), list(hours)]


def build_needed(attempts: pd.DataFrame, *, most: int = 12) -> dict[str, pd.DataFrame]:
    """By channel, the share of debtors reached by their n-th attempt in a row since last reached, `n` still watched."""
    found = {}
    for channel, rows in attempts.groupby("channel"):
        before = rows.groupby("debtor_id")["reached"].cumsum() - rows["reached"]
        runs = rows.groupby([rows["debtor_id"], before])["reached"].agg(["size", "max"])
        found[channel] = share_done(np.ones(len(runs)), runs["size"], runs["max"], np.arange(1, most + 1))
    return found


def build_segments(attempts: pd.DataFrame, staged: pd.DataFrame, channels: Sequence[str]) -> pd.DataFrame:
    """Contact rates by channel and segment; index: (`by`, `group`, `channel`). Stages are of the weeks in `staged`."""
    attempts, staged = (rows[rows["channel"].isin(channels)] for rows in (attempts, staged))
    parts = {
        "all": rates(attempts["reached"], [attempts["channel"].map(lambda _: "everybody"), attempts["channel"]]),
        "kind": rates(attempts["reached"], [attempts["kind"], attempts["channel"]]),
        "portfolio": rates(attempts["reached"], [attempts["portfolio_id"], attempts["channel"]]),
        "stage": rates(staged["reached"], [staged["stage"], staged["channel"]]),
    }
    return pd.concat({by: table.rename_axis(["group", "channel"]) for by, table in parts.items()}, names=["by"])


@dataclass(frozen=True)
class Difference:
    """Whether rates differ by a column: `p_raw` by luck alone whoever was tried, `p_within` among a debtor's own."""

    p_raw: float
    p_within: float

    @property
    def holds(self) -> bool:
        """Luck alone does not explain it, and neither does who was tried when."""
        return self.p_within < ALPHA

    def __str__(self) -> str:
        if self.holds:
            return "and the difference holds among each debtor's own calls"
        if self.p_raw < ALPHA:
            return (
                "but among each debtor's own calls luck explains it as well: "
                "different people are called at different times"
            )
        return "which luck alone explains as well"


def find_difference(rows: pd.DataFrame, column: str) -> Difference:
    """Whether `reached` differs by `column`, with and without looking at who was tried."""
    return Difference(p_if_equal(rows, column), p_by_chance(rows, column))


def first_at_half(needed: pd.DataFrame) -> int | None:
    """The attempt in a row by which half are reached; None where it is not seen."""
    there = needed.index[(needed["share"] >= 0.5) & (needed["n"] >= 10)]
    return int(there[0]) if len(there) else None
