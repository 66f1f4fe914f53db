"""What-if: what a plan would come to with other capacities, costs or shares of chance, without publishing it.

From prices, at once: a plan's prices are a solution of the dual problem, so with other capacities they bound from above
what any plan could bring (the value is concave in the capacities), and one attempt more brings at most its price. What
is told is that first step; it holds for small changes and flatters large ones. `simulation_exact` shares the plan's
options out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from recobro_data.errors import UsageError
from recobro_data.settings import Settings
from recobro_models.decision.changes import changed_keys

#: Not from where options are built: the process that answers what-ifs imports no pandas.
_HOURS_OF_A_DAY: Final = 24


@dataclass(frozen=True)
class Simulation:
    """What a plan would come to.

    how: `prices` or `exact`.
    changes: by key, the value before and after; None: no limit.
    before, after: expected value of the day's actions, in the money that the decision is made in.
    at_least, at_most: what `after` lies between for sure; None where nothing is known.
    channels: by channel what it is used for before and after (`exact` alone).
    remarks: what the figures do not tell.
    """

    how: str
    changes: Mapping[str, tuple[Any, Any]]
    before: float
    after: float
    at_least: float | None = None
    at_most: float | None = None
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        changes = {key: {"before": old, "after": new} for key, (old, new) in self.changes.items()}
        return {
            "how": self.how, "changes": changes, "value_before": _money(self.before), "value_after": _money(self.after),
            "difference": _money(self.after - self.before), "at_least": _money(self.at_least),
            "at_most": _money(self.at_most), "channels": {name: dict(told) for name, told in self.channels.items()},
            "remarks": list(self.remarks),
        }  # fmt: skip


def simulate_from_prices(
    summary: Mapping[str, Any], before: Settings, after: Settings, lifted: Sequence[str] = ()
) -> Simulation:
    """The first step that a plan's own prices tell.

    Args:
        summary: of the plan, as it was published.
        before: the settings that it was made with.
        after: those of the question.
        lifted: ids of rules that are asked to be away.

    Raises:
        UsageError: a rule that stops nobody in that plan.
    """
    changed = changed_keys(before, after)
    steps = [_step(summary, after, key, pair) for key, pair in changed.items()]
    steps += [_rule_step(summary, rule) for rule in lifted]
    value, room = float(summary["expected_value"]), float(summary["upper_bound"]) - float(summary["value"])
    least, most = (_sum([getattr(step, name) for step in steps]) for name in ("least", "most"))
    return Simulation(
        "prices", {**changed, **{f"rule.{rule}": ("on", "off") for rule in lifted}}, value,
        value + sum(step.first for step in steps), None if least is None else value + least,
        None if most is None else value + max(room, 0.0) + most,
        remarks=tuple(dict.fromkeys(step.remark for step in steps if step.remark)),
    )  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """What one change brings: by the first step, at least and at most; None where prices can not tell."""

    first: float
    least: float | None
    most: float | None
    remark: str = ""


def _step(summary: Mapping[str, Any], after: Settings, key: str, pair: tuple[Any, Any]) -> _Step:
    what, _, rest = key.partition(".")
    if what == "capacity":
        channel, _, per = rest.partition(".")
        return _capacity_step(summary["capacity"].get(channel, {}), (channel, per), *pair)
    if what == "cost":
        return _cost_step(summary, after, rest, pair[1] - pair[0])
    if what == "team":
        return _team_step(summary.get("teams", {}).get(rest, {}), *pair)
    if what == "budget":
        own = summary.get("budgets", {}).get("all", {})
        if None in pair:
            return _Step(0.0, None, 0.0 if pair[0] is None else None, _unpriced("the budget"))
        price, used = (float(own.get(name, 0.0)) for name in ("shadow_price", "used"))
        return _limit_step(price * (pair[1] - pair[0]), is_used=pair[1] < used)
    return _chance_step(float(summary[f"{what}_cost"]), what, *pair)


def _team_step(own: Mapping[str, Any], old: int, new: int) -> _Step:
    """Agents more or less: each brings one to every hour, and all his hours to a day that is short of them."""
    by_hour, in_the_day = own.get("shadow_price_by_hour", {}), float(own.get("shadow_price", 0.0))
    hours = float(own.get("agent_hours", 0.0)) / old if old else _HOURS_OF_A_DAY
    each = float(sum(by_hour.values())) + in_the_day * hours
    return _limit_step(each * (new - old), is_used=each > 0)


def _limit_step(first: float, *, is_used: bool) -> _Step:
    """A limit moved, of which all is used or not: less of what is used may cost more than its price."""
    return _Step(first, None if first < 0 or (is_used and first == 0) else 0.0, first)


def _rule_step(summary: Mapping[str, Any], rule: str) -> _Step:
    """A rule away: at most what the plan says that it costs."""
    costs = summary.get("rule_costs", {})
    if rule not in costs:
        known = ", ".join(sorted(costs)) or "none"
        raise UsageError("a rule that stops somebody in this plan", repr(rule), f"These do: {known}.")
    cost = float(costs[rule]["cost"])
    return _Step(cost, 0.0, cost, "A rule's cost is at most what is told; that it costs is no leave to break it.")


def _capacity_step(used: Mapping[str, Any], which: tuple[str, str], old: int | None, new: int | None) -> _Step:
    """A limit moved: as many attempts more or less, at their price. A plan that fits stays possible."""
    channel, per = which
    by_hour = used.get("used_by_hour", {})
    peak = max(by_hour.values(), default=0) if per == "hour" else used.get("used", 0)
    if old is None or new is None:
        if new is None or new >= peak:
            return _Step(
                0.0, 0.0, 0.0 if old is None else None, "" if old is None else _unpriced(f"{channel} by {per}")
            )
        return _Step(0.0, None, 0.0, _unpriced(f"{channel} by {per}"))
    price = sum(used.get("shadow_price_by_hour", {}).values()) if per == "hour" else used.get("shadow_price", 0.0)
    first = float(price) * (new - old)
    return _Step(first, 0.0 if new >= min(old, peak) else None, first)


def _unpriced(what: str) -> str:
    return f"A limit of {what} that is not there before or after has no price: ask for the exact answer."


def _cost_step(summary: Mapping[str, Any], after: Settings, channel: str, dearer: float) -> _Step:
    """An attempt dearer or cheaper: the plan's attempts pay it; cheaper ones may become as many as there is room."""
    first = -dearer * int(summary["items_by_channel"].get(channel, 0))
    own = after.channels[channel]
    rooms = [own.capacity_per_day, None if own.capacity_per_hour is None else 24 * own.capacity_per_hour]
    most = min([room for room in rooms if room is not None], default=int(summary["debtors"]))
    remark = "Costs are taken to be in the money of the decision." if len(after.rates) else ""
    return _Step(first, first, 0.0 if dearer > 0 else -dearer * min(most, int(summary["debtors"])), remark)


def _chance_step(cost: float, what: str, old: float, new: float) -> _Step:
    """A share of chance moved: what it costs now, in proportion."""
    if old == 0:
        return _Step(0.0, None, None, f"Nothing is known from prices of {what}, which was 0: ask for the exact answer.")
    return _Step(cost * (1 - new / old), None, None, f"What {what} costs is taken to grow in proportion.")


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _money(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
