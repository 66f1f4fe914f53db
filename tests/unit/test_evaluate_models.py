"""Which versions a policy under evaluation goes by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.unit.registry_samples import fresh_settings

from recobro_data.errors import UsageError
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Registry
from recobro_pipelines.evaluate_models import load_models


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Champions of every model, and a second version of the effect."""
    home: Path = tmp_path_factory.mktemp("versions")
    registry = Registry(fresh_settings(home))
    fitted = {
        "risk": PaymentCurve.fit_baseline(pd.DataFrame()), "contact": ContactTimes.prior(),
        "effect": ContactEffect.prior(),
    }  # fmt: skip
    for model, one in fitted.items():
        found = registry.add(model, one.to_files(), metrics={}, parameters={}, tags={"as_of": "2026-01-01"})
        registry.promote(model, found.number)
    registry.add("effect", fitted["effect"].to_files(), metrics={}, parameters={}, tags={"as_of": "2026-02-01"})
    return registry


def test_a_policy_without_models_needs_none(registry: Registry) -> None:
    assert load_models(registry, "oldest", ()) is None


def test_the_champions_are_gone_by_unless_told_otherwise(registry: Registry) -> None:
    models = load_models(registry, "expected-value", ())
    assert models is not None
    assert {version.number for version in models.versions.values()} == {1}


def test_a_version_stands_in_for_its_champion(registry: Registry) -> None:
    models = load_models(registry, "expected-value", ("effect=2",))
    assert models is not None
    assert models.versions["effect"].number == 2
    assert models.versions["risk"].number == 1


@pytest.mark.parametrize("text", ["effect", "effect=", "trees=1"])
def test_words_that_name_no_version_are_refused(registry: Registry, text: str) -> None:
    with pytest.raises(UsageError, match=f"Expected a version such as effect=3 or risk=challenger, found '{text}'"):
        load_models(registry, "p-pay", (text,))


def test_a_version_that_is_not_there_is_refused(registry: Registry) -> None:
    with pytest.raises(UsageError, match="found '9' where there are 1 to 2"):
        load_models(registry, "p-pay", ("effect=9",))
