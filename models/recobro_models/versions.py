"""What the registry tells of a version: its name, number, aliases, measures, parameters and digests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: Registered models: what each is asked, and its name in MLflow.
NAMES: Final = {
    "risk": "recobro-risk", "contact": "recobro-contact-times", "effect": "recobro-contact-effect",
    "promise": "recobro-promise",
}  # fmt: skip
#: Names that stand for a version: in use, the newest, in use before.
ALIASES: Final = ("champion", "challenger", "former")
#: Folders of a version's files, and the tag that holds the digests of each.
DIGESTS: Final = {"model": "recobro.sha256", "documents": "recobro.documents"}


@dataclass(frozen=True)
class Version:
    """One version of a registered model: `label` is what worklist items carry, e.g. `recobro-risk/3`."""

    model: str
    number: int
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""

    @classmethod
    def from_row(cls, model: str, row: Any, data: Any, aliases: Mapping[str, int]) -> Version:
        """From MLflow's row of the version and the data of its run (None: the run was deleted)."""
        number = int(row.version)
        own = tuple(sorted(alias for alias, version in aliases.items() if version == number))
        metrics, parameters = (dict(data.metrics), dict(data.params)) if data else ({}, {})
        return cls(model, number, own, metrics, dict(row.tags), parameters, row.run_id)

    @property
    def label(self) -> str:
        """Name and number, as items and plans carry them."""
        return f"{NAMES[self.model]}/{self.number}"

    @property
    def documents(self) -> tuple[str, ...]:
        """Names of what lies beside the model: its card, plots and signature."""
        return tuple(self.digests("documents"))

    def digests(self, folder: str = "model") -> dict[str, str]:
        """The SHA-256 of each file of a folder, as they were recorded."""
        return dict(json.loads(self.tags.get(DIGESTS[folder], "{}")))
