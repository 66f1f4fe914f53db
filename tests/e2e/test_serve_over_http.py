from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.database_servers import free_port
from tests.unit.plan_samples import build_plan

from recobro_data.store import Store, open_store

PUBLISH = """
import sys
sys.path.insert(0, sys.argv[2])
from tests.unit.plan_samples import build_item, build_plan
from recobro_data.store import open_store

def items():
    for rank in range(1, 50_001):
        if rank == 8_001:
            print("half-way", flush=True)
            sys.stdin.read()
        yield build_item(rank, "p2")

open_store(sys.argv[1]).publish_plan(build_plan("p2", items=items(), left_alone=(), scores=()))
"""
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "api.md"


@dataclass
class Server:
    """A server that runs in a process of its own, and its store."""

    url: str
    store: Store
    key: str
    log: Path

    def get(self, path: str, key: str | None = None) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {key or self.key}"}, trust_env=False)


def wait_until_alive(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{url}/livez", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not answer in 15 seconds")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("workspace"), free_port()
    log = home / "server.log"
    command = [sys.executable, "-m", "uvicorn", "--factory", "recobro_serving.app:create_default_app"]
    with open_store(f"sqlite:///{home / 'data' / 'recobro.db'}") as store, log.open("wb") as out:
        store.publish_plan(build_plan())
        key = store.add_key("test", ["read", "write"], ["*"])
        environ = {"RECOBRO_HOME": str(home), "PATH": os.environ["PATH"]}
        process = subprocess.Popen([*command, "--port", str(port)], env=environ, stdout=out, stderr=out)
        try:
            wait_until_alive(f"http://127.0.0.1:{port}", process)
            yield Server(f"http://127.0.0.1:{port}", store, key, log)
        finally:
            process.terminate()
            process.wait(10)


def test_a_served_worklist_is_the_published_one(server: Server) -> None:
    page = server.get("/v1/worklists/latest?limit=2").json()
    assert [(item["rank"], item["debtor_id"]) for item in page["items"]] == [(1, "d1"), (2, "d2")]


def test_a_key_that_is_added_and_revoked_while_serving_counts_at_once(server: Server) -> None:
    key = server.store.add_key("short", ["read"], ["*"])
    assert server.get("/v1/worklists/latest", key).status_code == 200
    server.store.revoke_key(key.split("_")[1])
    assert server.get("/v1/worklists/latest", key).status_code == 401


def test_no_secret_is_in_the_servers_log(server: Server) -> None:
    server.get("/v1/worklists/latest")
    server.get("/v1/worklists/latest", "rck_00_wrong-secret")
    log = server.log.read_text()
    assert '"route": "/v1/worklists/{day}", "status": 200' in log
    assert not any(secret in log for secret in (server.key, server.key.split("_", 2)[2], "wrong-secret"))


def test_a_publication_that_is_killed_half_way_leaves_the_former_plan(server: Server) -> None:
    url = server.store._engine.url.render_as_string()
    run = [sys.executable, "-c", PUBLISH, url, str(ROOT)]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publishing:
        assert publishing.stdout is not None
        assert publishing.stdout.readline() == b"half-way\n"
        publishing.send_signal(signal.SIGKILL)
    assert server.get("/v1/worklists/latest").json()["plan_id"] == "p1"
    assert server.store.publish_plan(build_plan("p2", n_items=3))
    assert server.get("/v1/worklists/latest").json()["plan_id"] == "p2"


def documented_calls() -> list[str]:
    """Every call of a shell's block, over as many lines as it takes."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.M | re.S)
    return [call for block in blocks for call in re.split(r"^(?=curl )", block, flags=re.M) if call.startswith("curl ")]


@pytest.mark.parametrize("call", documented_calls(), ids=lambda call: re.findall(r"8000(/[^\s\"?]*)", call)[0])
def test_a_documented_call_works(server: Server, call: str, tmp_path: Path) -> None:
    server.store.publish_plan(build_plan("docs"))
    call = call.replace("http://127.0.0.1:8000", server.url).replace("$KEY", server.key)
    words = [*shlex.split(call.replace("\\\n", " ")), "--noproxy", "*"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    content = run.stdout or b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert content
    assert "/v1/" not in call or "export" in call or is_understood(json.loads(content))


def is_understood(answer: Any) -> bool:
    """Answered, or refused only for what a night's work would have brought."""
    kind = answer.get("type", "") if isinstance(answer, dict) else ""
    if not kind.startswith("urn:recobro:problem:"):
        return True
    return (answer["status"] == 503 and ":no-" in kind) or "nothing kept for it" in answer["detail"]
