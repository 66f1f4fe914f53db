"""What limited a plan, in words: how near the best it is, what one more of each capacity brings, what rules cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from recobro_pipelines.debtor_words import code_word
from recobro_pipelines.plan_words import say, say_remark

Summary = Mapping[str, Any]

#: Prices and rules named at most in a line.
_MOST: Final = 5


def limits_in_words(summary: Summary, names: Callable[[str], str] = str, *, language: str = "en") -> str:
    """A line for each thing that limited the plan, those that did not left out; `names` tells rules by their ids.

    Example:
        >>> limits_in_words({"value": 90.0, "upper_bound": 100.0, "gap": 0.1, "capacity": {}})
        'Without draws at most 100.00 was possible: the plan is within 10.00 % of the best.\\n'
    """
    return "".join(f"{line}\n" for line in _Lines(summary, language).told(names))


class _Lines:
    """The lines of a summary in a language."""

    def __init__(self, summary: Summary, language: str) -> None:
        self._summary, self._say = summary, partial(say, language=language)
        self._language = language

    def told(self, names: Callable[[str], str]) -> Iterator[str]:
        summary = self._summary
        yield self._nearness()
        yield from self._listed("attempts", list(self._attempts()))
        yield from self._listed("hours", list(self._team_hours()))
        budgets, shares = summary.get("budgets", {}), summary.get("min_shares", {})
        yield from self._listed("budget", [(of, told["shadow_price"]) for of, told in budgets.items()])
        yield from self._listed("shares", [(of, told["cost"]) for of, told in shares.items()])
        yield from self._missed(shares)
        rules = summary.get("rule_costs", {})
        yield from self._rules([(names(of), told["cost"]) for of, told in rules.items()])
        yield from self._duties(names)
        yield from (say_remark(one, self._language) for one in summary.get("remarks", ()))

    def _nearness(self) -> str:
        """How near the best the plan is; the bound itself only where it is money."""
        summary, key = self._summary, "near" if self._summary["gap"] > 0 else "best"
        gap, measure = _percent(summary["gap"]), summary.get("measured_in")
        if measure in ("rates", "typical", "rule"):
            return self._say(f"{key}_in", gap=gap, measure=self._say(f"in_{measure}"))
        return self._say(key, bound=summary["upper_bound"], gap=gap)

    def _duties(self, names: Callable[[str], str]) -> Iterator[str]:
        duties = self._summary.get("duties", {})
        if duties.get("due"):
            unmet = ", ".join(f"{n:,} ({names(rule)})" for rule, n in duties["unmet"].items())
            told = self._say("duties", due=duties["due"], met=duties["met"])
            yield told + (self._say("unmet", unmet=unmet) if unmet else ".")

    def _missed(self, shares: Mapping[str, Summary]) -> Iterator[str]:
        """The minimum shares that the best plan keeps and draws at random miss."""
        missed = [
            f"{of} {self._say('of_share', share=_percent(told['share']), least=_percent(told['min_share']))}"
            for of, told in shares.items() if told.get("missed_by_chance")
        ]  # fmt: skip
        if missed:
            yield f"{self._say('missed')}: {', '.join(missed)}."

    def _rules(self, costs: list[tuple[str, float]]) -> Iterator[str]:
        """A line each, as what a rule says is a sentence of its own."""
        high = _highest(costs)
        if high:
            more = self._say("more_rules", n=len(high) - _MOST) if len(high) > _MOST else ""
            yield self._say("rules", more=more)
            yield from (f"  {price:,.2f}  {said}" for said, price in high[:_MOST])

    def _listed(self, title: str, prices: list[tuple[str, float]]) -> Iterator[str]:
        """The highest prices of a kind in one line; none where all are 0."""
        high = _highest(prices)
        if high:
            more = self._say("and_more", n=len(high) - _MOST) if len(high) > _MOST else ""
            yield f"{self._say(title)}: {', '.join(f'{of} {price:,.2f}' for of, price in high[:_MOST])}{more}."

    def _attempts(self) -> Iterator[tuple[str, float]]:
        for channel, told in self._summary["capacity"].items():
            yield from self._by_hour(code_word(channel, self._language) if self._language != "en" else channel, told)

    def _team_hours(self) -> Iterator[tuple[str, float]]:
        for team, told in self._summary.get("teams", {}).items():
            yield from self._by_hour(team, told)

    def _by_hour(self, of: str, told: Summary) -> Iterator[tuple[str, float]]:
        yield self._say("in_the_day", of=of), told.get("shadow_price", 0.0)
        for hour, price in told["shadow_price_by_hour"].items():
            yield self._say("at_hour", of=of, hour=hour), price


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _highest(prices: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted((one for one in prices if one[1] >= 0.005), key=lambda one: (-one[1], one[0]))
