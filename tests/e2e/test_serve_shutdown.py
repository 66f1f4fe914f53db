"""A serving process that is told to stop finishes what it began."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.e2e.cli_runner import start
from tests.e2e.test_serve_over_http import free_port
from tests.unit.plan_samples import build_plan
from tests.unit.receivers import Receiver, receiving

from recobro_data.store import Store, open_store

pytestmark = pytest.mark.slow
N_ITEMS = 12_000


@dataclass
class Serving:
    """A `recobro serve` of its own, its store and a key."""

    process: subprocess.Popen[str]
    port: int
    store: Store
    key: str

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait_until_deaf(self) -> None:
        """Until nobody new is let in."""
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionError:
                return  # refused, or reset where the port was just being closed
            time.sleep(0.05)
        raise AssertionError("the port still listens")


@contextmanager
def serving(home: Path, **environ: str) -> Iterator[Serving]:
    port = free_port()
    process = start(home, "serve", "--port", str(port), "--log-format", "json", environ=environ)
    with open_store(f"sqlite:///{home / 'data' / 'recobro.db'}") as store:
        try:
            assert process.stderr is not None
            process.stderr.readline()
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(transport=transport, trust_env=False) as client:
                client.get(f"http://127.0.0.1:{port}/livez", timeout=30)
            yield Serving(process, port, store, store.add_key("test", ["read"], ["*"]))
        finally:
            process.kill()
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


def test_an_export_that_was_begun_comes_whole_after_the_process_was_told_to_stop(home: Path) -> None:
    with serving(home) as server:
        server.store.publish_plan(build_plan(n_items=N_ITEMS, left_alone=(), scores=()))
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as reader:
            head = (
                f"GET /v1/worklists/latest/export?format=ndjson HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.key}\r\n\r\n"
            )
            reader.sendall(head.encode())
            first = reader.recv(1000)
            server.stop()
            server.wait_until_deaf()
            body = read_to_end(reader, first)
        assert server.process.wait(20) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
        told = [json.loads(line)["rank"] for line in body.splitlines()]
    assert told == list(range(1, N_ITEMS + 1))
    assert read_audit(home)[-1] == ("/v1/worklists/{day}/export", 200, N_ITEMS)


def read_to_end(reader: socket.socket, first: bytes) -> bytes:
    """The body of a chunked answer, read by a slow client."""
    parts = [first]
    while part := reader.recv(65_536):
        parts.append(part)
        if part.endswith(b"0\r\n\r\n"):
            break
    _, _, chunks = b"".join(parts).partition(b"\r\n\r\n")
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        body, chunks = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


def read_audit(home: Path) -> list[tuple[str, int, int]]:
    with open_store(f"sqlite:///{home / 'data' / 'recobro.db'}") as store:
        return [(row["route"], row["status"], row["n_rows"]) for row in store.audit.rows()]


@pytest.fixture
def slow_receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.seconds = 0.7
        yield receiver


def test_a_webhook_that_is_on_its_way_is_delivered_and_noted_before_the_end(
    tmp_path: Path, slow_receiver: Receiver
) -> None:
    with serving(tmp_path, RECOBRO_SERVING_WEBHOOK_ALLOW_PRIVATE="true") as server:
        hook, _ = server.store.webhooks.add(slow_receiver.url(), ["plan.published"], ["*"])
        server.store.webhooks.announce("plan.published", None, {"plan_id": "p1"})
        while not slow_receiver.calls:
            time.sleep(0.02)
        server.stop()
        server.process.wait(20)
        assert [row["status"] for row in server.store.webhooks.deliveries(hook.webhook_id)] == ["delivered"]


def test_what_was_read_just_before_the_end_is_in_the_audit_log(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/v1/worklists/latest"
        httpx.get(url, headers={"X-API-Key": server.key}, trust_env=False)
        server.stop()
        server.process.wait(20)
    assert read_audit(tmp_path) == [("/v1/worklists/{day}", 503, 0)]
