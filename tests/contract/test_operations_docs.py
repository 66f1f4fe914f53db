"""docs/operations.md tells every setting with its default, and the metrics there are and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recobro_data.sections_serving import Oidc, Serving
from recobro_serving.metrics import Meter

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGE, re.M))
#: Read from the store when there is something to tell.
LIVE = {"recobro_plan_age_seconds", "recobro_plan_items", "recobro_webhook_deliveries"}


@pytest.mark.parametrize("key", [key for key in Serving.model_fields if key != "oidc"])
def test_every_setting_stands_there_with_its_default(key: str) -> None:
    default = getattr(Serving(), key)
    assert TOLD[key] == ("none" if default in ((), "") else str(default).lower())


@pytest.mark.parametrize("key", Oidc.model_fields)
def test_every_setting_of_tokens_stands_there(key: str) -> None:
    assert f"`oidc.{key}`" in PAGE


def test_the_metrics_there_are_stand_there_and_no_others() -> None:
    families = text_string_to_metric_families(Meter().exposition().decode())
    names = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    own = {name for name in names if name.startswith("recobro_") and not name.endswith("_created")}
    assert set(re.findall(r"`(recobro_\w+)", PAGE)) == own | LIVE
