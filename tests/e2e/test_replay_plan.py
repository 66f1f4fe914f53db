"""A published plan is made again to the byte, whatever changed since; and what can not be is told."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.conftest import opened_store
from tests.e2e.cli_runner import Prepared, prepare, recobro

from recobro_data.load import load_source
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Settings
from recobro_models.registry import Registry
from recobro_pipelines.plan_replay import Replayed, replay_plan

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Published:
    """A published plan in a workspace that a test may change."""

    settings: Settings
    plan_id: str

    def replayed(self, settings: Settings | None = None) -> Replayed:
        with opened_store(self.settings) as store:
            return replay_plan(settings or self.settings, store, self.plan_id)

    def alter(self, statement: str, path: str = "data/recobro.db") -> None:
        with sqlite3.connect(self.settings.home / path) as connection:
            assert connection.execute(statement).rowcount
        connection.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory)


@pytest.fixture
def published(prepared: Prepared, tmp_path: Path) -> Published:
    settings = Settings(home=prepared.copy_of("planned", tmp_path), engine={"threads": 1})
    with opened_store(settings) as store:
        return Published(settings, store.current_plan().plan_id)


def test_a_plan_comes_out_as_it_was_published(published: Published) -> None:
    run = recobro(published.settings.home, "replay", published.plan_id)
    assert (run.status, run.err) == (0, "")
    assert "comes out as it was published" in run.out


def test_what_changed_in_the_workspace_since_changes_nothing(published: Published, prepared: Prepared) -> None:
    policy = published.settings.policy.model_copy(update={"exploration": 0.9, "salt": "other"})
    charges = pd.read_csv(prepared.source / "charges.csv", dtype=str)
    later = published.settings.home / "charges.csv"
    charges.assign(amount=charges["amount"].astype(float) + 1).to_csv(later, index=False)
    load_source(str(later), published.settings, validate=lambda *_: later)
    promote_another(published.settings)
    replayed = published.replayed(published.settings.model_copy(update={"policy": policy}))
    assert replayed.is_identical, replayed.to_json()


def promote_another(settings: Settings) -> None:
    registry = Registry(settings)
    files: dict[str, Any] = registry.files(registry.champion("contact"))
    added = registry.add("contact", files, metrics={}, parameters={}, tags={"as_of": "2026-01-01"})
    registry.promote("contact", added.number)


def test_an_item_that_was_altered_in_the_store_is_told_with_both_values(published: Published) -> None:
    published.alter("""UPDATE items SET body = replace(body, '"PEN"', '"USD"') WHERE rank = 2""")
    run = recobro(published.settings.home, "replay", "latest", "--json")
    told = json.loads(run.out)
    assert (run.status, told["identical"], told["rows"]["changed"]["items"]) == (1, False, 1)
    assert ("currency", "USD", "PEN") in [(one["field"], one["stored"], one["rebuilt"]) for one in told["differences"]]


def test_an_altered_record_is_told_before_anything_is_made(published: Published) -> None:
    published.alter("""UPDATE plan_inputs SET document = replace(document, '"salt": "recobro"', '"salt": "other"')""")
    run = recobro(published.settings.home, "replay", "latest")
    assert run.status == 1
    assert "was altered" in run.out
    assert "can not be made again" in run.out


@pytest.mark.parametrize(
    ("path", "statement", "told"),
    [
        ("data/recobro.db", "DELETE FROM input_files WHERE content LIKE '%id: PE%'", "contact_rules/PE.yaml is gone"),
        ("mlflow/mlflow.db", "UPDATE model_version_tags SET value = '{}' WHERE key = 'recobro.sha256'",
         "Expected recobro-risk/1 with the files it had, found others"),
        ("mlflow/mlflow.db", "DELETE FROM model_versions WHERE name = 'recobro-contact-effect'",
         "Expected a version of the effect model"),
        ("data/recobro.db", "UPDATE plan_inputs SET document = replace(document, '\"rates\"', '\"rate\"')",
         "Expected settings that this recobro knows"),
    ],
)  # fmt: skip
def test_what_is_gone_or_altered_is_named(published: Published, path: str, statement: str, told: str) -> None:
    published.alter(statement, path)
    assert told in " ".join(published.replayed().missing)


def test_data_that_was_forgotten_is_told_as_that(published: Published) -> None:
    with opened_store(published.settings) as store:
        debtor = str(store.items(published.plan_id, limit=1)[0]["debtor_id"])
    forget_debtor(debtor, published.settings)
    assert "1 debtors were forgotten for good" in " ".join(published.replayed().missing)
