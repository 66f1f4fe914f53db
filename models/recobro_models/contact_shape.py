"""The shape of the contact effect: what a lift and what kinds of payers tell of a contact, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_lift import late_and_since, soon_columns
from recobro_models.contact_payers import Foreseen, Payers
from recobro_models.lift import Examples, Halves

Floats = NDArray[np.float64]

#: How far the part that a channel adds of what the kinds foresee is thought to lie from all of it.
_ANSWER_SPREAD: Final = 0.5
#: Nobody is surer than this to pay, or not to.
_SURE: Final = 1e-4


def foresee(payers: Payers, rows: pd.DataFrame) -> Foreseen | None:
    """What the kinds of payers tell of rows; None where nothing is known of kinds."""
    return payers.predict(rows, *late_and_since(rows)) if payers.is_known else None


def known_columns(rows: pd.DataFrame, foreseen: Foreseen | None) -> Floats:
    """What the chance of paying soon depends on, with what the kinds of payers tell."""
    own = soon_columns(rows)
    return own if foreseen is None else np.column_stack([own, foreseen.columns])


def blended(of_lift: Floats, of_payers: Floats | None) -> Floats:
    """What a contact adds to the hazard, told by the lift and by kinds of payers, a half each: where one of them has
    too few rows to see a difference, the other does not tell the same nonsense."""
    return of_lift if of_payers is None else (of_lift + of_payers) / 2


@dataclass(frozen=True)
class Shape:
    """What was learnt of each row on the other half of the debtors, and what the kinds of payers tell of it."""

    halves: Halves
    foreseen: Foreseen | None
    answers: Floats

    @classmethod
    def learn(cls, halves: Halves, foreseen: Foreseen | None) -> Shape:
        """With the part of what the kinds foresee that each channel adds, from those who were reached."""
        if foreseen is None:
            return cls(halves, None, np.ones(len(CHANNELS)))
        return cls(halves, foreseen, learn_answers(halves.seen, halves.soon, foreseen.added_soon))

    def acted(self, channel: int) -> Floats:
        """Chance of each row of paying soon, had the channel reached it."""
        stays = 1 - self.halves.soon
        of_lift = np.log(stays / (1 - self.halves.acted(channel)))
        of_payers = None if self.foreseen is None else self.foreseen.added_soon * self.answers[channel]
        chance: Floats = 1 - np.minimum(stays * np.exp(-blended(of_lift, of_payers)), 1.0)
        return chance


def learn_answers(seen: Examples, untouched: Floats, foreseen: Floats) -> Floats:
    """By channel, what part of the hazard that the kinds foresee a contact on it adds; 1 until it is learnt.

    Args:
        seen: what the debtors who were reached did.
        untouched: the chance of each row of paying soon, had nobody acted.
        foreseen: `added_soon` of each.
    """
    answers = np.ones(len(CHANNELS))
    for at in np.unique(seen.place[seen.acted]):
        mine = seen.acted & (seen.place == at)
        y, stays, added = seen.y[mine], 1 - untouched[mine], foreseen[mine]
        for _ in range(25):
            p = np.clip(1 - stays * np.exp(-answers[at] * added), _SURE, 1 - _SURE)
            score = (added * (y - p) / p).sum() - (answers[at] - 1) / _ANSWER_SPREAD**2
            known = (added**2 * (1 - p) / p).sum() + _ANSWER_SPREAD**-2
            answers[at] += np.clip(score / known, -0.5, 0.5)
    return np.maximum(answers, 0.0)
