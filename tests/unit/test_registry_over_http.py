"""The registry on a tracking server of its own, over HTTP; the server keeps the files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.database_servers import free_port
from tests.unit.registry_samples import CARD, add_version, fresh_settings

from recobro_data.settings import Settings
from recobro_models.registry import Registry

MLFLOW = shutil.which("mlflow", path=str(Path(sys.executable).parent))
#: A start on a machine that has nothing else to do takes ten.
START_SECONDS = 180


def answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server came up, asked until it ends or time is up."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return True
        except OSError:
            time.sleep(0.2)
    return False


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a database and files of its own; all it started ends with it."""
    if MLFLOW is None:
        pytest.skip("no `mlflow` command beside this Python")
    folder = tmp_path_factory.mktemp("server")
    database, port = fresh_settings(folder).mlflow_dir / "mlflow.db", free_port()
    words = ["server", "--backend-store-uri", f"sqlite:///{database}", "--artifacts-destination", str(folder / "files"),
             "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]  # fmt: skip
    quiet = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([MLFLOW, *words], env=quiet, stdout=log, stderr=log, start_new_session=True)
    try:
        if not answers(f"http://127.0.0.1:{port}", process):
            pytest.skip("`mlflow server` did not start here")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_on_a_tracking_server_versions_are_kept_promoted_loaded_and_rolled_back(address: str, tmp_path: Path) -> None:
    registry = Registry(Settings(home=tmp_path, mlflow={"uri": address}))
    first, second = (add_version(registry, mark=mark) for mark in ("first", "second"))
    for version in (first, second):
        registry.promote("risk", version.number)
    assert registry.files(registry.champion("risk"))["model.json"]["mark"] == "second"
    assert registry.rollback("risk").number == first.number
    assert [one.aliases for one in registry.versions()] == [("challenger", "former"), ("champion",)]
    assert list(tmp_path.iterdir()) == []
    with urllib.request.urlopen(registry.place_of(second, "model_card.html"), timeout=10) as answer:
        assert answer.read().decode() == CARD["model_card.html"]
