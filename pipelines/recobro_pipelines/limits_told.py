"""What limited a plan, in words: how near the best it is, what one more of each capacity brings, what rules cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Summary = Mapping[str, Any]

#: Prices and rules named at most in a line.
_MOST: Final = 5


def limits_in_words(summary: Summary, names: Callable[[str], str] = str) -> str:
    """A line for each thing that limited the plan, those that did not left out; `names` tells rules by their ids.

    Example:
        >>> limits_in_words({"value": 90.0, "upper_bound": 100.0, "gap": 0.1, "capacity": {}})
        'At most 100.00 was possible: the plan is within 10.00 % of the best.\\n'
    """
    return "".join(f"{line}\n" for line in _lines(summary, names))


def _lines(summary: Summary, names: Callable[[str], str]) -> Iterator[str]:
    within = f"within {summary['gap']:.2%} of".replace("%", " %") if summary["gap"] > 0 else "exactly"
    yield f"At most {summary['upper_bound']:,.2f} was possible: the plan is {within} the best."
    yield from _listed("One more attempt would bring", list(_attempts(summary["capacity"])))
    yield from _listed("One more agent-hour would bring", list(_team_hours(summary.get("teams", {}))))
    budgets = summary.get("budgets", {})
    yield from _listed(
        "One unit more of budget would bring", [(of, told["shadow_price"]) for of, told in budgets.items()]
    )
    shares = summary.get("min_shares", {})
    yield from _listed("Minimum shares cost at most", [(of, told["cost"]) for of, told in shares.items()])
    rules = summary.get("rule_costs", {})
    yield from _rules([(names(of), told["cost"]) for of, told in rules.items()])
    duties = summary.get("duties", {})
    if duties.get("due"):
        unmet = ", ".join(f"{n:,} ({names(rule)})" for rule, n in duties["unmet"].items())
        yield f"Contacts that the law demands: {duties['due']:,} due, {duties['met']:,} planned" + (
            f"; not possible: {unmet}." if unmet else "."
        )
    yield from summary.get("remarks", ())


def _rules(costs: list[tuple[str, float]]) -> Iterator[str]:
    """A line each, as what a rule says is a sentence of its own."""
    high = _highest(costs)
    if high:
        more = f" ({len(high) - _MOST} more cost less)" if len(high) > _MOST else ""
        yield f"Rules cost at most, each lifted alone{more}:"
        yield from (f"  {price:,.2f}  {said}" for said, price in high[:_MOST])


def _listed(title: str, prices: list[tuple[str, float]]) -> Iterator[str]:
    """The highest prices of a kind in one line; none where all are 0."""
    high = _highest(prices)
    if high:
        more = f" and {len(high) - _MOST} more" if len(high) > _MOST else ""
        yield f"{title}: {', '.join(f'{of} {price:,.2f}' for of, price in high[:_MOST])}{more}."


def _highest(prices: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted((one for one in prices if one[1] >= 0.005), key=lambda one: (-one[1], one[0]))


def _attempts(capacity: Mapping[str, Summary]) -> Iterator[tuple[str, float]]:
    for channel, told in capacity.items():
        yield f"{channel} in the day", told["shadow_price"]
        for hour, price in told["shadow_price_by_hour"].items():
            yield f"{channel} at {hour}", price


def _team_hours(teams: Mapping[str, Summary]) -> Iterator[tuple[str, float]]:
    for team, told in teams.items():
        yield f"{team} in the day", told.get("shadow_price", 0.0)
        for hour, price in told["shadow_price_by_hour"].items():
            yield f"{team} at {hour}", price
