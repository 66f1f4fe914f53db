"""The store as the rest of recobro sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from recobro_data.store import first_rows, keys, publication, reading
from recobro_data.store.audit import AuditTrail, store_secret
from recobro_data.store.claims import Claims
from recobro_data.store.dialects import ChangeMark, await_readers, build_engine, writing
from recobro_data.store.events import Events
from recobro_data.store.figures import MeasuredKpis
from recobro_data.store.marks import StoredRows
from recobro_data.store.plans import EVERYTHING, ItemFilters, PlanRow, PublishedPlan
from recobro_data.store.records import Records
from recobro_data.store.revisions import migrate_to_head
from recobro_data.store.snapshots import SnapshotMark
from recobro_data.store.webhooks import Webhooks


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_store(url: str, *, now: Callable[[], datetime] = _utc_now) -> Store:
    """The store at that SQLAlchemy URL, made where it is missing and brought to the newest migration.

    Raises:
        ConfigurationError: a URL that is not one, a store that does not open, or one of a newer recobro.
    """
    engine = build_engine(url)
    try:
        migrate_to_head(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, now)


class Store:
    """Published plans and API keys. Build it with `open_store`; safe to share between threads.

    Every reading method answers from one transaction of its own.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = _utc_now) -> None:
        self._engine, self._now = engine, now
        self.webhooks, self.audit, self.changes = Webhooks(engine, now), AuditTrail(engine), ChangeMark(engine)
        self.rows, self.snapshots = StoredRows(engine), SnapshotMark(engine)
        self.events, self.claims, self.kpis = Events(engine, now), Claims(engine, now), MeasuredKpis(engine, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back every connection."""
        self.changes.close()
        self.rows.close()
        self.snapshots.close()
        self._engine.dispose()

    # -- plans -----------------------------------------------------------------------------------
    def publish_plan(self, plan: PublishedPlan) -> bool:
        """Writes the plan whole, in one transaction; it is then the current one of its work date.

        False, and nothing is changed, when that `plan_id` has been published before.

        Raises:
            UsageError: a row lacks a field of the contract, holds no plain value, or tells of a debtor twice.
        """
        is_new = publication.publish(self._engine, plan, self._now)
        await_readers(self._engine)
        return is_new

    def current_plan(self, work_date: date | None = None) -> PlanRow:
        """The newest published plan of that day; None: of the latest day that has one.

        Raises:
            NoPlanError: no plan has been published, or none for that day.
        """
        with self._engine.begin() as connection:
            return reading.current_plan(connection, work_date)

    def plan(self, plan_id: str) -> PlanRow:
        """The plan of that id, current or not.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            return reading.plan_of(connection, plan_id)

    def has_plans(self) -> bool:
        """Whether anything has been published yet."""
        with self._engine.begin() as connection:
            return reading.has_plans(connection)

    def items(
        self, plan_id: str, *, filters: ItemFilters = EVERYTHING, after_rank: int = 0, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Items behind that rank, in rank order; reasons are codes with numbers, `language` is the debtor's.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            plan = reading.plan_of(connection, plan_id)
            return reading.page_of_items(connection, plan, filters=filters, after_rank=after_rank, limit=limit)

    def left_alone(
        self, plan_id: str, *, filters: ItemFilters = EVERYTHING, after_position: int = 0, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Debtors left alone behind that position, in the plan's order, each with its own as `position`.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            plan = reading.plan_of(connection, plan_id)
            return reading.page_of_left_alone(
                connection, plan, filters=filters, after_position=after_position, limit=limit
            )

    def item_of(self, plan_id: str, debtor_id: str, *, filters: ItemFilters = EVERYTHING) -> dict[str, Any]:
        """The debtor's item, or the row that says why the debtor is left alone (it has `because`).

        Raises:
            NoPlanError: no such plan.
            UnknownDebtorError: the plan has no such debtor, or none in a portfolio that `filters` lets see.
        """
        with self._engine.begin() as connection:
            return reading.row_of_debtor(connection, reading.plan_of(connection, plan_id), debtor_id, filters)

    def scores_of(
        self, plan_id: str, debtor_id: str, *, filters: ItemFilters = EVERYTHING
    ) -> tuple[str, dict[str, Any]]:
        """The debtor's portfolio, and the payload of scores as it was published.

        Raises:
            NoPlanError: no such plan.
            UnknownDebtorError: as for `item_of`.
        """
        with self._engine.begin() as connection:
            return reading.scores_of_debtor(connection, reading.plan_of(connection, plan_id), debtor_id, filters)

    def counts_of(self, plan_id: str, *, filters: ItemFilters = EVERYTHING) -> dict[str, int]:
        """`n_items` and `n_left_alone` of the plan, as far as the portfolios of `filters` reach.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            return reading.counts_by_portfolio(connection, reading.plan_of(connection, plan_id), filters)

    def plans_between(self, first: date, end: date) -> list[PlanRow]:
        """The newest published plan of each work date in [first, end), in order of the days."""
        with self._engine.begin() as connection:
            return first_rows.plans_between(connection, first, end)

    def first_rows(
        self, plans: Sequence[PlanRow], *, besides: Collection[str], fields: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Each debtor's row in the first of these plans that has it otherwise than left alone for one of `besides`.

        One row a debtor by debtor_id, with `fields` of an item or of a debtor left alone; None where it has none.
        """
        with self._engine.begin() as connection:
            return first_rows.first_rows(connection, plans, besides=besides, fields=fields)

    @property
    def records(self) -> Records:
        """What plans were made from."""
        return Records(self._engine)

    def secret(self, name: str) -> str:
        """A random text of that name, which stays the same as long as the store does."""
        return store_secret(self._engine, name)

    # -- keys ------------------------------------------------------------------------------------
    def add_key(
        self,
        name: str,
        scopes: Iterable[str],
        portfolios: Iterable[str],
        *,
        expires_at: datetime | None = None,
        rate_per_minute: int | None = None,
    ) -> str:
        """Adds an API key and gives the whole of it, for the only time.

        Raises:
            UsageError: no name, an unknown scope, no portfolio, an end that is past, or no call a minute.
        """
        new = keys.NewKey(
            name=name, scopes=scopes, portfolios=portfolios, expires_at=expires_at, rate_per_minute=rate_per_minute
        )
        with writing(self._engine).begin() as connection:
            return keys.insert_key(connection, new, self._now())

    def rotate_key(self, key_id: str, overlap: timedelta) -> str:
        """Gives a key another secret and the whole of it, for the only time; the former is valid for `overlap` more.

        Raises:
            UsageError: no key of that id, or one that has ended.
        """
        with writing(self._engine).begin() as connection:
            secret = keys.give_new_secret(connection, key_id, now=self._now(), overlap=overlap)
        await_readers(self._engine)
        return secret

    def list_keys(self) -> list[keys.Key]:
        """All keys without their secrets, revoked ones too, oldest first."""
        with self._engine.begin() as connection:
            return keys.load_keys(connection)

    def revoke_key(self, key_id: str) -> None:
        """Ends a key from now on.

        Raises:
            UsageError: no key of that id.
        """
        with writing(self._engine).begin() as connection:
            keys.mark_revoked(connection, key_id, self._now())
        await_readers(self._engine)

    def key_of(self, secret: str) -> keys.Key | None:
        """The key of that whole text; None where it is wrong, malformed, revoked or past its end."""
        with self._engine.begin() as connection:
            return keys.find_key(connection, secret, self._now())
