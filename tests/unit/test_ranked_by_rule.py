"""Which portfolios a plan ranked by the three criteria, read off its summary, whatever challenger took part."""

from __future__ import annotations

from typing import Any

import pytest

from recobro_models.scoring import ranked_by_rule

RULE, VALUE = "three-criteria", "expected-value-1"


def summary(challenger: str | None, **policies: tuple[str, ...]) -> dict[str, Any]:
    told = {"policy": challenger, "share": 0.5} if challenger else None
    portfolios = {name: {"policies": dict.fromkeys(found, 3)} for name, found in policies.items()}
    return {"challenger": told, "portfolios": portfolios}


@pytest.mark.parametrize(
    ("challenger", "policies", "by_rule"),
    [
        (None, (RULE,), True),
        (None, (VALUE,), False),
        (RULE, (RULE, VALUE), False),
        (VALUE, (RULE, VALUE), True),
        (RULE, (RULE,), True),
        (VALUE, (VALUE,), False),
        (None, (), False),
    ],
)
def test_a_portfolio_is_ranked_by_rule_where_those_are_whom_no_challenger_took(
    challenger: str | None, policies: tuple[str, ...], by_rule: bool
) -> None:
    assert ranked_by_rule(summary(challenger, book=policies)) == (frozenset(["book"]) if by_rule else frozenset())


def test_each_portfolio_is_told_by_itself() -> None:
    assert ranked_by_rule(summary(None, new=(RULE,), old=(VALUE,))) == {"new"}


def test_a_plan_of_nobody_ranks_nobody() -> None:
    assert ranked_by_rule({}) == frozenset()
