"""A text before it is sent: of a stage and channel, as the first strategy of everybody there writes it."""

from __future__ import annotations

from typing import Final

from recobro_data.errors import UsageError
from recobro_data.vocabulary import CHANNELS, STAGES
from recobro_models.decision.strategies import Occasion, Strategies, Strategy

_TONES: Final = ("friendly", "plain", "firm", "gentle")


def preview(strategies: Strategies, stage: str, channel: str, *, language: str, tone: str | None) -> str:
    """The text; without a `tone` in the strategy's own.

    Raises:
        UsageError: no such stage, channel or tone, or a channel that the stage's strategy does not use.
    """
    for word, known in ((stage, STAGES), (channel, CHANNELS), (tone or "plain", _TONES)):
        if word not in known:
            raise UsageError(
                f"one of {', '.join(known)}", repr(word), "`recobro strategy show` prints what is in force."
            )
    one = _strategy_of(strategies, stage)
    if channel not in one.channels:
        raise UsageError(
            f"a channel of strategy {one.id!r}", repr(channel), "`recobro strategy show` lists its channels."
        )
    return strategies.templates.render(Occasion(one.template, stage, channel, tone or one.tone, language))


def _strategy_of(strategies: Strategies, stage: str) -> Strategy:
    """The strategy of a stage's debtors of whom nothing more is known."""
    return next(one for one in strategies.form.strategies if stage in one.stages and one.segment.is_everybody)
