"""Claims: the next items for an agent, leased so that no two agents hold the same one.

A claim takes items in rank order whose window is open now (of another day's list: any), that nobody holds, and whose
debtor was not tried today. Where events took items of a channel off before anybody tried them, those who waited for
capacity of that channel take their place, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Select, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from recobro_data.store.dialects import await_readers, hold_day_lock, writing
from recobro_data.store.live import refresh_live
from recobro_data.store.live_reading import seen
from recobro_data.store.live_state import NO_CAPACITY
from recobro_data.store.packing import instant_text
from recobro_data.store.plans import EVERYTHING, ItemFilters, PlanRow
from recobro_data.store.reading import plan_of
from recobro_data.store.ready import unpack_row
from recobro_data.store.schema import ITEMS, LEASES, LIVE, RESERVES

#: Furthest that clocks on earth are from UTC.
_CLOCKS: Final = (timedelta(hours=-12), timedelta(hours=14))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who claims how many items of which plan. `is_ahead`: windows of later today too."""

    plan_id: str
    agent_id: str
    key_id: str
    n: int
    lease: timedelta
    is_ahead: bool = False
    filters: ItemFilters = EVERYTHING


@dataclass(frozen=True)
class Leased:
    """An item and until when it is the agent's."""

    item: dict[str, Any]
    lease_until: datetime


class Claims:
    """The claims of a store. Safe to share between threads."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def claim(self, claim: Claim) -> list[Leased]:
        """The agent's open leases first, then the next items, at most `n` in all.

        Raises:
            NoPlanError: no such plan.
        """
        with self._engine.begin() as connection:
            # Outside the hours of a long list, looking for what is not there must not keep writers waiting.
            if not _Round(connection, plan_of(connection, claim.plan_id), claim, self._now()).has_any():
                return []
        with writing(self._engine).begin() as connection:
            hold_day_lock(connection)
            leased = _Round(connection, plan_of(connection, claim.plan_id), claim, self._now()).leased()
        await_readers(self._engine)
        return leased


def end_leases(connection: Connection, item_ids: Collection[str], at: str) -> None:
    """Ends the leases of items that have an outcome."""
    if item_ids:
        ended = update(LEASES).where(LEASES.c.item_id.in_(item_ids), LEASES.c.ended_at.is_(None))
        connection.execute(ended.values(ended_at=at))


@dataclass(frozen=True)
class _Round:
    """One claim in its transaction."""

    connection: Connection
    plan: PlanRow
    claim: Claim
    now: datetime

    def has_any(self) -> bool:
        """Whether there may be anything for the agent."""
        return bool(self._held() or self._free(1) or self._freed())

    def leased(self) -> list[Leased]:
        """What the agent gets."""
        held = [Leased(unpack_row(row.body), datetime.fromisoformat(row.lease_until)) for row in self._held()]
        missing = self.claim.n - len(held)
        taken = self._take(missing)
        missing -= len(taken)
        if missing > 0 and self._promote(missing):
            taken += self._take(missing)
        return held + taken

    @property
    def _at(self) -> str:
        return instant_text(self.now)

    def _held(self) -> list[Row[Any]]:
        own = and_(LEASES.c.agent_id == self.claim.agent_id, LEASES.c.key_id == self.claim.key_id)
        is_open = and_(LEASES.c.lease_until > self._at, LEASES.c.ended_at.is_(None))
        return self._first(self.claim.n, [query.where(own, is_open) for query, *_ in self._lists()])

    def _take(self, n: int) -> list[Leased]:
        until = self.now + self.claim.lease
        taken = [Leased(unpack_row(row.body), until) for row in self._free(n)]
        self._lease(taken)
        return taken

    def _free(self, n: int) -> list[Row[Any]]:
        """The next items that nobody holds and that are lawful now."""
        expired = and_(LEASES.c.lease_until <= self._at, LEASES.c.ended_at.is_(None))
        is_free = or_(LEASES.c.debtor_id.is_(None), expired)
        return self._first(n, [query.where(is_free, *self._lawful(*window)) for query, *window in self._lists()])

    def _first(self, n: int, queries: list[Select[Any]]) -> list[Row[Any]]:
        found: list[Row[Any]] = []
        for query in queries:
            if len(found) < n:
                found += self.connection.execute(query.limit(n - len(found)))
        return found

    def _lists(self) -> Iterator[tuple[Select[Any], ColumnElement[str], ColumnElement[str]]]:
        """Items on the list whom nobody tried, with their leases, by rank; those promoted come behind all others."""
        changed = and_(LIVE.c.plan_seq == ITEMS.c.plan_seq, LIVE.c.debtor_id == ITEMS.c.debtor_id)
        columns: list[ColumnElement[Any]] = [func.coalesce(LIVE.c[name], ITEMS.c[name]) for name in _LIVE_COLUMNS]
        channel, start, end, body = columns
        is_open = and_(ITEMS.c.plan_seq == self.plan.seq, or_(LIVE.c.is_worked.is_(None), ~LIVE.c.is_worked))
        query = select(ITEMS.c.rank, body.label("body"), LEASES.c.lease_until)
        query = query.select_from(ITEMS.outerjoin(LIVE, changed).outerjoin(LEASES, _leased_of(ITEMS)))
        query = query.where(is_open, LIVE.c.because.is_(None)).order_by(ITEMS.c.rank)
        yield self._asked(query, ITEMS.c.portfolio_id, channel), start, end
        channel, start, end, _ = (LIVE.c[name] for name in _LIVE_COLUMNS)
        query = select(LIVE.c.rank, LIVE.c.body, LEASES.c.lease_until)
        query = query.select_from(LIVE.outerjoin(LEASES, _leased_of(LIVE))).order_by(LIVE.c.rank)
        query = query.where(LIVE.c.plan_seq == self.plan.seq, LIVE.c.is_promoted, LIVE.c.because.is_(None))
        yield self._asked(query.where(~LIVE.c.is_worked), LIVE.c.portfolio_id, channel), start, end

    def _asked(self, query: Select[Any], portfolio_id: ColumnElement[str], channel: ColumnElement[str]) -> Select[Any]:
        wanted = self.claim.filters.channel
        query = seen(query, portfolio_id, self.claim.filters)
        return query if wanted is None else query.where(channel == wanted)

    def _lawful(self, start: ColumnElement[str], end: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """Of today's list only windows that are open now, or open later where that was asked for."""
        days = [(self.now.astimezone(UTC) + clock).date() for clock in _CLOCKS]
        if not days[0] <= self.plan.work_date <= days[1]:
            return []
        return [end > self._at] if self.claim.is_ahead else [start <= self._at, end > self._at]

    def _lease(self, taken: list[Leased]) -> None:
        if not taken:
            return
        ids = [one.item["debtor_id"] for one in taken]
        former = delete(LEASES).where(LEASES.c.plan_seq == self.plan.seq, LEASES.c.debtor_id.in_(ids))
        self.connection.execute(former)
        who = {"plan_seq": self.plan.seq, "agent_id": self.claim.agent_id, "key_id": self.claim.key_id}
        rows = [
            {**who, **{name: one.item[name] for name in ("debtor_id", "item_id")}}
            | {"lease_until": instant_text(one.lease_until), "ended_at": None}
            for one in taken
        ]
        self.connection.execute(insert(LEASES), rows)

    def _promote(self, n: int) -> bool:
        """Puts those on the list who waited for capacity that came free; whether there were any."""
        chosen: list[str] = []
        for channel, n_free in sorted(self._freed().items()):
            chosen += self._waiting(channel, min(n - len(chosen), n_free))
        refresh_live(self.connection, self.plan, chosen, self.now, promoted=chosen)
        return bool(chosen)

    def _freed(self) -> dict[str, int]:
        """By channel how many items were taken off before anybody tried them, less those promoted for it."""
        # What was used for one who was promoted is gone, unless the debtor was taken off before anybody tried.
        frees = and_(LIVE.c.because.is_not(None), ~LIVE.c.is_worked)
        balance = func.sum(case((frees, 1), else_=0) - case((LIVE.c.is_promoted, 1), else_=0))
        query = select(LIVE.c.channel, balance).where(LIVE.c.plan_seq == self.plan.seq, LIVE.c.channel.is_not(None))
        query = query.where(or_(LIVE.c.was_item, LIVE.c.is_promoted)).group_by(LIVE.c.channel)
        wanted = self.claim.filters.channel
        free = {channel: int(n) for channel, n in self.connection.execute(query)}
        return {channel: n for channel, n in free.items() if n > 0 and wanted in (None, channel)}

    def _waiting(self, channel: str, n: int) -> list[str]:
        """The best of those who wait for that channel and can be contacted, by expected value, then debtor_id."""
        changed = and_(LIVE.c.plan_seq == RESERVES.c.plan_seq, LIVE.c.debtor_id == RESERVES.c.debtor_id)
        is_waiting = and_(LIVE.c.because == NO_CAPACITY, ~LIVE.c.is_worked, ~LIVE.c.is_promoted)
        query = select(RESERVES.c.debtor_id).select_from(RESERVES.outerjoin(LIVE, changed))
        query = query.where(RESERVES.c.plan_seq == self.plan.seq, RESERVES.c.channel == channel)
        query = query.where(or_(LIVE.c.debtor_id.is_(None), is_waiting))
        query = query.where(*self._lawful(RESERVES.c.window_start_at, RESERVES.c.window_end_at))
        query = seen(query, RESERVES.c.portfolio_id, self.claim.filters)
        best = query.order_by(RESERVES.c.expected_value.desc(), RESERVES.c.debtor_id).limit(max(n, 0))
        return list(self.connection.execute(best).scalars())


_LIVE_COLUMNS: Final = ("channel", "window_start_at", "window_end_at", "body")


def _leased_of(table: Any) -> ColumnElement[bool]:
    return and_(LEASES.c.plan_seq == table.c.plan_seq, LEASES.c.debtor_id == table.c.debtor_id)
