"""KPIs as they were measured, a row a day and portfolio: the API answers with the figures of the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Engine, delete, func, insert, select

from recobro_data.store.dialects import writing
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import KPIS

#: Stands for all portfolios together; no portfolio has an empty id.
ALL: Final = ""


@dataclass(frozen=True)
class Figures:
    """What was measured as of a day of one portfolio (None: of all); `scope` as `report.json` has it."""

    as_of: date
    portfolio_id: str | None
    scope: Mapping[str, Any]


class MeasuredKpis:
    """Keeps and reads KPIs."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def keep(self, as_of: date, kpis: Mapping[str, Any]) -> None:
        """Keeps the KPIs of a day (`data`, `all`, `portfolios`), in place of those that were kept of it before."""
        shared = {"as_of": as_of, "data": str(kpis["data"]), "measured_at": instant_text(self._now())}
        scopes = {ALL: kpis["all"], **kpis["portfolios"]}
        rows = [
            {**shared, "portfolio_id": name, "body": json.dumps(scope, ensure_ascii=False, allow_nan=False)}
            for name, scope in scopes.items()
        ]
        with writing(self._engine).begin() as connection:
            connection.execute(delete(KPIS).where(KPIS.c.as_of == as_of))
            connection.execute(insert(KPIS), rows)

    def newest(self) -> date | None:
        """The last day that was measured."""
        with self._engine.begin() as connection:
            found: date | None = connection.execute(select(func.max(KPIS.c.as_of))).scalar()
        return found

    def between(self, first: date, last: date, *, portfolios: Collection[str] | None = None) -> list[Figures]:
        """The figures of each day in [first, last], those of all first, then by portfolio.

        `portfolios` is what the reader may see; those of all are then not among them.
        """
        query = select(KPIS.c.as_of, KPIS.c.portfolio_id, KPIS.c.body).where(KPIS.c.as_of.between(first, last))
        if portfolios is not None:
            query = query.where(KPIS.c.portfolio_id.in_(sorted(portfolios)), KPIS.c.portfolio_id != ALL)
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(KPIS.c.as_of, KPIS.c.portfolio_id)).all()
        return [Figures(as_of, portfolio_id or None, json.loads(body)) for as_of, portfolio_id, body in rows]
