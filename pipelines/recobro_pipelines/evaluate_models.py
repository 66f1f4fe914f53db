"""The models that a policy under evaluation goes by: those in use, or versions that are on trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from recobro_data.errors import UsageError
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.off_policy.policies import EXPECTED_VALUE
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Registry
from recobro_pipelines.plan import Champions, load_champions

#: Policies that go by what models say of a debtor.
BY_MODEL: Final = ("p-pay", "p-unpaid", EXPECTED_VALUE)
#: By model: the field of `Champions`, and what reads it.
_READERS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Any]]]] = MappingProxyType(
    {
        "risk": ("curve", PaymentCurve.from_files),
        "contact": ("times", ContactTimes.from_files),
        "effect": ("effect", ContactEffect.from_files),
    }
)


def load_models(registry: Registry, policy: str, versions: Sequence[str]) -> Champions | None:
    """The champions, with `versions` such as `effect=3` or `risk=challenger` in place of some; None: none is needed.

    Raises:
        UsageError: versions for a policy without models, an unknown model, or no such version.
        NoChampionError: nothing has been trained.
        TamperedModelError: a file is not the one that was recorded.
    """
    if policy not in BY_MODEL:
        if versions:
            found = f"{policy}, which goes by none"
            raise UsageError(f"versions with one of {', '.join(BY_MODEL)}", found, "Leave --version out.")
        return None
    models = load_champions(registry)
    for text in versions:
        models = _with_version(models, registry, text)
    return models


def _with_version(models: Champions, registry: Registry, text: str) -> Champions:
    model, _, which = text.partition("=")
    if model not in _READERS or not which:
        known = f"Models: {', '.join(_READERS)}."
        raise UsageError("a version such as effect=3 or risk=challenger", repr(text), known)
    version = registry.find(model, which)
    field, read = _READERS[model]
    fitted = {field: read(registry.files(version))}
    return replace(models, versions={**models.versions, model: version}, **fitted)
