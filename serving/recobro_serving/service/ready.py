"""Pages and recommendations as bytes: copied from items that were told when they were published, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from recobro_data.store import Key, PlanRow, Store
from recobro_data.store.answers import Teller, told
from recobro_data.store.marks import PlanMark
from recobro_data.store.packing import json_text
from recobro_data.store.ready import ready_answer, unpack_row
from recobro_serving.cursors import Cursor, read_cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.debtors import Debtors, answer_of_row
from recobro_serving.service.held import Held, HeldAnswers
from recobro_serving.service.listing import LATEST, Asked, Listing, binding_of, filters_of, work_date_of
from recobro_serving.service.marks import About, Change, KnownMarks

Told = tuple[bytes, int]


class ReadyAnswers:
    """The same answers as `Listing.page` and `Debtors.recommendation`, as the bytes that are sent.

    `change` is the store's mark of changes, read before the call began to be answered; None: its database has none.
    """

    def __init__(self, store: Store, listing: Listing, debtors: Debtors, tell: Teller) -> None:
        self._store, self._listing, self._debtors, self._tell = store, listing, debtors, tell
        self._held, self._marks = HeldAnswers(), KnownMarks(store.rows)
        self._plan_in_state = lru_cache(maxsize=16)(_plan_reader(listing))

    def held(self, asked: Hashable, change: Change, is_local: bool = False) -> Held | None:
        """What was answered to that before, where its plan's list is in the same state.

        Only a store that is a file (`is_local`) is asked; of another the state has to be known.
        """
        held = self._held.get(asked)
        if held is None:
            return None
        marks = self._marks
        return held if held.mark == (marks.read if is_local else marks.known)(held.about, change) else None

    def page(self, asked: Asked, query: WorklistQuery, change: Change = None) -> Held:
        """One page of items, in rank order; raises what `Listing.page` raises."""
        about = _about_page(asked, query)
        mark = self._marks.read(about, change) if query.changed_since is None else None
        # The listing says what is wrong.
        if mark is None or (query.cursor and not self._is_of_day(mark, asked.day)):
            answer = self._listing.page(asked, query)
            return Held(json_text(answer).encode(), len(answer["items"]))
        return self._kept(page_key(asked, query), about, mark, lambda: self._page(mark, asked, query))

    def recommendation(self, key: Key, debtor_id: str, language: str | None, change: Change = None) -> Held:
        """The item, or why the debtor is left alone; raises what `Debtors.recommendation` raises."""
        mark = self._marks.read(None, change)
        if mark is None:
            return Held(json_text(self._debtors.recommendation(key, debtor_id, language)).encode(), 1)
        asked = recommendation_key(key, debtor_id, language)
        return self._kept(asked, None, mark, lambda: self._recommendation(mark, key, debtor_id, language))

    def _kept(self, asked: Hashable, about: About, mark: PlanMark, build: Callable[[], Told]) -> Held:
        held = self._held.get(asked)
        if held is None or held.mark != mark:
            held = Held(*build(), about, mark)
            self._held.keep(asked, held)
        return held

    def _is_of_day(self, mark: PlanMark, day: str) -> bool:
        return day in (LATEST, self._plan_in_state(mark).work_date.isoformat())

    def _page(self, mark: PlanMark, asked: Asked, query: WorklistQuery) -> Told:
        plan, binding = self._plan_in_state(mark), binding_of("items", asked.key, query)
        after = read_cursor(query.cursor, binding).after if query.cursor else 0
        filters = filters_of(asked.key, query)
        found = self._store.rows.page(plan, filters, after_rank=after, limit=query.limit + 1)
        page, more = found[: query.limit], found[query.limit :]
        cursor = json.dumps(Cursor(plan.plan_id, page[-1][0]).token(binding) if more else None)
        head = json_text({name: getattr(plan, name) for name in ("plan_id", "work_date", "as_of")})
        items = [self._told(body, asked.language) for _, body in page]
        # In one go: a page is a quarter of a megabyte, and each copy of it costs.
        opened, ended = f'{head[:-1]},"items":['.encode(), f'],"next_cursor":{cursor}}}'.encode()
        return b"".join(_between(opened, items, ended)), len(page)

    def _recommendation(self, mark: PlanMark, key: Key, debtor_id: str, language: str | None) -> Told:
        body = self._store.rows.of_debtor(self._plan_in_state(mark), debtor_id, filters_of(key))
        ready = ready_answer(body, language)
        return ready or json_text(answer_of_row(unpack_row(body), self._tell, language)).encode(), 1

    def _told(self, body: bytes, language: str | None) -> bytes:
        return ready_answer(body, language) or json_text(told(unpack_row(body), self._tell, language)).encode()


def _plan_reader(listing: Listing) -> Callable[[PlanMark], PlanRow]:
    def plan_in_state(mark: PlanMark) -> PlanRow:
        return listing.plan_of_id(mark.plan_id)

    return plan_in_state


def _between(opened: bytes, items: Sequence[bytes], ended: bytes) -> list[bytes]:
    """The pieces of a list, with commas between its items."""
    pieces = [b","] * (2 * len(items) + 1)
    pieces[1::2] = items
    pieces[0], pieces[-1] = opened, ended if items else opened + ended
    return pieces


def page_key(asked: Asked, query: WorklistQuery) -> Hashable:
    """Under what a page is kept."""
    narrowed = (query.portfolio, query.channel, query.stage, query.from_hour, query.changed_since)
    return (asked.key.portfolios, asked.day, asked.language, *narrowed, query.limit, query.cursor)


def recommendation_key(key: Key, debtor_id: str, language: str | None) -> Hashable:
    """Under what a recommendation is kept."""
    return (key.sees, debtor_id, language)


def _about_page(asked: Asked, query: WorklistQuery) -> About:
    """Whose list the page is of."""
    if query.cursor is None:
        return work_date_of(asked.day)
    return read_cursor(query.cursor, binding_of("items", asked.key, query)).plan_id
