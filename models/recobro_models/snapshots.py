"""Snapshots: features as of many days, with what came after as labels, from one set of canonical tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any, Final, TypeVar

import ibis
import pandas as pd

from recobro_data.books import Books, Placed, build_books, known_as_of
from recobro_data.books.balances import debtor_balances, stage_of
from recobro_data.books.pieces import Piece, cut_pieces, place_pieces
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.tables import TABLES
from recobro_models.decisions import label_decisions
from recobro_models.features import build_charge_features, build_debtor_features
from recobro_models.features.paying_days import PAYING_DAYS
from recobro_models.labels import label_attempts, label_charges, label_debtors, label_promises

#: Rows of all tables that are read together: smaller pieces take less memory, and longer to compile their queries.
_PIECE_ROWS = 2_000_000
#: Attempts of so many days before the day are told one by one.
RECENT_DAYS: Final = 30


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from, sorted by day and ids; each has `as_of` and the features as of it.

    risk: one row an open charge: risk features, `watched_days`, `is_paid`.
    debtors: one row a debtor with an open charge and day of the week from then on: debtor features and `PAYING_DAYS` as
        of the first of these days, and `label_decisions`.
    attempts: one row an attempt within a week from the day: debtor features, `channel`, `weekday` (Monday 0), `hour`,
        `reached`.
    promises: one row a promise made within a week from the day and settled since: debtor features, `is_kept`.
    """

    risk: pd.DataFrame
    debtors: pd.DataFrame
    attempts: pd.DataFrame
    promises: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class DayRows:
    """What is known at the start of a day.

    debtors: one row a debtor with an open charge: `debtor_balances`, `stage`, debtor features and `PAYING_DAYS`,
        canonical columns, `zone` and `promise_broken_on`.
    charges: one row an open charge: risk features, `account_id` and `is_disputed`.
    contact_points: canonical rows of those debtors.
    attempts: `debtor_id`, `channel`, `attempted_on`, `hour` (of the debtor's clock), `reached`, `outcome` of the last
        30 days.
    portfolios: one row a portfolio and piece: `portfolio_id`, `n_settled`, `first_issued_on`.
    """

    debtors: pd.DataFrame
    charges: pd.DataFrame
    contact_points: pd.DataFrame
    attempts: pd.DataFrame
    portfolios: pd.DataFrame


_R = TypeVar("_R", TrainingRows, DayRows)


@dataclass(frozen=True)
class Snapshots:
    """Reads the lake a piece at a time, so that memory is bounded whatever the size of the portfolio.

    Every frame it gives is sorted by its ids: the order of the lake's rows changes nothing.
    """

    lake: Lake
    settings: Settings
    piece_rows: int = _PIECE_ROWS

    def parts(self) -> Sequence[int | None]:
        """Whole partitions to read one after the other; `None` is all in one."""
        rows = sum(self.lake.rows(table) for table in TABLES)
        return [None] if rows <= self.piece_rows else list(range(self.lake.partitions))

    def pieces(self) -> list[Piece]:
        """The pieces to read one after the other."""
        with self._backend() as backend:
            return cut_pieces(self.lake, backend, at_most=self.piece_rows)

    def placed(self) -> Iterator[tuple[Placed, ibis.BaseBackend]]:
        """The tables of each piece in turn, ready to be cut to any day, and the engine that holds them until the next
        is asked for."""
        pieces = self.pieces()
        with self._backend() as backend:
            for placed in place_pieces(self.lake, backend, pieces, self.settings.rates):
                yield placed, backend

    def training_rows(
        self, days: Sequence[date], *, seen_until: date, tick: Callable[[], Any] = lambda: None
    ) -> TrainingRows:
        """Features as of each of `days`, labelled by what was known at the start of `seen_until`.

        Promises are labelled `settings.policy.horizon_days` ahead; days whose horizon ends later are left out there.
        `tick` is called after each day and piece.
        """
        horizon_days = self.settings.policy.horizon_days

        def rows_of(placed: Placed, backend: ibis.BaseBackend) -> Iterator[TrainingRows]:
            with _books(placed, seen_until, backend) as later:
                for day in days:
                    with _books(placed, day, backend) as then:
                        yield _rows_of(then, later, horizon_days)
                    tick()

        return _stacked_rows(TrainingRows, [rows for piece in self.placed() for rows in rows_of(*piece)])

    def day_rows(self, as_of: date, *, tick: Callable[[], Any] = lambda: None) -> DayRows:
        """Everything that a plan as of a day needs to know."""

        def rows_of(placed: Placed, backend: ibis.BaseBackend) -> DayRows:
            with _books(placed, as_of, backend) as books:
                rows = _day_rows(books, self.settings)
            tick()
            return rows

        return _stacked_rows(DayRows, [rows_of(*piece) for piece in self.placed()])

    def decided_rows(
        self, days: Sequence[date], *, seen_until: date, tick: Callable[[], Any] = lambda: None
    ) -> Iterator[tuple[date, DayRows, pd.DataFrame]]:
        """`day_rows` of each piece and day, with what came of the day's decisions as known at `seen_until`.

        The third: one row a debtor with an open charge, `any_paid` and `paid_amount` within
        `settings.policy.horizon_days` and the day's first attempt (`tried_channel`, `tried_hour`, `tried_propensity`;
        null: left alone). Days whose horizon ends after `seen_until` have none.
        """
        horizon_days = self.settings.policy.horizon_days
        for placed, backend in self.placed():
            with _books(placed, seen_until, backend) as later:
                for day in days:
                    with _books(placed, day, backend) as then:
                        labels = label_debtors(then, later, horizon_days)
                        yield day, _day_rows(then, self.settings), _sorted(labels, "debtor_id")
                    tick()

    @contextmanager
    def _backend(self) -> Iterator[ibis.BaseBackend]:
        engine = self.settings.engine
        # Each file is read once or in stretches: what the engine would remember of it is memory for nothing.
        backend = ibis.duckdb.connect(
            threads=engine.threads, memory_limit=engine.memory_limit, enable_external_file_cache=False
        )
        try:
            yield backend
        finally:
            backend.disconnect()


@contextmanager
def _books(placed: Placed, as_of: date, backend: ibis.BaseBackend) -> Iterator[Books]:
    books = build_books(known_as_of(placed, as_of), backend)
    try:
        yield books
    finally:
        books.drop(backend)


def _rows_of(then: Books, later: Books, horizon_days: int) -> TrainingRows:
    of_debtors = build_debtor_features(then, paying_days=True)
    features = of_debtors.drop(*PAYING_DAYS)
    risk = build_charge_features(then, features).inner_join(label_charges(then, later), "charge_id")
    debtors = _sorted(of_debtors, "debtor_id").merge(
        label_decisions(then, later, horizon_days), on="debtor_id", sort=True
    )
    attempts = features.inner_join(label_attempts(then, later), "debtor_id")
    promises = features.inner_join(label_promises(then, later, horizon_days), "debtor_id")
    as_of = pd.Timestamp(then.as_of)
    return TrainingRows(
        _sorted(risk, "debtor_id", "charge_id").assign(as_of=as_of),
        debtors.assign(as_of=as_of),
        _sorted(attempts, "debtor_id", "attempt_id").assign(as_of=as_of),
        _sorted(promises, "debtor_id", "promise_id").assign(as_of=as_of),
    )


def _day_rows(books: Books, settings: Settings) -> DayRows:
    return build_day_rows({name: table.to_pandas() for name, table in day_tables(books, settings).items()}, books.as_of)


def build_day_rows(frames: Mapping[str, pd.DataFrame], as_of: date) -> DayRows:
    """The frames of `day_tables` as the rows of that day."""
    return DayRows(**{**frames, "charges": frames["charges"].assign(as_of=pd.Timestamp(as_of))})


def day_tables(books: Books, settings: Settings) -> dict[str, ibis.Table]:
    """What `DayRows` holds, by name, each in the order of its ids."""
    of_debtors = build_debtor_features(books, paying_days=True)
    features = of_debtors.drop(*PAYING_DAYS)
    balances = debtor_balances(books)
    balances = balances.mutate(stage=stage_of(balances.days_past_due, settings.stages))
    known = books.known
    debtors = balances.inner_join(known.debtors.drop("portfolio_id"), "debtor_id")
    # Both tell the open position; the balances' word is the worklist's, the features' the models'.
    shared = [name for name in features.columns if name in debtors.columns and name != "debtor_id"]
    whole = debtors.drop(*shared).inner_join(of_debtors, "debtor_id")
    whole = whole.left_join(_broken_promises(books), "debtor_id").drop("debtor_id_right")
    recent = known.attempts.filter(known.attempts.attempted_on >= books.as_of - timedelta(days=RECENT_DAYS))
    charges = books.charges
    whose = books.open_charges.select("charge_id", "account_id", "is_disputed")
    open_charges = build_charge_features(books, features).inner_join(whose, "charge_id")
    portfolios = charges.group_by("portfolio_id").agg(
        n_settled=charges.paid_off_on.count(), first_issued_on=charges.issued_on.min()
    )
    attempts = recent.select(
        "debtor_id", "channel", "attempted_on", "reached", "outcome", "attempt_id", hour=recent.attempted_local.hour()
    )
    return {
        "debtors": whole.order_by("debtor_id"),
        "charges": open_charges.order_by("debtor_id", "charge_id"),
        "contact_points": known.contact_points.semi_join(balances, "debtor_id").order_by("debtor_id", "channel"),
        "attempts": attempts.order_by("debtor_id", "attempt_id"),
        "portfolios": portfolios.order_by("portfolio_id"),
    }


def _broken_promises(books: Books) -> ibis.Table:
    """One row a debtor: `promise_broken_on`, the due date of the last promise that was not kept in full."""
    broken = books.promises.filter(books.promises.status.isin(("broken", "partly_kept")))
    return broken.group_by("debtor_id").agg(promise_broken_on=broken.due_on.max())


def _stacked_rows(kind: Callable[..., _R], parts: Sequence[_R]) -> _R:
    names = [one.name for one in fields(parts[0])]
    return kind(*(_stacked([getattr(rows, name) for rows in parts]) for name in names))


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _sorted(table: ibis.Table, *ids: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.order_by(ids).to_pandas()
    return frame
