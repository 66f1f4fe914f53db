"""Two API processes on one store: a new plan is taken up by both, and no call fails meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.unit.database_servers import free_port
from tests.unit.plan_samples import build_plan

from recobro_data.store import open_store

#: Seconds within which every process tells of a new plan.
_SOON = 15


@contextmanager
def serving(home: Path, store_url: str) -> Iterator[str]:
    """An API process of its own; gives its address once it is ready."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RECOBRO_")}
    words = ["uvicorn", "--factory", "recobro_serving.app:create_default_app", "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-m", *words], env=environ | {"RECOBRO_HOME": str(home), "RECOBRO_STORE_URL": store_url},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home,
    ) as process:  # fmt: skip
        try:
            yield _ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(60)


def _ready(address: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, "the process ended by itself"
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return address
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the process does not get ready")


@pytest.mark.slow
def test_a_new_plan_is_taken_up_by_every_process_without_a_failed_call(store_url: str, tmp_path: Path) -> None:
    with open_store(store_url) as store, ExitStack() as processes:
        key = store.add_key("dialler", ["read"], ["*"])
        store.publish_plan(build_plan("p1"))
        addresses = [processes.enter_context(serving(tmp_path, store_url)) for _ in range(2)]
        told = {address: latest(address, key) for address in addresses}
        assert set(told.values()) == {"p1"}
        store.publish_plan(build_plan("p2"))
        ends = time.monotonic() + _SOON
        while set(told.values()) != {"p2"} and time.monotonic() < ends:
            told = {address: latest(address, key) for address in addresses}
        assert set(told.values()) == {"p2"}


def latest(address: str, key: str) -> str:
    """The plan that a process tells of; a call that fails is an error."""
    answer = httpx.get(f"{address}/v1/worklists/latest", headers={"X-API-Key": key}, timeout=30)
    return str(answer.raise_for_status().json()["plan_id"])
