from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from recobro_data.settings import Settings
from recobro_data.store import open_store
from recobro_models.registry import Version
from recobro_pipelines.promotions_told import tell_promotions

RISK = Version("risk", 3, (), {}, {"as_of": "2026-03-02"}, {}, "")


def events(settings: Settings) -> list[Any]:
    with open_store(settings.store_url) as store:
        (hook,) = store.webhooks.all(None)
        return [(row["type"], row["status"]) for row in store.webhooks.deliveries(hook.webhook_id)]


def test_a_promotion_is_told_to_who_asked_for_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_store(settings.store_url) as store:
        store.webhooks.add("https://example.com", ["model.promoted"], ["north"])
    tell_promotions(settings, [RISK])
    assert events(settings) == [("model.promoted", "pending")]


def test_where_nothing_was_promoted_no_store_is_opened(tmp_path: Path) -> None:
    tell_promotions(Settings(home=tmp_path), [])
    assert not (tmp_path / "data").exists()


def test_a_store_that_is_away_undoes_no_promotion(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING):
        tell_promotions(Settings(home=tmp_path), [RISK])
    assert "webhooks were not told of a promotion" in caplog.text
