"""Pages and recommendations as bytes: copied from items that were told when they were published, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from datetime import date
from functools import lru_cache
from typing import Final

from recobro_data.store import Key, PlanRow, Store
from recobro_data.store.answers import Teller, told
from recobro_data.store.marks import PlanMark
from recobro_data.store.packing import json_text
from recobro_data.store.ready import ready_answer, unpack_row
from recobro_serving.cursors import Cursor, read_cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.debtors import Debtors, answer_of_row
from recobro_serving.service.held import Change, Held, HeldAnswers
from recobro_serving.service.listing import LATEST, Asked, Listing, binding_of, filters_of, work_date_of

Told = tuple[bytes, int]
#: Answers that rest on no plan's state are not kept.
_NO_STATE: Final = PlanMark(0, "", 0, 0, None)


class ReadyAnswers:
    """The same answers as `Listing.page` and `Debtors.recommendation`, as the bytes that are sent.

    `change` is the store's mark of changes, read before the call began to be answered; None: its database has none.
    """

    def __init__(self, store: Store, listing: Listing, debtors: Debtors, tell: Teller) -> None:
        self._store, self._listing, self._debtors, self._tell = store, listing, debtors, tell
        self._held = HeldAnswers()
        self._last_mark: tuple[tuple[date | None, Change] | None, PlanMark | None] = (None, None)
        self._plan_in_state = lru_cache(maxsize=16)(_plan_reader(listing))

    def held_page(self, asked: Asked, query: WorklistQuery, change: Change) -> Held | None:
        """The page, if nothing was committed since it was read; asks nobody."""
        return self._held.unchanged(_page_key(asked, query), change)

    def held_recommendation(self, key: Key, debtor_id: str, language: str | None, change: Change) -> Held | None:
        """The recommendation, if nothing was committed since it was read; asks nobody."""
        return self._held.unchanged((key.sees, debtor_id, language), change)

    def page(self, asked: Asked, query: WorklistQuery, change: Change = None) -> Held:
        """One page of items, in rank order; raises what `Listing.page` raises."""
        mark = self._mark(asked, query, change) if query.changed_since is None else None
        if mark is None:
            answer = self._listing.page(asked, query)
            return Held(json_text(answer).encode(), len(answer["items"]), _NO_STATE, None)
        return self._kept(_page_key(asked, query), mark, change, lambda: self._page(mark, asked, query))

    def recommendation(self, key: Key, debtor_id: str, language: str | None, change: Change = None) -> Held:
        """The item, or why the debtor is left alone; raises what `Debtors.recommendation` raises."""
        mark = self._mark_of_day(None, change)
        if mark is None:
            return Held(json_text(self._debtors.recommendation(key, debtor_id, language)).encode(), 1, _NO_STATE, None)
        asked = (key.sees, debtor_id, language)
        return self._kept(asked, mark, change, lambda: self._recommendation(mark, key, debtor_id, language))

    def _kept(self, asked: Hashable, mark: PlanMark, change: Change, build: Callable[[], Told]) -> Held:
        held = self._held.of_mark(asked, mark, change)
        if held is None:
            held = Held(*build(), mark, change)
            self._held.keep(asked, held)
        return held

    def _mark_of_day(self, work_date: date | None, change: Change) -> PlanMark | None:
        known, mark = self._last_mark
        if change is None or known != (work_date, change):
            mark = self._store.rows.mark_of_day(work_date)
            self._last_mark = ((work_date, change), mark)
        return mark

    def _mark(self, asked: Asked, query: WorklistQuery, change: Change) -> PlanMark | None:
        """The state of the plan that is asked for; None where the listing has to say what is wrong."""
        if query.cursor is None:
            return self._mark_of_day(work_date_of(asked.day), change)
        cursor = read_cursor(query.cursor, binding_of("items", asked.key, query))
        known, mark = self._last_mark
        if change is None or not known or known[1] != change or not mark or mark.plan_id != cursor.plan_id:
            mark = self._store.rows.mark_of_plan(cursor.plan_id)
        return mark if mark and asked.day in (LATEST, self._plan_in_state(mark).work_date.isoformat()) else None

    def _page(self, mark: PlanMark, asked: Asked, query: WorklistQuery) -> Told:
        plan, binding = self._plan_in_state(mark), binding_of("items", asked.key, query)
        after = read_cursor(query.cursor, binding).after if query.cursor else 0
        filters = filters_of(asked.key, query)
        found = self._store.rows.page(plan, filters, after_rank=after, limit=query.limit + 1)
        page, more = found[: query.limit], found[query.limit :]
        cursor = json.dumps(Cursor(plan.plan_id, page[-1][0]).token(binding) if more else None)
        items = ",".join([self._told(body, asked.language) for _, body in page])
        head = json_text({name: getattr(plan, name) for name in ("plan_id", "work_date", "as_of")})
        return f'{head[:-1]},"items":[{items}],"next_cursor":{cursor}}}'.encode(), len(page)

    def _recommendation(self, mark: PlanMark, key: Key, debtor_id: str, language: str | None) -> Told:
        body = self._store.rows.of_debtor(self._plan_in_state(mark), debtor_id, filters_of(key))
        ready = ready_answer(body, language)
        return (ready or json_text(answer_of_row(unpack_row(body), self._tell, language))).encode(), 1

    def _told(self, body: str, language: str | None) -> str:
        return ready_answer(body, language) or json_text(told(unpack_row(body), self._tell, language))


def _plan_reader(listing: Listing) -> Callable[[PlanMark], PlanRow]:
    def plan_in_state(mark: PlanMark) -> PlanRow:
        return listing.plan_of_id(mark.plan_id)

    return plan_in_state


def _page_key(asked: Asked, query: WorklistQuery) -> Hashable:
    narrowed = (query.portfolio, query.channel, query.stage, query.from_hour, query.changed_since)
    return (asked.key.portfolios, asked.day, asked.language, *narrowed, query.limit, query.cursor)
