"""What limited a plan: capacity used and its price by channel, team, zone and budget; minimum shares, duties, rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.allocation import UNLIMITED
from recobro_models.decision.capacity import Floats, Ints, Resource
from recobro_models.decision.lawful import HOURS, N_SLOTS
from recobro_models.decision.prices import Market
from recobro_models.decision.rule_costs import rule_costs
from recobro_models.decision.worklist import Scored
from recobro_pipelines.plan_words import REMARKS


def tell_limits(scored: Scored, settings: Settings) -> dict[str, Any]:
    """What limited the plan.

    | key | what |
    |---|---|
    | capacity | by channel: attempts used, limits, and what one more attempt a day or an hour would bring |
    | teams | by team: agent-hours there are and used, and what one more of each hour would bring; in the day
    (`shadow_price`) where some attempts take longer than an hour |
    | zones | by channel and region: attempts used, limit, what one more would bring |
    | budgets | of the day (`all`) and of portfolios: money used, limit, what one unit more would bring |
    | min_shares | by portfolio: share demanded and reached, what it costs at most, and whether chance misses it |
    | duties | contacts that the law demands: due, met, not met by rule, and what they cost at the day's prices |
    | rule_costs | by rule: debtors it stops, and what lifting it alone would bring at most (`rule_costs`) |
    | remarks | limits that contradict or that nobody can use, a sentence each |
    """
    uses = list(_uses(scored))
    return {
        "capacity": _by_channel(scored, uses),
        "teams": _by_team(uses),
        "zones": _by_zone(uses),
        "budgets": {use.of.name or "all": use.told("per_day") for use in uses if use.of.kind == "budget"},
        "min_shares": _min_shares(scored, uses),
        "duties": _duties(scored),
        "rule_costs": {
            rule: {"debtors": one.debtors, "cost": round(one.cost, 2)}
            for rule, one in rule_costs(scored, settings).items()
        },
        "remarks": list(_remarks(scored, settings)),
    }


@dataclass(frozen=True)
class _Use:
    """A resource: its limit in units that people count (None: no limit), what is used, what one more would bring."""

    of: Resource
    limit: float | None
    used: float
    price: float
    min_share: float

    def told(self, limit: str) -> dict[str, Any]:
        return {
            limit: None if self.limit is None else round(self.limit, 2), "used": round(self.used, 2),
            "shadow_price": round(self.price, 4),
        }  # fmt: skip


def _uses(scored: Scored) -> Iterator[_Use]:
    decision, plan = scored.decision, scored.decision.allocation
    used = plan.capacity.used_by(decision.choice, decision.way)
    for at, one in enumerate(plan.capacity.resources):
        limit = None if plan.capacity.limit[at] >= UNLIMITED else float(plan.capacity.limit[at] / one.unit)
        yield _Use(one, limit, float(used[at] / one.unit), float(plan.price[at] * one.unit), plan.capacity.floors[at])


def _by_channel(scored: Scored, uses: list[_Use]) -> dict[str, Mapping[str, Any]]:
    chosen = scored.decision.choice[scored.decision.choice >= 0]
    used = np.bincount(chosen, minlength=N_SLOTS).reshape(len(CHANNELS), HOURS)
    days = {use.of.name: use for use in uses if use.of.kind == "day"}
    found: dict[str, Mapping[str, Any]] = {}
    for place, channel in enumerate(CHANNELS):
        hours = [use for use in uses if use.of.kind == "hour" and use.of.name == channel]
        day, most = days[channel], hours[0].limit
        if used[place].sum() or day.limit:
            found[channel] = {
                "used": int(used[place].sum()),
                "per_day": None if day.limit is None else int(day.limit),
                "per_hour": None if most is None else int(most),
                "used_by_hour": {str(hour): int(used[place, hour]) for hour in np.flatnonzero(used[place])},
                "shadow_price": round(day.price, 4),
                "shadow_price_by_hour": {use.of.at: round(use.price, 4) for use in hours if use.price > 0},
            }
    return found


def _by_team(uses: list[_Use]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dict.fromkeys(use.of.name for use in uses if use.of.kind == "team"):
        hours = [use for use in uses if use.of.kind == "team" and use.of.name == name]
        day = next((use for use in uses if use.of.kind == "team_day" and use.of.name == name), None)
        found[name] = {
            "agent_hours": round(sum(use.limit or 0.0 for use in hours), 2),
            "used": round(sum(use.used for use in hours) if day is None else day.used, 2),
            "used_by_hour": {use.of.at: round(use.used, 2) for use in hours if use.used},
            "shadow_price": 0.0 if day is None else round(day.price, 4),
            "shadow_price_by_hour": {use.of.at: round(use.price, 4) for use in hours if use.price > 0},
        }
    return found


def _by_zone(uses: list[_Use]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for use in uses:
        if use.of.kind == "zone" and (use.used or use.limit):
            found.setdefault(use.of.name, {})[use.of.at] = use.told("per_day")
    return found


def _min_shares(scored: Scored, uses: list[_Use]) -> dict[str, Any]:
    """The cost is the price of one attempt less demanded, times those demanded: what is lost is that at most.

    `missed_by_chance`: the best plan keeps the share, and what is drawn or left out at random does not."""
    plan, n = scored.decision.allocation, int((scored.decision.choice >= 0).sum())
    best, found = int((plan.choice >= 0).sum()), {}
    for at, use in enumerate(uses):
        if use.of.kind == "share":
            is_kept = -plan.used[at] / use.of.unit >= use.min_share * best
            found[use.of.name] = {
                "min_share": use.min_share, "share": round(-use.used / n, 6) if n else None,
                "missed_by_chance": bool(n and is_kept and -use.used < use.min_share * n),
                "shadow_price": round(use.price, 4), "cost": round(use.price * use.min_share * best, 2),
            }  # fmt: skip
    return found


def _duties(scored: Scored) -> dict[str, Any]:
    rules, decision = scored.eligibility.duty_rule, scored.decision
    due = [at for at, rule in enumerate(rules) if rule is not None]
    unmet = Counter(str(rules[at]) for at in due if decision.choice[at] < 0)
    met = np.array([at for at in due if decision.choice[at] >= 0], np.int64)
    return {
        "due": len(due), "met": len(met), "unmet": dict(sorted(unmet.items())),
        "cost": round(float(_given_up(scored, met).sum()), 2),
    }  # fmt: skip


def _given_up(scored: Scored, rows: Ints) -> Floats:
    """What serving those debtors takes from others at the day's prices beyond what it brings; not below nothing."""
    plan = scored.decision.allocation
    worth = scored.priority.reshape(len(scored.debtors), N_SLOTS)
    group = plan.capacity.groups_of(len(worth))
    table, _ = Market(worth, plan.capacity, group).tables(plan.price)
    choice = scored.decision.choice[rows]
    found: Floats = np.maximum(table[group[rows], choice] - worth[rows, choice], 0.0)
    return found


def _remarks(scored: Scored, settings: Settings) -> Iterator[str]:
    capacity = scored.decision.allocation.capacity
    open_ = scored.eligibility.allowed
    if not (capacity.by_channel.astype(bool) & capacity.by_slot.any(axis=1)).any():
        yield _remark("no_capacity")
    for place, channel in enumerate(CHANNELS):
        day, hours = capacity.by_channel[place], capacity.by_slot[place]
        limited = 0 < min(day, hours.max()) < UNLIMITED
        if limited and len(scored.debtors) and not open_[:, place].any():
            yield _remark("nobody", channel)
        elif open_[:, place].any() and not capacity.is_way[:, place * HOURS : (place + 1) * HOURS].any():
            yield _remark("no_team", channel)
    known = set(scored.debtors["portfolio_id"])
    for name in settings.portfolios:
        if name not in known:
            yield _remark("no_portfolio", name)
    for name, team in settings.teams.items():
        if team.agents == 0:
            yield _remark("no_agents", name)


def _remark(code: str, of: str = "") -> str:
    """In English: the summary is for programs, and pages tell it in other words."""
    return REMARKS[code][-1].format(of=of)
