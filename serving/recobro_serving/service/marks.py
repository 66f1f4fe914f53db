"""In which state plans are, asked once for all calls between two changes of the store."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from types import MappingProxyType

from recobro_data.store.marks import PlanMark, StoredRows

#: The store's mark of changes: another one after each commit; None where its database has none.
Change = Hashable | None
#: Whose state is asked for: a work date's newest plan, the latest day's (None), or the plan of an id.
About = date | str | None


class KnownMarks:
    """Marks of plans as they were found after one change of the store. Safe to share between threads."""

    def __init__(self, rows: StoredRows) -> None:
        self._rows = rows
        self._found: tuple[Change, Mapping[About, PlanMark]] = (None, MappingProxyType({}))

    def known(self, about: About, change: Change) -> PlanMark | None:
        """The mark, where it was read since that change; asks nobody."""
        at, marks = self._found
        return marks.get(about) if change is not None and at == change else None

    def read(self, about: About, change: Change) -> PlanMark | None:
        """The mark now; None where there is no such plan. `change` was read before the call began to be answered."""
        at, marks = self._found
        marks = marks if change is not None and at == change else {}
        mark = marks.get(about) or next((one for one in marks.values() if one.plan_id == about), None)
        if mark is None:
            mark = self._rows.mark_of_plan(about) if isinstance(about, str) else self._rows.mark_of_day(about)
        if mark is not None and change is not None:
            # Replaced whole, so that whoever reads it beside sees one state or the other.
            self._found = (change, {**marks, about: mark})
        return mark
