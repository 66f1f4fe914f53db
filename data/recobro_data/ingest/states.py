"""What each load left in force: enough to find any past state again, and to know its content without reading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

#: Digests are sums within 64 bits, so that rows can be taken out of them as they were put in.
LANE: Final = 1 << 64

#: Rows of a table and the two sums over their content.
Total = tuple[int, int, int]


@dataclass(frozen=True)
class State:
    """The lake after one load: `loaded_at` stamps the load's rows, from `in_force_at` on readers saw them.

    `totals` is the content a table, `replaced` the file of the versions that this load replaced, where it did.
    """

    load_id: str
    loaded_at: str
    in_force_at: str
    totals: Mapping[str, Total]
    replaced: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> State:
        """A state as the manifest writes it."""
        totals = {name: (total[0], total[1], total[2]) for name, total in given["totals"].items()}
        return cls(given["load_id"], given["loaded_at"], given["in_force_at"], totals, dict(given["replaced"]))

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(total[0] for total in self.totals.values())

    def was_in_force(self, instant: datetime) -> bool:
        """Whether readers saw this state, or a later one, at that instant."""
        return datetime.fromisoformat(self.in_force_at) <= instant


@dataclass(frozen=True)
class Tombstones:
    """What was forgotten, told by salted hashes of ids a kind: `debtors`, `charges`, `accounts`, `payments`."""

    salt: str = ""
    hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Tombstones:
        """Tombstones as the manifest writes them."""
        return cls(given["salt"], {kind: tuple(hashes) for kind, hashes in given["hashes"].items()})

    def hash_of(self, kind: str, value: str) -> str:
        """The hash that stands for an id of that kind."""
        return hashlib.sha256(f"{self.salt}{kind}\x1f{value}".encode()).hexdigest()

    def holds(self, kind: str, value: str) -> bool:
        """Whether that id was forgotten."""
        return self.hash_of(kind, value) in self.hashes.get(kind, ())

    def with_hashes(self, more: Mapping[str, set[str]]) -> Tombstones:
        """These and more; equal to these where nothing is new."""
        kinds = dict.fromkeys([*self.hashes, *more])
        joined = {kind: tuple(sorted({*self.hashes.get(kind, ()), *more.get(kind, ())})) for kind in kinds}
        return Tombstones(self.salt, {kind: hashes for kind, hashes in joined.items() if hashes})


def version_of(totals: Mapping[str, Total]) -> str:
    """Digest of the content alone: how it is parted, when and in which order it came changes nothing."""
    content = {name: list(total) for name, total in sorted(totals.items()) if total[0]}
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
