"""What a caller asks again and again with one word changed: the pages of a list, and debtor after debtor."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from recobro_data.store import ItemFilters, Key
from recobro_data.store.marks import Whole, whole_list
from recobro_serving.cursors import Cursor, read_cursor
from recobro_serving.schemas import WorklistQuery
from recobro_serving.service.listing import Asked, binding_of, filters_of

#: Items of a page that are read faster than a thread is woken up, where they need no search.
_SHORT = 100


@dataclass(frozen=True)
class Pages:
    """The pages of a list; which of them, the cursor says (None: the first). That of `query` does not count."""

    asked: Asked
    query: WorklistQuery

    @cached_property
    def binding(self) -> str:
        """What cursors of this list are bound to."""
        return binding_of("items", self.asked.key, self.query)

    @cached_property
    def filters(self) -> ItemFilters:
        """Which items are asked for, as far as the key sees."""
        return filters_of(self.asked.key, self.query)

    @cached_property
    def whole(self) -> Whole | None:
        """Which whole list it is that is read; None: items of it are searched for."""
        return whole_list(self.filters)

    @cached_property
    def is_short(self) -> bool:
        """Whether each page is a short stretch of a whole list."""
        return self.whole is not None and self.query.limit <= _SHORT

    def cursor(self, text: str | None) -> Cursor | None:
        """Where the page begins.

        Raises:
            ProblemError: 422 where it is damaged, or belongs to another list.
        """
        return read_cursor(text, self.binding) if text else None

    def paged(self, cursor: str | None) -> WorklistQuery:
        """The whole query for that page."""
        return self.query.model_copy(update={"cursor": cursor})

    def kept_as(self, cursor: str | None) -> Hashable:
        """Under what a page is kept."""
        return (*self._words, cursor)

    @cached_property
    def _words(self) -> tuple[Hashable, ...]:
        asked, query = self.asked, self.query
        narrowed = (query.portfolio, query.channel, query.stage, query.from_hour, query.changed_since)
        return (asked.key.portfolios, asked.day, asked.language, *narrowed, query.limit)


@dataclass(frozen=True)
class Recommendations:
    """Recommendations of any debtor that the key sees."""

    key: Key
    language: str | None
    #: One row, found by its key.
    is_short = True

    def kept_as(self, debtor_id: str | None) -> Hashable:
        """Under what the recommendation of a debtor is kept."""
        return (self.key.sees, debtor_id, self.language)


Question = Pages | Recommendations
