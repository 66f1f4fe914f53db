"""What a plan is made from: settings, the lake as it stands, models, and the files of rules beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from recobro_data.contact_rules import Rulebook, rules_in_force
from recobro_data.contact_rules.files import SHIPPED
from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.champions import Champions as Champions
from recobro_models.champions import load_champions as load_champions
from recobro_models.champions import read_models as read_models
from recobro_models.decision.day import POLICY as POLICY
from recobro_models.decision.strategies import AMONG, strategies_among, strategy_texts
from recobro_models.registry import Registry

#: Folder of the contact rules among a plan's files.
_RULES: Final = "contact_rules"


@dataclass(frozen=True)
class Means:
    """Everything that a plan follows from, beside the day.

    files: texts by name that the plan depends on beside its settings, as `read_files` reads them.
    recorded_at: the instant at which the lake can be read again as it is read now.
    """

    settings: Settings
    lake: Lake
    rulebook: Rulebook
    champions: Champions
    files: Mapping[str, str]
    recorded_at: datetime


def load_means(settings: Settings, recorded_by: datetime | None = None) -> Means:
    """What the workspace plans with now; with `recorded_by` the lake is read as it stood at that instant.

    Raises:
        NoChampionError: nothing has been trained.
        RulesError: a file of contact rules is not in its form.
        ConfigurationError: a strategy file or a text is not in its form.
    """
    lake = Lake(settings.lake_dir, recorded_by)
    _ = lake.version  # before the models are loaded: who has no data yet is told so
    files = read_files(settings)
    strategies_among(files)  # what is wrong with them is told before the models are loaded too
    recorded_at = lake.in_force_at or recorded_by or datetime.now(UTC)
    return Means(settings, lake, rules_in_force(settings), load_champions(Registry(settings)), files, recorded_at)


def read_files(settings: Settings) -> dict[str, str]:
    """The files that a plan depends on beside its settings: contact rules, strategies and their texts."""
    rules = {f"{_RULES}/{path.name}": path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yaml"))}
    return rules | {f"{AMONG}{name}": text for name, text in strategy_texts(settings.home).items()}


def rules_in(folder: Path) -> Path:
    """The contact rules of a folder into which a plan's files were put back."""
    return folder / _RULES
