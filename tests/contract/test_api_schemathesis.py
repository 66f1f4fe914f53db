"""Generated calls, sound and broken: every answer is one that the description promises, and none is a defect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Serving, Settings
from recobro_data.store import open_store
from recobro_serving.app import create_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The app over a store with a plan, and what a key with every scope sends along."""
    home = tmp_path_factory.mktemp("generated")
    with open_store(f"sqlite:///{home / 'recobro.db'}") as store:
        store.publish_plan(build_plan(n_items=4))
        key = store.add_key("generated", ("read", "write", "admin"), ("*",))
        serving = Serving(rate_per_minute=0, webhooks=False)
        app = create_app(Settings(home=Path(home), serving=serving), store)
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        schema.config.headers = {"Authorization": f"Bearer {key}"}
        # The first score of a process waits for the libraries of the models.
        schema.config.request_timeout = 120
        yield schema


@pytest.mark.slow
def test_every_generated_call_is_answered_as_described(described: Any) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    negative = GenerationMode.NEGATIVE
    answered = [call_all(each.as_strategy() | each.as_strategy(generation_mode=negative)) for each in operations]
    assert len(answered) > 20
    assert all(answered)


def call_all(cases: st.SearchStrategy[schemathesis.Case]) -> int:
    """How many generated calls were answered as described; the first that was not is told."""
    answered = 0

    @settings(
        max_examples=20, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases)
    def answered_as_described(case: schemathesis.Case) -> None:
        nonlocal answered
        response = case.call()
        # Without a model 503 is an answer that the description has; any other 5xx is a defect.
        if response.status_code != 503:
            case.validate_response(response, checks=CHECKS)
        answered += 1

    answered_as_described()
    return answered
