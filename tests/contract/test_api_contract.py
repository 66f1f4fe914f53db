from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import Clock, build_plan

from recobro_data.store import ITEM_FIELDS, LEFT_ALONE_FIELDS, open_store
from recobro_serving import schemas

LATEST = "/v1/worklists/latest"
#: Each takes seconds to import or belongs to training; answering needs none of them.
HEAVY = (
    "mlflow",
    "shap",
    "lightgbm",
    "sklearn",
    "pandas",
    "great_expectations",
    "pyarrow",
    "duckdb",
    "ibis",
    "alembic",
)

SERVE = f"""
import asyncio, sys, time
started = time.process_time()
from recobro_serving.app import create_default_app
import httpx
app = create_default_app()
async def call(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://recobro") as client:
        return await client.get(path, headers={{"X-API-Key": sys.argv[1]}})
paths = ("/v1/worklists/latest", "/v1/worklists/latest/left-alone", "/v1/worklists/latest/export", "/v1/plans/p1",
         "/v1/debtors/d1/risk", "/v1/debtors/d1/contact-times", "/readyz")
assert [asyncio.run(call(path)).status_code for path in paths] == [200] * len(paths)
print(time.process_time() - started, *(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def caller(home: Path) -> Iterator[Caller]:
    with open_store(f"sqlite:///{home / 'data' / 'recobro.db'}", now=Clock()) as store:
        store.publish_plan(build_plan())
        yield build_caller(store)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (LATEST, schemas.WorklistPage),
        (f"{LATEST}/left-alone", schemas.LeftAlonePage),
        ("/v1/debtors/d1/recommendation", schemas.Item),
        ("/v1/debtors/a1/recommendation", schemas.LeftAloneAnswer),
        ("/v1/debtors/d1/risk", schemas.Risk),
        ("/v1/debtors/d1/contact-times", schemas.ContactTimes),
        ("/v1/plans/p1", schemas.Plan),
        ("/v1/nothing", schemas.ProblemBody),
    ],
)
def test_an_answer_has_exactly_the_shape_that_is_documented(caller: Caller, path: str, shape: Any) -> None:
    answer = caller.get(path).json()
    read = TypeAdapter(shape).validate_json(json.dumps(answer))
    assert set(read.model_dump()) == set(answer)


@pytest.mark.parametrize(("shape", "fields"), [(schemas.Item, ITEM_FIELDS), (schemas.LeftAloneRow, LEFT_ALONE_FIELDS)])
def test_the_documented_row_has_the_contracts_fields(shape: Any, fields: tuple[str, ...]) -> None:
    assert set(shape.model_fields) == set(fields)


def test_the_document_names_every_call_of_the_contract(caller: Caller) -> None:
    paths = caller.get("/openapi.json").json()["paths"]
    lists = {f"/v1/worklists/{{day}}{more}" for more in ("", "/left-alone", "/export")}
    debtors = {f"/v1/debtors/{{debtor_id}}/{call}" for call in ("recommendation", "risk", "contact-times")}
    assert lists | debtors | {"/v1/plans/{plan_id}", "/livez", "/readyz", "/metrics"} <= set(paths)


def test_every_call_under_v1_documents_its_keys_and_problems(caller: Caller) -> None:
    paths = caller.get("/openapi.json").json()["paths"]
    calls = [call for path, by_method in paths.items() if path.startswith("/v1") for call in by_method.values()]
    assert all({"HTTPBearer", "APIKeyHeader"} == {name for way in call["security"] for name in way} for call in calls)
    assert all("application/problem+json" in call["responses"]["404"]["content"] for call in calls)


def test_the_process_that_serves_starts_light_and_within_three_seconds(caller: Caller, home: Path) -> None:
    key = caller.headers["Authorization"].removeprefix("Bearer ")
    run = [sys.executable, "-c", SERVE, key]
    out = subprocess.run(run, env={"RECOBRO_HOME": str(home)}, capture_output=True, text=True, check=True).stdout
    # Seconds of the processor, so that a busy machine does not fail the test.
    seconds, *heavy = out.split()
    assert (heavy, float(seconds) < 3) == ([], True), seconds
