"""The files that every contestant of `bench-features` reads; light to import, so that its memory is its own.

    lake/                   the workspace that `recobro ingest` made of the source
    states/PIECE/           payments, attempts: all of them, whenever they happened
    states/PIECE/AS_OF/     charges, allocations (which payment paid what, how late), promises
    features/WHO/AS_OF/     what a contestant computed

PIECE is a part of a partition of the lake and begins with its number; all rows of a debtor lie in one. Who works by
partitions may read the pieces of one together. A charge is a row with what was known as of
the day: `due_on`, `amount`, `n_parts`, `outstanding`, `paid_off_on`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from recobro_data.vocabulary import CHANNELS

#: What an engine that can be told may use.
MEMORY: Final = "4GB"
#: About so many rows of all tables make a piece.
PIECE_ROWS: Final = 240_000
#: The columns of each file, which are those that the features need.
CHARGES: Final = ("charge_id", "debtor_id", "due_on", "amount", "n_parts", "outstanding", "paid_off_on")
ALLOCATIONS: Final = ("payment_id", "amount", "days_late")
PROMISES: Final = ("promise_id", "debtor_id", "made_on", "status")
PAYMENTS: Final = ("payment_id", "debtor_id", "paid_on", "amount")
ATTEMPTS: Final = ("debtor_id", "channel", "outcome", "attempted_on", "attempted_local", "reached")
#: Columns of debtors in a portfolio without promises, as this one is: all 0.
PROMISE_COLUMNS: Final = ("n_promises_365d", "n_kept_365d", "n_broken_365d", "has_open_promise")
_WHOLE_DAY: Final = {"": (0, 24)}
_PARTS: Final = _WHOLE_DAY | {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
_STRETCHES: Final = {
    "before_10": (0, 10), "from_10": (10, 12), "from_12": (12, 14), "from_14": (14, 17), "from_17": (17, 19),
    "from_19": (19, 24),
}  # fmt: skip
#: By days counted: hours told apart for the channels named, and the whole day for the others.
_COUNTED: Final = {180: (("call", "visit"), _PARTS), 365: (("call",), _STRETCHES)}


@dataclass(frozen=True)
class Files:
    """Paths (with `*` where they stand for several parts) of what is known as of a day."""

    as_of: date
    charges: str
    allocations: str
    promises: str
    payments: str
    attempts: str


class Counted(NamedTuple):
    """A count of attempts: of a channel, in the last `days`, in local hours from `first` to before `last`."""

    name: str
    channel: str
    days: int
    first: int
    last: int
    only_reached: bool


def counted_attempts() -> Iterator[Counted]:
    """Each count of attempts by channel and time of the day."""
    for days, (by_hour, told_apart) in _COUNTED.items():
        for channel in CHANNELS:
            for part, hours in (told_apart if channel in by_hour else _WHOLE_DAY).items():
                for what in ("tried", "reached"):
                    name = "_".join(word for word in ("n", channel, part, what, f"{days}d") if word)
                    yield Counted(name, channel, days, *hours, only_reached=what == "reached")


def files_of(folder: Path, as_of: date, part: str = "*") -> Files:
    """The files of one part, or of all of them."""
    whole, day = folder / "states" / part, folder / "states" / part / as_of.isoformat()
    names = [day / "charges", day / "allocations", day / "promises", whole / "payments", whole / "attempts"]
    return Files(as_of, *(f"{path}.parquet" for path in names))


def parts_of(folder: Path) -> list[str]:
    """What stands for the pieces of each partition there is."""
    return sorted({f"{name.partition('-')[0]}-*" for name in pieces_of(folder)})


def pieces_of(folder: Path) -> list[str]:
    """The pieces there are."""
    return sorted(path.name for path in (folder / "states").iterdir())
