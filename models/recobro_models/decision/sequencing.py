"""What strategy and history leave of the lawful options, and which rule took the best one.

The steps, each on what the one before left:

1. the channels of the strategy;
2. a channel that bounced gives way, as long as another one is left;
3. days between attempts, but for a promise that is due or was just broken: it is followed up;
4. an hour at which the debtor was tried in vain is left out, unless it is far better than the best other hour;
5. debtors marked vulnerable: only the gentle channels, and longer between attempts;
6. messages first: a call or visit that adds little over the best message is not chosen, though it may be drawn.

What the law demands stands above them: of a debtor with a duty a step takes nothing that would leave none.
The fifth only takes away, and no other step knows of it: so being marked vulnerable never adds an option.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS, MESSAGES
from recobro_models.decision.eligibility import Eligibility
from recobro_models.decision.lawful import HOURS, N_SLOTS, Ints, Mask
from recobro_models.decision.tactics import Tactics

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

#: Debtors looked at together: more would only take more memory.
_BLOCK: Final = 50_000
_IS_MESSAGE: Final = np.isin(CHANNELS, MESSAGES)


@dataclass(frozen=True)
class Course:
    """What may be done of what is lawful.

    eligibility: narrowed; those for whom nothing is left are told why. prefers: (debtor, channel, hour), the options
    that may be chosen as the best. draws: by debtor, whether options may be drawn at random. best: the slot that would
    be best of all lawful ones; took: by debtor, the step that took it, as a code of the catalogue of reasons.
    """

    eligibility: Eligibility
    prefers: Mask
    draws: Mask
    best: Ints
    took: Objects

    @property
    def choosable(self) -> Mask:
        """`prefers`; of whoever the law demands to be contacted all, as whatever is left will do."""
        has_duty = np.array([rule is not None for rule in self.eligibility.duty_rule], bool)
        return self.prefers | has_duty[:, None, None]


def plot_course(worth: Floats, eligibility: Eligibility, tactics: Tactics, work_date: date) -> Course:
    """Narrow what is lawful by strategy and history.

    Args:
        worth: (debtor, channel, hour of the team's clock), in any one money a debtor.
        eligibility: what is lawful.
        tactics: strategies and history by debtor.
        work_date: the day.
    """
    n, shape = len(worth), worth.shape
    kept, prefers = np.zeros(shape, bool), np.zeros(shape, bool)
    best, (took, key) = np.zeros(n, np.int64), (np.full(n, None, dtype=object) for _ in range(2))
    has_duty = np.array([rule is not None for rule in eligibility.duty_rule], bool)
    for start in range(0, n, _BLOCK):
        here = slice(start, start + _BLOCK)
        lawful = eligibility.allowed[here] | eligibility.withheld[here]
        found = _follow(worth[here], lawful, tactics.of_rows(here), (eligibility.shift[here], has_duty[here]))
        kept[here], prefers[here], best[here], took[here], key[here] = found
    narrowed = _narrowed(eligibility, kept, key, tactics, work_date)
    return Course(narrowed, prefers, ~tactics.is_vulnerable, best, took)


def _follow(
    worth: Floats, lawful: Mask, tactics: Tactics, ground: tuple[Ints, Mask]
) -> tuple[Mask, Mask, Ints, Objects, Objects]:
    """What the steps keep and prefer of some debtors, their best lawful slot, what took it, and what left nothing.

    `ground`: hours that their clock is ahead of the team's, and who has a duty.
    """
    shift, has_duty = ground
    kept, best = lawful.copy(), np.where(lawful, worth, -np.inf).reshape(len(worth), N_SLOTS).argmax(axis=1)
    took, key = (np.full(len(worth), None, dtype=object) for _ in range(2))
    at_best = (np.arange(len(worth)), best // HOURS, best % HOURS)
    for code, opens, because in _steps(worth, kept, tactics, shift):
        left = kept & opens
        ended = kept.any(axis=(1, 2)) & ~left.any(axis=(1, 2))
        left[ended & has_duty] = kept[ended & has_duty]
        key[ended & ~has_duty] = because
        took[kept[at_best] & ~left[at_best]] = code
        kept[...] = left
    prefers = kept & _message_first(worth, kept, tactics)
    took[kept[at_best] & ~prefers[at_best]] = "limiting_message_first"
    return kept, prefers, best, took, key


Step = tuple[str, Mask, str]


def _steps(worth: Floats, kept: Mask, tactics: Tactics, shift: Ints) -> Iterator[Step]:
    """Each step: its code, what it leaves open, and the key that is told where that is nothing.

    `kept` is what is left as each is asked for.
    """
    form, history = tactics.strategies.form, tactics.history
    channels = np.array([np.isin(CHANNELS, one.channels) for one in form.strategies])
    yield "limiting_strategy_channels", channels[tactics.of][:, :, None], "channels"
    yield "limiting_failed_channel", _not_failed(kept, history.failed_days <= form.sequencing.failed_days), "channels"
    days = np.array([one.min_days_between for one in form.strategies])[tactics.of]
    waited = (history.days_since >= days) | tactics.follows_up
    yield "limiting_min_days", waited[:, None, None], "min_days_between"
    yield "limiting_same_hour", _varied(worth, kept, _on_team_clock(history.vain, shift), tactics), "channels"
    plain = ~tactics.is_vulnerable
    gentle = plain[:, None] | np.isin(CHANNELS, form.vulnerable.channels)
    yield "limiting_vulnerable", gentle[:, :, None], "vulnerable.channels"
    waited = plain | (history.days_since >= form.vulnerable.min_days_between)
    yield "limiting_vulnerable", waited[:, None, None], "vulnerable.min_days_between"


def _not_failed(kept: Mask, failed: Mask) -> Mask:
    """Channels that did not bounce, of those who have any such; else all."""
    others = kept.any(axis=2) & ~failed
    return (~failed | ~others.any(axis=1, keepdims=True))[:, :, None]


def _on_team_clock(hours: Mask, shift: Ints) -> Mask:
    """Hours of the debtor's clock by the hour of the team's."""
    at = (np.arange(HOURS)[None, :] + shift[:, None]) % HOURS
    return np.take_along_axis(hours, at, axis=1)


def _varied(worth: Floats, kept: Mask, vain: Mask, tactics: Tactics) -> Mask:
    """Other hours than those tried in vain, and of the latter what is worth so much more."""
    opens = np.ones(kept.shape, bool)
    rows = np.flatnonzero(vain.any(axis=1))
    own, tried = worth[rows], np.broadcast_to(vain[rows][:, None, :], kept[rows].shape)
    other = np.where(kept[rows] & ~tried, own, -np.inf).max(axis=(1, 2), initial=-np.inf)
    far_better = own > tactics.strategies.form.sequencing.vary_factor * np.maximum(other, 0.0)[:, None, None]
    # Where no other hour is open, the same is better than none.
    opens[rows] = ~tried | far_better | np.isneginf(other)[:, None, None]
    return opens


def _message_first(worth: Floats, kept: Mask, tactics: Tactics) -> Mask:
    margins = [np.nan if one.digital_first is None else one.digital_first for one in tactics.strategies.form.strategies]
    margin = np.array(margins, np.float64)[tactics.of]
    message = np.where(kept[:, _IS_MESSAGE], worth[:, _IS_MESSAGE], -np.inf).max(axis=(1, 2), initial=-np.inf)
    asks = ~np.isnan(margin) & (message > 0)
    bar = np.where(asks, (1 + np.nan_to_num(margin)) * np.where(asks, message, 0.0), -np.inf)
    return _IS_MESSAGE[None, :, None] | (worth > bar[:, None, None])


def _narrowed(eligibility: Eligibility, kept: Mask, keys: Objects, tactics: Tactics, work_date: date) -> Eligibility:
    """The eligibility with what is kept; who could be contacted by law and can not now is told by which key."""
    allowed = eligibility.allowed & kept
    because, rule, until = (one.copy() for one in (eligibility.because, eligibility.rule, eligibility.until))
    for position in np.flatnonzero(eligibility.allowed.any(axis=(1, 2)) & ~allowed.any(axis=(1, 2))).tolist():
        key = keys[position]
        is_days = key.endswith("min_days_between")
        own = "" if key.startswith("vulnerable") else f"{tactics.strategy_of(position).id}."
        because[position] = "frequency_limit" if is_days else "no_channel"
        rule[position] = f"strategy.{own}{key}"
        until[position] = _free_on(tactics, position, key, work_date) if is_days else None
    return replace(
        eligibility, allowed=allowed, withheld=eligibility.withheld & kept, because=because, rule=rule, until=until
    )


def _free_on(tactics: Tactics, position: int, key: str, work_date: date) -> date:
    """The first day on which there are days enough since the last attempt."""
    form = tactics.strategies.form
    own = form.vulnerable if key.startswith("vulnerable") else tactics.strategy_of(position)
    return work_date + timedelta(days=own.min_days_between - int(tactics.history.days_since[position]))
