"""`recobro serve`, `keys` and `config` as an operator uses them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.cli_runner import recobro, start
from tests.e2e.test_serve_over_http import free_port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """A server of a workspace in which nothing was planned."""
    port = free_port()
    process = start(home, "serve", "--port", str(port))
    try:
        assert process.stderr is not None
        assert f"http://127.0.0.1:{port}" in process.stderr.readline()
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport, trust_env=False) as client:
            client.get(f"http://127.0.0.1:{port}/livez", timeout=20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def ask(url: str, key: str) -> httpx.Response:
    return httpx.get(f"{url}/v1/worklists/latest", headers={"Authorization": f"Bearer {key}"}, trust_env=False)


def test_without_a_plan_the_api_says_which_command_to_run(home: Path, url: str) -> None:
    answer = ask(url, recobro(home, "keys", "add", "me").out.strip())
    assert (answer.status_code, "recobro plan" in answer.json()["detail"]) == (503, True)


def test_a_wrong_key_is_a_401_problem(url: str) -> None:
    answer = ask(url, "rck_00_wrong")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_key_that_the_list_shows_can_be_revoked(home: Path, url: str) -> None:
    key = recobro(home, "keys", "add", "short", "--json").told["key"]
    listed = {row["name"]: row["key_id"] for row in recobro(home, "keys", "list", "--json").told}
    assert recobro(home, "keys", "revoke", listed["short"]).status == 0
    assert ask(url, key).status_code == 401


def test_the_configuration_tells_value_and_origin_and_no_secret(tmp_path: Path) -> None:
    environ = {
        "RECOBRO_STORE_URL": "postgresql://me:hunter2@db/recobro",
        "RECOBRO_MLFLOW_URI": "https://me:hunter2@tracking",
        "RECOBRO_INGEST_SOURCE": "postgresql://me:hunter2@db/core",
        "RECOBRO_ENGINE_URL": "sc://spark:15002/;token=hunter2",
    }
    run = recobro(tmp_path, "config", "--json", environ=environ)
    rows = {row["key"]: row for row in run.told}
    assert rows["policy.horizon_days"] == {"key": "policy.horizon_days", "value": 30, "from": "default"}
    assert [rows[key]["from"] for key in ("store.url", "mlflow.uri", "ingest.source", "engine.url")] == list(environ)
    assert "hunter2" not in run.out
