"""What each page shows, asked from the same services as the API: a page sees what its key sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recobro_data.store import Key, PlanRow
from recobro_data.vocabulary import CHANNELS, LEFT_ALONE, STAGES
from recobro_serving.schemas import LeftAloneQuery, WorklistQuery
from recobro_serving.schemas_kpis import KpiQuery
from recobro_serving.service.listing import LATEST, Asked
from recobro_serving.service.services import Services

#: Rows a page, as many as a person scrolls through.
PAGE_ROWS: Final = 50


#: What a supervisor looks at first, with its unit; rates with an interval know their own.
_KPIS: Final = (
    ("balance", "money"), ("dso_days", "days"), ("mean_days_to_pay", "days"), ("age_days_by_amount", "days"),
    ("past_due_share_by_amount", "share"), ("collection_effectiveness_index", "share"), ("recovery_rate", "share"),
    ("cure_rate", "share"), ("worked_share", "share"), ("attempts_per_debtor_worked", "count"),
    ("contact_rate", "share"), ("right_party_contact_rate", "share"), ("promise_rate", "share"),
    ("kept_promise_rate", "share"), ("cost_per_unit_recovered", "ratio"),
)  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """Who looks, and in which language."""

    key: Key
    language: str


class Pages:
    """The views, each a mapping that its template reads."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def worklist(self, visit: Visit, query: WorklistQuery) -> dict[str, Any]:
        """The day's actions, a page of them."""
        page = self._services.listing.page(self._asked(visit), query)
        plan = self._services.listing.plan_of_id(page["plan_id"])
        return {
            **self._frame(visit, plan),
            "page": page,
            "asked": _named(query, "portfolio", "channel", "stage"),
            "choices": {"portfolio": _portfolios(visit.key, plan), "channel": CHANNELS, "stage": STAGES},
        }

    def left_alone(self, visit: Visit, query: LeftAloneQuery) -> dict[str, Any]:
        """Whom nobody contacts that day: how many for each reason, and a page of them."""
        page = self._services.listing.left_alone_page(self._asked(visit), query)
        plan = self._services.listing.plan_of_id(page["plan_id"])
        return {
            **self._frame(visit, plan),
            "page": page,
            "asked": _named(query, "portfolio", "stage", "because"),
            "choices": {"portfolio": _portfolios(visit.key, plan), "stage": STAGES, "because": LEFT_ALONE},
        }

    def debtor(self, visit: Visit, debtor_id: str) -> dict[str, Any]:
        """One debtor: what was decided and why, the payment curve, and when to be reached."""
        debtors = self._services.debtors
        plan = self._services.listing.plan_of_day(LATEST)
        times = debtors.contact_times(visit.key, debtor_id, None)
        return {
            **self._frame(visit, plan),
            "debtor_id": debtor_id,
            "row": debtors.recommendation(visit.key, debtor_id, visit.language),
            "risk": debtors.risk(visit.key, debtor_id, visit.language),
            "times": times,
            "weeks": dict(_weeks(times["slots"])),
            "most": max((slot["p_reach"] for slot in times["slots"]), default=0.0),
        }

    def plan(self, visit: Visit) -> dict[str, Any]:
        """What the plan was made of and what it reached."""
        plan = self._services.listing.plan_of_day(LATEST)
        answer = self._services.plans.plan(visit.key, plan.plan_id)
        return {**self._frame(visit, plan), "answer": answer, "summary": answer["summary"]}

    def kpis(self, visit: Visit) -> dict[str, Any]:
        """The KPIs of the last day that was measured: of all where the key sees all, and of each portfolio."""
        asked = self._services.kpis.kpis
        parts = asked(visit.key, KpiQuery(by="portfolio"))["items"]
        whole = asked(visit.key, KpiQuery())["items"] if visit.key.sees is None else []
        columns = [*whole, *parts]
        months = asked(visit.key, KpiQuery(by="month"))["items"]
        as_of = columns[0]["as_of"] if columns else self._services.listing.plan_of_day(LATEST).as_of.isoformat()
        return {"as_of": as_of, "columns": columns, "months": months, "shown": _KPIS}

    def _asked(self, visit: Visit) -> Asked:
        return Asked(visit.key, LATEST, visit.language)

    def _frame(self, visit: Visit, plan: PlanRow) -> dict[str, Any]:
        """What every page shows of the plan."""
        return {
            "work_date": plan.work_date.isoformat(),
            "plan_id": plan.plan_id,
            "key_name": visit.key.name,
            "totals": _totals(visit.key, plan),
        }


def _named(query: WorklistQuery | LeftAloneQuery, *names: str) -> dict[str, str]:
    """The filters that were given."""
    return {name: value for name in names if (value := getattr(query, name)) is not None}


def _portfolios(key: Key, plan: PlanRow) -> Sequence[str]:
    known = plan.summary.get("portfolios", {})
    return sorted(known if key.sees is None else key.sees)


def _totals(key: Key, plan: PlanRow) -> dict[str, Any]:
    """The day's counts, as the plan reported them, over the portfolios that the key sees."""
    parts: Mapping[str, Mapping[str, Any]] = plan.summary.get("portfolios", {})
    own = [part for name, part in parts.items() if key.sees is None or name in key.sees]
    left_alone: Counter[str] = Counter()
    for part in own:
        left_alone.update(part.get("left_alone", {}))
    return {
        "items": sum(part.get("items", 0) for part in own),
        "left_alone": dict(left_alone.most_common()),
        "expected_value": sum(part.get("expected_value", 0.0) for part in own),
    }


def _weeks(slots: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[list[Mapping[str, Any]]]]]:
    """By channel the seven days of a week, each with its hours in order."""
    for channel in dict.fromkeys(slot["channel"] for slot in slots):
        own = [slot for slot in slots if slot["channel"] == channel]
        yield channel, [[slot for slot in own if slot["weekday"] == weekday] for weekday in range(1, 8)]
