"""Why nobody acts: of several reasons the one that was asked first is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Told:
    """The first reason that holds for each debtor; `open` marks those for whom none holds yet."""

    because: Objects
    rule: Objects
    until: Objects
    open: Mask

    @classmethod
    def nothing(cls, n: int) -> Told:
        """No reason holds for any of `n` debtors."""
        because, rule, until = (np.full(n, None, dtype=object) for _ in range(3))
        return cls(because, rule, until, np.ones(n, bool))

    def note(self, where: Mask, because: str, rule: str | None, until: date | Objects | None = None) -> None:
        """Tell a reason wherever it holds and none was told before; `until` is one for all or one by debtor."""
        mask = where & self.open
        self.because[mask], self.rule[mask] = because, rule
        self.until[mask] = until[mask] if isinstance(until, np.ndarray) else until
        self.open[mask] = False

    def note_rules(self, where: Mask, because: str, rules: Objects) -> None:
        """The same with a rule by debtor and no end."""
        mask = where & self.open
        self.because[mask], self.rule[mask] = because, rules[mask]
        self.open[mask] = False

    def note_each(self, where: Mask, told: Mapping[int, tuple[str, str | None, date | None]]) -> None:
        """Tell because, rule and until by the debtor's position."""
        for position in np.flatnonzero(where & self.open).tolist():
            self.because[position], self.rule[position], self.until[position] = told[position]
            self.open[position] = False
