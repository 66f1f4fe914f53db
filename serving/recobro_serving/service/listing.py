"""Worklists: which plan a call is about, and its rows a page or a stream at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from recobro_data.errors import NoPlanError
from recobro_data.store import ITEM_FIELDS, ItemFilters, Key, PlanRow, Store
from recobro_data.store.answers import Teller, told
from recobro_data.store.exports import csv_chunks, ndjson_chunks, parquet_chunks
from recobro_data.store.exports_diallers import DIALLER_CHUNKS
from recobro_serving.calls import note_rows
from recobro_serving.cursors import Cursor, read_cursor
from recobro_serving.problems import invalid, not_found
from recobro_serving.schemas import ItemQuery, LeftAloneQuery, WorklistQuery

LATEST: Final = "latest"
_STREAM_PAGE: Final = 1000

Read = Callable[[str, ItemFilters, int, int], list[dict[str, Any]]]

_CHUNKS: Final[Mapping[str, Callable[..., Iterator[bytes]]]] = {
    "csv": csv_chunks,
    "ndjson": ndjson_chunks,
    "parquet": parquet_chunks,
}


@dataclass(frozen=True)
class Asked:
    """Who reads which day's list, and the language that was asked for (None: each debtor's own)."""

    key: Key
    day: str
    language: str | None = None


class Listing:
    """Pages and streams of published worklists, as far as a key sees."""

    def __init__(self, store: Store, tell: Teller) -> None:
        self._store, self._tell = store, tell

    def plan_of_day(self, day: str) -> PlanRow:
        """The current plan of that work date (`latest` or ISO).

        Raises:
            ProblemError: 422 for a day that is not one, 404 where other days have a plan but this one has not.
            NoPlanError: nothing has been published at all.
        """
        work_date = work_date_of(day)
        try:
            return self._store.current_plan(work_date)
        except NoPlanError as error:
            if work_date is None or not self._store.has_plans():
                raise NoPlanError("a published plan", "none yet", _FIRST_STEPS) from error
            raise not_found(str(error)) from error

    def plan_of_id(self, plan_id: str) -> PlanRow:
        """The plan of that id, current or not.

        Raises:
            ProblemError: 404 where there is none of that id.
            NoPlanError: nothing has been published at all.
        """
        try:
            return self._store.plan(plan_id)
        except NoPlanError as error:
            if not self._store.has_plans():
                raise NoPlanError("a published plan", "none yet", _FIRST_STEPS) from error
            raise not_found("Expected the id of a published plan, found another. Worklists name theirs.") from error

    def page(self, asked: Asked, query: WorklistQuery) -> dict[str, Any]:
        """One page of items, in rank order."""
        return self._page("items", asked, query)

    def left_alone_page(self, asked: Asked, query: LeftAloneQuery) -> dict[str, Any]:
        """One page of the debtors left alone."""
        return self._page("left-alone", asked, query)

    def export(self, asked: Asked, query: ItemQuery, form: str) -> tuple[PlanRow, Iterator[bytes]]:
        """The plan, and all its items that the query names as a stream of that format."""
        plan = self.plan_of_day(asked.day)
        if form in DIALLER_CHUNKS:
            calls = query.model_copy(update={"channel": query.channel or "call"})
            return plan, DIALLER_CHUNKS[form](self._stream(plan, asked, calls), plan.n_items)
        return plan, _CHUNKS[form](self._stream(plan, asked, query), ITEM_FIELDS)

    def _page(self, name: str, asked: Asked, query: WorklistQuery | LeftAloneQuery) -> dict[str, Any]:
        binding = binding_of(name, asked.key, query)
        plan, after = self._start(asked.day, query.cursor, binding)
        rows = self._rows(name, plan, filters_of(asked.key, query), after, query)
        page, more = rows[: query.limit], rows[query.limit :]
        last = page[-1]["rank" if name == "items" else "position"] if more else 0
        return {
            "plan_id": plan.plan_id,
            "work_date": plan.work_date.isoformat(),
            "as_of": plan.as_of.isoformat(),
            "items": [told(row, self._tell, asked.language) for row in page],
            "next_cursor": Cursor(plan.plan_id, last).token(binding) if more else None,
        }

    def _start(self, day: str, token: str | None, binding: str) -> tuple[PlanRow, int]:
        if token is None:
            return self.plan_of_day(day), 0
        cursor, work_date = read_cursor(token, binding), work_date_of(day)
        plan = self.plan_of_id(cursor.plan_id)
        if work_date not in (None, plan.work_date):
            raise invalid("Expected a next_cursor of this day's list, found another day's. Start again without cursor.")
        return plan, cursor.after

    def _rows(
        self, name: str, plan: PlanRow, filters: ItemFilters, after: int, query: WorklistQuery | LeftAloneQuery
    ) -> list[dict[str, Any]]:
        # One row more than the page tells whether there is a next one.
        limit = query.limit + 1
        if name == "items":
            return self._store.items(plan.plan_id, filters=filters, after_rank=after, limit=limit)
        return self._store.left_alone(plan.plan_id, filters=filters, after_position=after, limit=limit)

    def _stream(self, plan: PlanRow, asked: Asked, query: ItemQuery) -> Iterator[dict[str, Any]]:
        filters, after = filters_of(asked.key, query), 0
        while rows := self._store.items(plan.plan_id, filters=filters, after_rank=after, limit=_STREAM_PAGE):
            note_rows(len(rows))
            yield from (told(row, self._tell, asked.language) for row in rows)
            after = rows[-1]["rank"]


_FIRST_STEPS: Final = "Run `recobro nightly`, or `recobro ingest`, `recobro train` and `recobro plan` one by one."


def filters_of(key: Key, query: ItemQuery | LeftAloneQuery | None = None) -> ItemFilters:
    """What the key may see of what the query asks for."""
    names = ("portfolio", "channel", "stage", "from_hour", "because", "changed_since")
    asked: dict[str, Any] = {name: getattr(query, name, None) for name in names}
    return ItemFilters(portfolios=key.sees, **asked)


def work_date_of(day: str) -> date | None:
    """The work date that is asked for; None: the latest.

    Raises:
        ProblemError: 422 for a day that is not one.
    """
    if day == LATEST:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise invalid("Expected `latest` or a day as YYYY-MM-DD, found another text. Mend the address.") from error


def binding_of(name: str, key: Key, query: WorklistQuery | LeftAloneQuery) -> str:
    """What a cursor is bound to: the list, its filters, and what the key sees."""
    asked = query.model_dump(mode="json", exclude={"limit", "cursor"})
    seen: Sequence[str] = sorted(key.portfolios)
    return json.dumps([name, asked, seen], sort_keys=True)
