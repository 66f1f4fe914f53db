"""Strategies: who is approached how, in what tone and with which offer, by stage and segment, in one readable file.

The file is `strategies.yaml` of the workspace, else the one that recobro ships; texts are Jinja templates beside it.
The law stands above it: a strategy only ever takes away from what is lawful.
"""

from __future__ import annotations

from recobro_models.decision.strategies.form import Offer, Sequencing, Strategy, Vulnerable
from recobro_models.decision.strategies.load import (
    AMONG,
    Strategies,
    find_strategy_files,
    load_strategies,
    read_strategies,
    strategies_among,
    strategy_texts,
)
from recobro_models.decision.strategies.templates import VARIABLES, Occasion, Templates

__all__ = [
    "AMONG",
    "VARIABLES",
    "Occasion",
    "Offer",
    "Sequencing",
    "Strategies",
    "Strategy",
    "Templates",
    "Vulnerable",
    "find_strategy_files",
    "load_strategies",
    "read_strategies",
    "strategies_among",
    "strategy_texts",
]
