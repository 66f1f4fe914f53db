"""The models in use: read from the registry, each with its version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from recobro_data.errors import NoChampionError
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import Promises
from recobro_models.registry import Registry, Version

#: Models without which nothing is planned.
_NEEDED: Final = ("risk", "contact", "effect")
_READERS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Any]]]] = MappingProxyType(
    {
        "risk": ("curve", PaymentCurve.from_files),
        "contact": ("times", ContactTimes.from_files),
        "effect": ("effect", ContactEffect.from_files),
        "promise": ("promises", Promises.from_files),
    }
)


@dataclass(frozen=True)
class Champions:
    """The models in use and their versions."""

    curve: PaymentCurve
    times: ContactTimes
    effect: ContactEffect
    versions: Mapping[str, Version]
    promises: Promises = field(default_factory=Promises.prior)


def load_champions(registry: Registry) -> Champions:
    """Load the champions; where none of promises is there yet, its prior holds.

    Raises:
        NoChampionError: another model has none yet.
        TamperedModelError: a file is not the one that was recorded.
    """
    versions = {model: registry.champion(model) for model in _NEEDED}
    with suppress(NoChampionError):
        # A workspace that was trained before promises had a model goes on as it is.
        versions["promise"] = registry.champion("promise")
    return read_models(registry, versions)


def read_models(registry: Registry, versions: Mapping[str, Version]) -> Champions:
    """The models of these versions.

    Raises:
        TamperedModelError: a file is not the one that was recorded.
    """
    read = {_READERS[model][0]: _READERS[model][1](registry.files(version)) for model, version in versions.items()}
    return Champions(versions=versions, **read)
