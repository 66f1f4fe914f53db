"""Pages and recommendations as bytes: copied from items that were told when they were published, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from recobro_data.store import Key, PlanRow, Store
from recobro_data.store.answers import Teller, told
from recobro_data.store.blocks import BlockPage
from recobro_data.store.marks import PlanMark
from recobro_data.store.packing import json_text
from recobro_data.store.ready import ready_answer, unpack_row
from recobro_serving.cursors import Cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.debtors import Debtors, answer_of_row
from recobro_serving.service.held import Held, HeldAnswers
from recobro_serving.service.listing import LATEST, Asked, Listing, filters_of, work_date_of
from recobro_serving.service.marks import About, Change, KnownMarks
from recobro_serving.service.questions import Pages, Question, Recommendations

Told = tuple[bytes, int]
#: Items as text in pieces, how many they are, and the rank behind which the next page begins, if there is one.
_Items = tuple[Sequence[bytes | memoryview], int, int | None]


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

    def answer(self, question: Question, named: str | None, change: Change = None) -> Held:
        """The page behind the cursor `named`, or the recommendation of the debtor of that name.

        Raises what `Listing.page` and `Debtors.recommendation` raise.
        """
        if isinstance(question, Pages):
            return self._answer_page(question, named, change)
        return self.recommendation(question.key, named or "", question.language, change)

    def page(self, asked: Asked, query: WorklistQuery, change: Change = None) -> Held:
        """One page of items, in rank order; raises what `Listing.page` raises."""
        return self._answer_page(Pages(asked, query), query.cursor, change)

    def recommendation(self, key: Key, debtor_id: str, language: str | None, change: Change = None) -> Held:
        """The item, or why the debtor is left alone; raises what `Debtors.recommendation` raises."""
        mark = self._marks.read(None, change)
        if mark is None:
            return Held(json_text(self._debtors.recommendation(key, debtor_id, language)).encode(), 1)
        asked = Recommendations(key, language).kept_as(debtor_id)
        build = partial(self._recommendation, mark, key, debtor_id, language)
        return self._kept(asked, None, mark, build)

    def _answer_page(self, pages: Pages, named: str | None, change: Change) -> Held:
        cursor = pages.cursor(named)
        about = cursor.plan_id if cursor else work_date_of(pages.asked.day)
        mark = self._marks.read(about, change) if pages.query.changed_since is None else None
        # The listing says what is wrong.
        if mark is None or (cursor and not self._is_of_day(mark, pages.asked.day)):
            answer = self._listing.page(pages.asked, pages.paged(named))
            return Held(json_text(answer).encode(), len(answer["items"]))
        build = partial(self._page, mark, pages, cursor.after if cursor else 0)
        return self._kept(pages.kept_as(named), about, mark, build)

    def _kept(self, asked: Hashable, about: About, mark: PlanMark, build: Callable[[], Told]) -> Held:
        held = self._held.get(asked)
        if held is None or held.mark != mark:
            held = Held(*build(), about, mark)
            # A list that is asked for by its plan is read on, from page to page.
            self._held.keep(asked, held, in_passing=isinstance(about, str))
        return held

    def _is_of_day(self, mark: PlanMark, day: str) -> bool:
        return day in (LATEST, self._plan_in_state(mark).plan.work_date.isoformat())

    def _page(self, mark: PlanMark, pages: Pages, after: int) -> Told:
        plan, opening = self._plan_in_state(mark)
        pieces, n_items, next_rank = self._items(plan, pages, after)
        cursor = json.dumps(Cursor(plan.plan_id, next_rank).token(pages.binding) if next_rank is not None else None)
        # In one go: a page is an eighth of a megabyte, and each copy of it costs.
        return b"".join((opening, *pieces, f'],"next_cursor":{cursor}}}'.encode())), n_items

    def _items(self, plan: PlanRow, pages: Pages, after: int) -> _Items:
        limit, language = pages.query.limit, pages.asked.language
        tell = partial(self._told, language=language)
        ready = BlockPage(after, limit, language, tell)
        if pages.whole is not None and self._store.rows.block_page(plan, pages.whole, ready):
            return ready.pieces, ready.n_items, ready.last_rank
        found = self._store.rows.page(plan, pages.filters, after_rank=after, limit=limit + 1)
        page, more = found[:limit], found[limit:]
        return _between([tell(body) for _, body in page]), len(page), page[-1][0] if more else None

    def _recommendation(self, mark: PlanMark, key: Key, debtor_id: str, language: str | None) -> Told:
        body = self._store.rows.of_debtor(self._plan_in_state(mark).plan, debtor_id, filters_of(key))
        ready = ready_answer(body, language)
        return ready or json_text(answer_of_row(unpack_row(body), self._tell, language)).encode(), 1

    def _told(self, body: bytes, language: str | None) -> bytes:
        return ready_answer(body, language) or json_text(told(unpack_row(body), self._tell, language)).encode()


class _Opened(NamedTuple):
    """A plan, and what every page of it begins with."""

    plan: PlanRow
    opening: bytes


def _plan_reader(listing: Listing) -> Callable[[PlanMark], _Opened]:
    def plan_in_state(mark: PlanMark) -> _Opened:
        plan = listing.plan_of_id(mark.plan_id)
        head = json_text({name: getattr(plan, name) for name in ("plan_id", "work_date", "as_of")})
        return _Opened(plan, f'{head[:-1]},"items":['.encode())

    return plan_in_state


def _between(items: Sequence[bytes]) -> list[bytes]:
    """The items with commas between them."""
    pieces = [b","] * (2 * len(items) - 1) if items else []
    pieces[::2] = items
    return pieces
