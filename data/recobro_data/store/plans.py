"""What is published, and what is read back of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from recobro_data.store.answers import Teller
from recobro_data.store.inputs import PlanInputs

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PublishedPlan:
    """A day's plan as the planner hands it over.

    | field | meaning |
    |---|---|
    | as_of, work_date | knowledge is frozen at the start of `as_of`; the actions are for `work_date` |
    | created_at | when it was computed (aware) |
    | policy, risk_model, contact_model, effect_model, rules | versions, so that the decision can be replayed |
    | summary | counts, capacity used, shadow prices, upper bound, gap; its `portfolios` entry, if there is one, maps a portfolio to its own figures |
    | items | worklist rows with every field of `ITEM_FIELDS`, and `language`; reasons as codes with numbers |
    | left_alone | rows with those fields that exist without an action, and `because`, `rule`, `until` |
    | scores | debtor_id, portfolio_id and the payload that /risk and /contact-times answer from |
    | positions | debtor_id, portfolio_id and what the debtor owes by charge: `zone`, `charges` (charge_id, account_id, days past due, unpaid cents, in dispute), `promise_due_cents` |
    | tell | turns reasons into words; where it is given, items are told when they are published and need no telling when they are read |
    | inputs | what it was made from, where it is to be made again |
    """  # noqa: E501

    plan_id: str
    as_of: date
    work_date: date
    created_at: datetime
    policy: str
    risk_model: str | None
    contact_model: str | None
    effect_model: str | None
    rules: str
    summary: Mapping[str, Any] = field(default_factory=dict)
    items: Iterable[Row] = ()
    left_alone: Iterable[Row] = ()
    scores: Iterable[tuple[str, str, Mapping[str, Any]]] = ()
    positions: Iterable[tuple[str, str, Mapping[str, Any]]] = ()
    tell: Teller | None = None
    inputs: PlanInputs | None = None


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A published plan without its rows; `published_at` is when readers could first see it (UTC)."""

    seq: int
    plan_id: str
    as_of: date
    work_date: date
    created_at: datetime
    published_at: datetime
    policy: str
    risk_model: str | None
    contact_model: str | None
    effect_model: str | None
    rules: str
    summary: Mapping[str, Any]
    n_items: int
    n_left_alone: int


@dataclass(frozen=True, kw_only=True)
class ItemFilters:
    """Which rows of a plan to read; None: all.

    `portfolios` is what the reader may see, `portfolio` what was asked for; `from_hour` is the earliest local hour of
    `window_start`; `changed_since` keeps what was published or changed by an event after that instant. `as_published`
    reads the plan without the events of the day.
    """

    portfolios: frozenset[str] | None = None
    portfolio: str | None = None
    channel: str | None = None
    stage: str | None = None
    from_hour: int | None = None
    because: str | None = None
    changed_since: datetime | None = None
    as_published: bool = False


EVERYTHING = ItemFilters()
