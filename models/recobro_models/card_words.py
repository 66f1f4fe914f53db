"""What a model card says of each model whatever it learnt: what it is for, what it is not for, what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class About:
    """What holds for every version of a model. `measured` says of which chance the measures are; `up` and `down` what
    a contribution above and below 0 does."""

    title: str
    output: str
    is_for: tuple[str, ...]
    is_not_for: tuple[str, ...]
    assumed: tuple[str, ...]
    measured: str
    up: str
    down: str


_EVERYWHERE: Final = (
    "Tomorrow resembles the history it learnt from. The nightly monitor tells where inputs or outcomes drift; a "
    "crisis, a new product or another way of collecting can still come faster than it sees.",
    "What the books do not record (income, health, other creditors) is not known and not guessed.",
)
_NEVER: Final = (
    "Granting or pricing credit, or reporting to a bureau: it was fitted and tried on who already owes.",
    "Deciding alone. It orders work; people decide what is done, and contact rules stand above it.",
)

ABOUT: Final = {
    "risk": About(
        "Risk: the payment curve",
        "The probability that an open charge is wholly paid by each day ahead, and that its debtor pays anything, if "
        "nobody reaches the debtor.",
        (
            "Ordering a day's work, and warning early of charges that will stay unpaid.",
            "Expected cash, risk bands, and the reasons shown beside a worklist item.",
        ),
        _NEVER,
        (
            "A charge that is no longer watched (end of the books, cancelled, or the debtor was reached) would have "
            "been paid like the others that were still watched (independent censoring).",
            *_EVERYWHERE,
        ),
        "that an open charge is still unpaid",
        "less likely to be paid",
        "likelier to be paid",
    ),
    "contact": About(
        "Contact times",
        "The probability of reaching a debtor by channel, weekday and hour of one attempt.",
        ("Choosing channel and hour among those that are lawful.",),
        (
            "Finding out when somebody is at home for any other purpose.",
            *_NEVER,
        ),
        (
            "Hours that were never tried have the rate of hours like them.",
            *_EVERYWHERE,
        ),
        "that an attempt reaches the debtor",
        "likelier to be reached",
        "less likely to be reached",
    ),
    "effect": About(
        "Contact effect",
        "What being reached once adds to the probability of paying within the horizon, while the usual work goes on.",
        ("Telling whom a contact moves, so that those who pay anyway are left in peace.",),
        _NEVER,
        (
            "Attempts drawn at random with a logged probability are compared with debtors left alone; where the log "
            "holds no such attempts the version is marked observational and its effect may be that of who was chosen.",
            *_EVERYWHERE,
        ),
        "that a debtor pays",
        "a contact adds more",
        "a contact adds less",
    ),
    "promise": About(
        "Promises",
        "The probability that a debtor who is reached promises to pay, and that a promise is kept in full on time.",
        ("Telling what a contact may end in, and which promises to expect money from.",),
        _NEVER,
        (
            "Debtors who were hard to reach, once reached, answer like others of the same debts and history: each "
            "counts for as many as it stands for.",
            *_EVERYWHERE,
        ),
        "that a debtor who is reached promises to pay",
        "likelier to promise",
        "less likely to promise",
    ),
}  # fmt: skip
