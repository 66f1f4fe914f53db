"""Snapshots: features as of many days, with what came after as labels, from one set of canonical tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd

from recobro_data.books import Books, Placed, build_books, known_as_of, place_in_time
from recobro_data.books.balances import debtor_balances, stage_of
from recobro_data.books.known import discard, keep
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_data.tables import TABLES
from recobro_models.features import build_charge_features, build_debtor_features
from recobro_models.labels import label_attempts, label_charges, label_debtors

#: Up to this many rows the lake is read in one piece: cutting it would cost more than it saves.
_ONE_PIECE_ROWS = 5_000_000


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from, sorted by day and ids; each has `as_of` and the features as of it.

    risk: one row an open charge: risk features, `watched_days`, `is_paid`.
    debtors: one row a debtor with an open charge: debtor features, `any_paid`, `paid_amount`, and the first attempt
        within three days (`tried_channel`, `tried_weekday`, `tried_hour`, `tried_propensity`; null: not tried).
    attempts: one row an attempt within a week from the day: debtor features, `channel`, `weekday` (Monday 0), `hour`,
        `reached`.
    """

    risk: pd.DataFrame
    debtors: pd.DataFrame
    attempts: pd.DataFrame


@dataclass(frozen=True)
class DayRows:
    """What is known at the start of a day.

    debtors: one row a debtor with an open charge: `debtor_balances`, `stage`, debtor features, canonical columns and
        `zone`.
    charges: one row an open charge: risk features.
    contact_points: canonical rows of those debtors.
    attempts: `debtor_id`, `channel`, `attempted_on`, `reached` of the last 30 days.
    portfolios: one row a portfolio and piece: `portfolio_id`, `n_settled`, `first_issued_on`.
    """

    debtors: pd.DataFrame
    charges: pd.DataFrame
    contact_points: pd.DataFrame
    attempts: pd.DataFrame
    portfolios: pd.DataFrame


@dataclass(frozen=True)
class Snapshots:
    """Reads the lake a partition at a time, so that memory is bounded by the largest partition.

    Every frame it gives is sorted by its ids: the order of the lake's rows changes nothing.
    """

    lake: Lake
    settings: Settings

    def parts(self) -> Sequence[int | None]:
        """The pieces to read one after the other; `None` is all in one."""
        with self._backend() as backend:
            rows = sum(int(self.lake.read(backend, table).count().execute()) for table in TABLES)
        return [None] if rows <= _ONE_PIECE_ROWS else list(range(self.lake.partitions))

    @contextmanager
    def books(self, as_of: date, part: int | None) -> Iterator[tuple[Books, ibis.BaseBackend]]:
        """The books of one piece as of a day, and the engine that holds them until the block ends."""
        with self._backend() as backend:
            yield build_books(known_as_of(self._placed(backend, part), as_of), backend), backend

    def training_rows(
        self, days: Sequence[date], *, seen_until: date, tick: Callable[[], Any] = lambda: None
    ) -> TrainingRows:
        """Features as of each of `days`, labelled by what was known at the start of `seen_until`.

        Debtors are labelled `settings.policy.horizon_days` ahead; days whose horizon ends later are left out there.
        `tick` is called after each day and piece.
        """
        risk, debtors, attempts = [], [], []
        for part in self.parts():
            with self._backend() as backend:
                placed = self._placed(backend, part)
                later = build_books(known_as_of(placed, seen_until), backend)
                for day in days:
                    then = build_books(known_as_of(placed, day), backend)
                    rows = _rows_of(then, later, backend, self.settings.policy.horizon_days)
                    risk.append(rows.risk)
                    debtors.append(rows.debtors)
                    attempts.append(rows.attempts)
                    then.drop(backend)
                    tick()
        return TrainingRows(_stacked(risk), _stacked(debtors), _stacked(attempts))

    def day_rows(self, as_of: date, *, tick: Callable[[], Any] = lambda: None) -> DayRows:
        """Everything that a plan as of a day needs to know."""
        parts = []
        for part in self.parts():
            with self.books(as_of, part) as (books, backend):
                parts.append(_day_rows(books, backend, self.settings))
            tick()
        return DayRows(*(_stacked([getattr(rows, name) for rows in parts]) for name in DayRows.__dataclass_fields__))

    def _placed(self, backend: ibis.BaseBackend, part: int | None) -> Placed:
        return place_in_time(
            {name: self.lake.read(backend, name, part) for name in TABLES}, backend, rates=self.settings.rates
        )

    @contextmanager
    def _backend(self) -> Iterator[ibis.BaseBackend]:
        engine = self.settings.engine
        backend = ibis.duckdb.connect(threads=engine.threads, memory_limit=engine.memory_limit)
        try:
            yield backend
        finally:
            backend.disconnect()


def _rows_of(then: Books, later: Books, backend: ibis.BaseBackend, horizon_days: int) -> TrainingRows:
    features = keep(build_debtor_features(then), backend)
    risk = build_charge_features(then, features).inner_join(label_charges(then, later), "charge_id")
    debtors = features.inner_join(label_debtors(then, later, horizon_days), "debtor_id")
    attempts = features.inner_join(label_attempts(then, later), "debtor_id")
    as_of = pd.Timestamp(then.as_of)
    frames = (
        _sorted(risk, "debtor_id", "charge_id").assign(as_of=as_of),
        _sorted(debtors, "debtor_id").assign(as_of=as_of),
        _sorted(attempts, "debtor_id", "attempt_id").assign(as_of=as_of),
    )
    discard(features, backend)
    return TrainingRows(*frames)


def _day_rows(books: Books, backend: ibis.BaseBackend, settings: Settings) -> DayRows:
    features = keep(build_debtor_features(books), backend)
    balances = debtor_balances(books)
    balances = balances.mutate(stage=stage_of(balances.days_past_due, settings.stages))
    known = books.known
    debtors = balances.inner_join(known.debtors.drop("portfolio_id"), "debtor_id")
    # Both tell the open position; the balances' word is the worklist's, the features' the models'.
    shared = [name for name in features.columns if name in debtors.columns and name != "debtor_id"]
    whole = debtors.drop(*shared).inner_join(features, "debtor_id")
    recent = known.attempts.filter(known.attempts.attempted_on >= books.as_of - timedelta(days=30))
    charges = books.charges
    portfolios = charges.group_by("portfolio_id").agg(
        n_settled=charges.paid_off_on.count(), first_issued_on=charges.issued_on.min()
    )
    return DayRows(
        _sorted(whole, "debtor_id"),
        _sorted(build_charge_features(books, features), "debtor_id", "charge_id").assign(
            as_of=pd.Timestamp(books.as_of)
        ),
        _sorted(known.contact_points.semi_join(balances, "debtor_id"), "debtor_id", "channel"),
        _sorted(
            recent.select("debtor_id", "channel", "attempted_on", "reached", "attempt_id"), "debtor_id", "attempt_id"
        ),
        _sorted(portfolios, "portfolio_id"),
    )


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _sorted(table: ibis.Table, *ids: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.order_by(ids).to_pandas()
    return frame
