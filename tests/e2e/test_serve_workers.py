from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.e2e.test_serve_over_http import wait_until_alive
from tests.unit.database_servers import free_port
from tests.unit.plan_samples import build_plan

from recobro_data.store import open_store

pytestmark = pytest.mark.slow


@dataclass
class Served:
    """A server of two processes."""

    url: str
    key: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers={"X-API-Key": self.key}, trust_env=False, timeout=30)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    with open_store(f"sqlite:///{tmp_path / 'data' / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        key = store.add_key("test", ["read"], ["*"])
    environ = {"RECOBRO_HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-m", "recobro_pipelines", "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_alive(f"http://127.0.0.1:{port}", process)
        yield Served(f"http://127.0.0.1:{port}", key, process)
    finally:
        process.terminate()
        process.wait(60)


def test_two_processes_answer_together_and_leave_nothing_behind(served: Served, tmp_path: Path) -> None:
    assert [served.get("/v1/worklists/latest").status_code for _ in range(20)] == [200] * 20
    counted = re.findall(r'recobro_requests_total\{.*worklists/\{day\}".*\} (\d+)', served.get("/metrics").text)
    assert counted == ["20"]
    served.process.terminate()
    served.process.wait(60)
    assert not list(tmp_path.glob("recobro-metrics-*"))
