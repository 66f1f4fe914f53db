"""The models in force: versions, measures and lineage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recobro_data.settings import Settings


@dataclass(frozen=True)
class ModelDesk:
    """Answers `GET /v1/models`. The registry belongs to the workspace, not to a portfolio: every reader sees it."""

    settings: Settings

    def models(self) -> dict[str, Any]:
        """The champion, the challenger and the former champion of each model, the newest first.

        Raises:
            NoChampionError: nothing has been promoted yet.
        """
        from recobro_data.errors import NoChampionError

        versions = self._registry.in_force()
        if not any("champion" in version.aliases for version in versions):
            raise NoChampionError("a champion", "none", "Run `recobro train` first.")
        return {"items": [_told(version) for version in versions]}

    @cached_property
    def _registry(self) -> Any:
        from recobro_models.registry import reading_registry

        return reading_registry(self.settings)


def _told(version: Any) -> dict[str, Any]:
    from recobro_models.promotion import told_of_tags

    tags = version.tags
    return {
        "version": version.label, "model": version.model, "number": version.number, "aliases": list(version.aliases),
        **{name: tags.get(name) for name in ("kind", "as_of", "data", "verdict")},
        "rules": [rule._asdict() for rule in told_of_tags(tags)], "metrics": dict(sorted(version.metrics.items())),
        "parameters": dict(sorted(version.parameters.items())), "files": version.digests(),
    }  # fmt: skip
