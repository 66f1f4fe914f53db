"""The plan in numbers: what was decided, what it uses, what binds it and how far from the best it can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.cost_of_chance import cost_of_chance
from recobro_models.decision.day import common_money
from recobro_models.decision.lawful import HOURS
from recobro_models.decision.three_criteria import POLICY as THREE_CRITERIA
from recobro_models.decision.worklist import Scored, left_alone_because
from recobro_pipelines.plan_limits import tell_limits
from recobro_pipelines.plan_words import say

#: Kinds of the models of contact that are not what they are when all is well.
_TOLD: Final = (("contact", "prior"), ("contact", "rates"), ("effect", "prior"), ("effect", "observational"))


def resting_on(kinds: Mapping[str, str], *, language: str = "en") -> str:
    """A line for each model of contact that is assumed, poor or observational; by model, its `kind`.

    Example:
        >>> resting_on({"contact": "learned", "effect": "observational"})
        'What a contact adds is observational: the log holds no propensities.\\n'
    """
    return "".join(f"{say('.'.join(which), language)}\n" for which in kinds.items() if which in _TOLD)


def summarise(scored: Scored, settings: Settings) -> dict[str, Any]:
    """The plan's counts, money, what limited it (`tell_limits`), upper bound and gap; and the counts of each portfolio.

    `exploration_cost` and `control_group_cost` are the expected value that chance gives up on this day. `measured_in`
    says in what value, bound, costs and prices are counted: a currency; `rates`, money by [rates]; `typical`, median
    amounts of each currency, where rates are missing; `rule`, points of the three criteria. `expected_value` is money,
    of several currencies counted likewise; `expected_value_by_currency` is money of each.
    """
    portfolios = scored.debtors["portfolio_id"].to_numpy(object)
    everyone = np.ones(len(portfolios), bool)
    best, chance = scored.decision.allocation, cost_of_chance(scored)
    policy = settings.policy
    because = [
        None if slot >= 0 else left_alone_because(scored, at)[0]
        for at, slot in enumerate(scored.decision.choice.tolist())
    ]
    why = np.array(because, dtype=object)
    return {
        **_counts(scored, everyone, why, settings),
        "challenger": {"policy": policy.challenger, "share": policy.challenger_share} if policy.challenger else None,
        **tell_limits(scored, settings),
        "measured_in": _measure(scored, settings),
        "expected_value_by_currency": _by_currency(scored),
        "value": round(best.value, 2),
        "upper_bound": round(best.bound, 2),
        "gap": round(best.gap, 6),
        "exploration_share": round(scored.decision.p_explore, 6),
        "exploration_cost": round(chance.exploration, 2),
        "control_group_cost": round(chance.control_group, 2),
        "portfolios": {
            str(name): _counts(scored, portfolios == name, why, settings) for name in sorted(set(portfolios))
        },
    }


def _measure(scored: Scored, settings: Settings) -> str:
    """See `summarise`."""
    currencies = scored.debtors["currency"].unique()
    if (scored.debtors["policy"] == THREE_CRITERIA).any():
        return "rule"
    if len(currencies) <= 1:
        return str(currencies[0]) if len(currencies) else ""
    missing = [name for name in currencies if name not in settings.rates]
    return "rates" if settings.rates and len(missing) <= 1 else "typical"


def _by_currency(scored: Scored) -> dict[str, float]:
    """What the actions are expected to add, in money of each currency."""
    acted = np.flatnonzero(scored.decision.choice >= 0)
    value = pd.Series(scored.values.value_at(acted, scored.decision.choice[acted]))
    added = value.groupby(scored.debtors["currency"].to_numpy(object)[acted]).sum()
    return {str(name): round(float(sum_), 2) for name, sum_ in sorted(added.items())}


def _counts(scored: Scored, here: Any, why: NDArray[np.object_], settings: Settings) -> dict[str, Any]:
    positions = np.flatnonzero(here)
    debtors = scored.debtors.iloc[positions]
    chosen = scored.decision.choice[positions]
    acted = positions[chosen >= 0]
    slots = scored.decision.choice[acted]
    value = scored.values.value_at(acted, slots) * common_money(debtors, settings)[chosen >= 0]
    because = Counter(why[positions[chosen < 0]])
    policies = Counter(scored.debtors["policy"].to_numpy(object)[positions])
    return {
        "debtors": len(positions),
        "items": len(acted),
        "explored": int(scored.decision.explored[acted].sum()),
        "expected_value": round(float(value.sum()), 2),
        "items_by_channel": {CHANNELS[place]: n for place, n in sorted(Counter((slots // HOURS).tolist()).items())},
        "left_alone": dict(sorted(because.items())),
        "policies": {str(name): n for name, n in sorted(policies.items())},
    }
