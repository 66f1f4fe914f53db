"""A published list split between agents, and how fair the split is, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from recobro_data.sections_shares import agent_names
from recobro_data.settings import Settings
from recobro_models.decision.shares import share_items
from recobro_pipelines.debtor_words import code_word
from recobro_pipelines.plan_words import say


def share_rows(
    rows: Sequence[Mapping[str, Any]], n_agents: int, settings: Settings
) -> tuple[list[Any], dict[str, Any]]:
    """The items with the `agent_id` of so many agents, and the shares of each channel as a plan's summary tells them.

    Args:
        rows: items in rank order.
        n_agents: how many share them.
        settings: for the channels that people work, the tolerance, and what currencies are worth.
    """
    own, agents = settings.shares, agent_names(n_agents)
    items = {
        "channel": [row["channel"] for row in rows],
        "hour": [datetime.fromisoformat(row["window_start"]).hour for row in rows],
        "value": [row["expected_value"] * settings.rates.get(row["currency"], 1.0) for row in rows],
    }
    ids, shares = share_items(items, agents, own.channels, tolerance=own.tolerance)
    told = {channel: one.told(agents, own.tolerance) for channel, one in shares.items()}
    return [{**row, "agent_id": agent} for row, agent in zip(rows, ids, strict=True)], told


def tell_shares(shares: Mapping[str, Mapping[str, Any]], *, language: str = "en") -> Iterator[str]:
    """A line for each channel that is shared out.

    Example:
        >>> own = {"ana": {"items": 3, "expected_value": 100.0}, "luis": {"items": 4, "expected_value": 102.0}}
        >>> list(tell_shares({"call": {"agents": own, "deviation": 0.0099, "tolerance": 0.02, "is_fair": True}}))
        ['call: 2 agents, 3 to 4 items and 100.00 to 102.00 of expected value each; at most 1.0 % from the mean.']
    """
    for channel, told in shares.items():
        agents = told["agents"].values()
        items, value = ([own[name] for own in agents] for name in ("items", "expected_value"))
        split = say(
            "split", language, channel=code_word(channel, language), n=len(items), least=min(items), most=max(items),
            low=min(value), high=max(value), far=100 * told["deviation"],
        )  # fmt: skip
        yield split + ("." if told["is_fair"] else say("beyond", language, tolerance=told["tolerance"]) + ".")
