"""The sums of attempts that KPIs are made of: by channel and hour, by agent, and by the stage the debtor was in.

Every frame has `portfolio_id` and `currency`, as those of `kpi_sums`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import ibis
from ibis import _

from recobro_data.books import Books
from recobro_data.books.balances import stage_of
from recobro_data.settings import Stages

PLACE: Final = ("portfolio_id", "currency")
#: Days that rates of contact look back, and days that slower measures look back.
RECENT_DAYS: Final = 30
LONG_DAYS: Final = 90
#: Outcomes in which the debtor, and nobody else, answered a call or opened the door.
RIGHT_PARTY: Final = ("right_party", "promise", "refusal", "opt_out")


def sum_attempts(now: Books, costs: Mapping[str, float]) -> ibis.Table:
    """Attempts of the last `LONG_DAYS` by channel, kind of debtor, local weekday (Monday 0) and hour, and whether
    `RECENT_DAYS` old."""
    recent, long = (now.as_of - timedelta(days=days) for days in (RECENT_DAYS, LONG_DAYS))
    debtors = places_of(now).inner_join(now.known.debtors.select("debtor_id", "kind"), "debtor_id")
    rows = now.known.attempts.filter(_.attempted_on >= long).inner_join(debtors, "debtor_id")
    placed = _with_cost(rows, costs).mutate(
        is_recent=_.attempted_on >= recent, weekday=_.attempted_local.day_of_week.index(), hour=_.attempted_local.hour()
    )
    return placed.group_by([*PLACE, "channel", "kind", "weekday", "hour", "is_recent"]).agg(**_outcomes())


def sum_agents(now: Books, costs: Mapping[str, float]) -> ibis.Table:
    """Attempts of the last `RECENT_DAYS` by agent, where one is named, and the debtors tried."""
    rows = now.known.attempts.filter(_.attempted_on >= now.as_of - timedelta(days=RECENT_DAYS))
    rows = rows.filter(_.agent_id.notnull()).inner_join(places_of(now), "debtor_id")
    tried = _with_cost(rows, costs).group_by([*PLACE, "agent_id"])
    return tried.agg(n_debtors=_.debtor_id.nunique(), **_outcomes())


def sum_worked_stages(now: Books, costs: Mapping[str, float], stages: Stages) -> ibis.Table:
    """Attempts of the last `RECENT_DAYS` by the stage that the debtor was in when the day of the attempt began.

    A charge counts as owed then if it was issued before that day and neither paid off nor cancelled by its start; of
    debtors who owed nothing then no stage is known, and their attempts are left out.
    """
    rows = now.known.attempts.filter(_.attempted_on >= now.as_of - timedelta(days=RECENT_DAYS))
    charges = now.charges.select("debtor_id", "issued_on", "due_on", "paid_off_on", "cancelled_on")
    owed = rows.select("attempt_id", "debtor_id", "attempted_on").inner_join(charges, "debtor_id").filter(
        (_.issued_on < _.attempted_on)
        & (_.paid_off_on.isnull() | (_.paid_off_on >= _.attempted_on))
        & (_.cancelled_on.isnull() | (_.cancelled_on >= _.attempted_on))
    )  # fmt: skip
    late = owed.group_by("attempt_id").agg(days=_.attempted_on.delta(_.due_on, unit="day").max())
    staged = rows.inner_join(late, "attempt_id").mutate(stage=stage_of(_.days, stages)).inner_join(
        places_of(now), "debtor_id"
    )  # fmt: skip
    return _with_cost(staged, costs).group_by([*PLACE, "stage"]).agg(**_outcomes())


def _with_cost(attempts: ibis.Table, costs: Mapping[str, float]) -> ibis.Table:
    """The attempts with `paid`: their own cost, else that of their channel."""
    usual = ibis.cases(*((attempts.channel == name, cost) for name, cost in costs.items()), else_=0.0)
    return attempts.mutate(paid=ibis.coalesce(attempts.cost.cast("float64"), usual))


def _outcomes() -> dict[str, Any]:
    """What came of attempts that have `paid`, what each cost."""
    return {
        "n": _.count(),
        "n_reached": _.count(where=_.reached),
        "n_right_party": _.count(where=_.outcome.isin(RIGHT_PARTY)),
        "n_answered": _.count(where=_.outcome.isin((*RIGHT_PARTY, "wrong_party"))),
        "n_promised": _.count(where=_.outcome == "promise"),
        "cost": _.paid.sum(),
    }


def places_of(books: Books) -> ibis.Table:
    """The portfolio and currency of every debtor."""
    currency = books.charges.group_by("debtor_id").agg(currency=_.currency.min())
    debtors = books.known.debtors.select("debtor_id", "portfolio_id").left_join(currency, "debtor_id")
    return debtors.drop("debtor_id_right").mutate(currency=_.currency.fill_null(""))
