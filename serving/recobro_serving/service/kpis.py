"""KPIs as the nightly run and the report measured them: the same figures, as far as a key sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from recobro_data.store import Key, Store
from recobro_data.store.figures import Figures
from recobro_serving.problems import Problem, ProblemError
from recobro_serving.schemas_kpis import KpiQuery

#: Parts of a scope that are by something; they are told where they are asked for.
_PARTS: Final = {"stage": "by_stage", "channel": "by_channel", "agent": "by_agent"}
_FIELDS: Final = {"stage": "stage", "channel": "channel", "agent": "agent_id"}


@dataclass(frozen=True)
class KpiDesk:
    """Answers `GET /v1/kpis`."""

    store: Store

    def kpis(self, key: Key, query: KpiQuery) -> dict[str, Any]:
        """The KPIs of the days asked for; of the last one measured where no day is named.

        Raises:
            ProblemError: 503 before anything was measured.
        """
        newest = self.store.kpis.newest()
        if newest is None:
            raise ProblemError(_NOTHING_YET)
        first, last = (newest, newest) if query.by == "month" else _span(query, newest)
        figures = self.store.kpis.between(first, last, portfolios=key.sees)
        chosen = [one for one in figures if _is_asked(one, key, query)]
        return {"by": query.by, "items": [row for one in chosen for row in _rows(one, query)]}


_NOTHING_YET: Final = Problem(
    status=503,
    name="no-kpis",
    title="No KPIs have been measured yet",
    detail="Expected measured KPIs, found none yet. Run `recobro plan`, or `recobro report`.",
)


def _span(query: KpiQuery, newest: date) -> tuple[date, date]:
    if query.first is None:
        day = query.last or newest
        return (day, day)
    return query.first, query.last or date.max


def _is_asked(figures: Figures, key: Key, query: KpiQuery) -> bool:
    """One scope where all is seen and portfolios are not asked for, else every portfolio."""
    wants_all = key.sees is None and query.by != "portfolio"
    return (figures.portfolio_id is None) == wants_all


def _rows(figures: Figures, query: KpiQuery) -> Iterator[dict[str, Any]]:
    scope = figures.scope
    place = {
        "as_of": figures.as_of.isoformat(),
        "portfolio_id": figures.portfolio_id,
        "currency": scope.get("currency"),
    }
    if query.by == "month":
        yield from ({**place, **row} for row in scope.get("months", ()) if _is_month_asked(row, query))
    elif query.by in _PARTS:
        parts: Mapping[str, Any] = scope.get(_PARTS[query.by], {})
        yield from ({**place, _FIELDS[query.by]: name, **part} for name, part in parts.items())
    else:
        besides = {"months", *_PARTS.values()}
        yield {**place, **{name: value for name, value in scope.items() if name not in besides}}


def _is_month_asked(row: Mapping[str, Any], query: KpiQuery) -> bool:
    first, last = (f"{day:%Y-%m}" if day else None for day in (query.first, query.last))
    return (first is None or row["month"] >= first) and (last is None or row["month"] <= last)
