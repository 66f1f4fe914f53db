"""What capacity would be used for that comes free during the day: the best option of a debtor who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recobro_data.settings import Settings
from recobro_data.vocabulary import CHANNELS
from recobro_models.decision.lawful import HOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from recobro_models.decision.worklist import Scored

    Window = Callable[[int, int], tuple[str, str]]


def reserve_of(scored: Scored, position: int, settings: Settings, window: Window) -> dict[str, Any] | None:
    """The fields of an item that stand for the debtor's best allowed option; None where none is worth its cost.

    `window` gives start and end of a debtor's slot. The best is what the decision would have chosen with capacity:
    the highest priority, of equals the first slot.
    """
    options = scored.eligibility.allowed[position] & (scored.priority[position] > 0)
    if scored.course is not None and (options & scored.course.prefers[position]).any():
        options = options & scored.course.prefers[position]
    if not options.any():
        return None
    slot = int(np.argmax(np.where(options, scored.priority[position], -np.inf)))
    channel, hour = divmod(slot, HOURS)
    start, end = window(position, slot)
    p_reach = float(scored.values.p_reach[position, channel, hour])
    p_pay = float(scored.known.cell("p_pay_no_action", position))
    p_pay += p_reach * float(scored.values.effect[position, channel])
    cost = settings.channels[CHANNELS[channel]].cost
    recovery = round(scored.values.recovery_at(position, slot), 2)
    return {
        "channel": CHANNELS[channel], "window_start": start, "window_end": end, "p_reach": round(p_reach, 6),
        "p_pay": round(min(max(p_pay, 0.0), 1.0), 6), "expected_recovery": recovery, "cost": cost,
        "expected_value": round(recovery - cost, 2),
    }  # fmt: skip
