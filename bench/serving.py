"""Pages and recommendations against the same bytes as a constant, side by side from the same server, on loopback.

    python -m bench.serving --items 1000000                # SQLite and PostgreSQL, uvicorn
    python -m bench.serving --items 100000 --servers uvicorn granian --stores sqlite

A constant is answered by the server before any layer of the application: no key, no store, no headers of ours. Each
pair is measured in turn, several rounds, and the medians of the rounds are told; `times` is how many times the
constant's p50. `page` asks for one page over and over, `deep page` for the last full one, `walk` for another page each
time, `another debtor` for another debtor each time.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.serving_world import debtor_id_of, publish
from recobro_data.store import open_store

ROOT: Final = Path(__file__).parents[1]
CONNECTIONS: Final = (1, 16, 64)
PAGE: Final = "/v1/worklists/latest?limit=100"
#: Source: prctl(2).
_PR_SET_PDEATHSIG: Final = 1
_SERVERS: Final = {
    "uvicorn": ("-m", "uvicorn", "--factory", "bench.serving_app:create", "--log-level", "error", "--port"),
    "granian": ("-m", "granian", "--interface", "asgi", "--factory", "bench.serving_app:create", "--log-level", "error",
                "--no-ws", "--port"),
}  # fmt: skip


def main() -> None:
    """Print a line a measurement, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--servers", nargs="+", default=["uvicorn"], choices=sorted(_SERVERS))
    parser.add_argument("--connections", nargs="+", type=int, default=CONNECTIONS)
    asked = parser.parse_args()
    # Whoever is asked to end ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for store in asked.stores:
        with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder, _store_url(store, Path(folder)) as url:
            with open_store(url) as opened:
                key = publish(opened, asked.items)
            for server in asked.servers:
                with _served(server, url, Path(folder)) as port:
                    for told in _measured(Target(port, key, asked)):
                        print(json.dumps({"store": store, "server": server, "items": asked.items, **told}), flush=True)


@dataclass(frozen=True)
class Target:
    """A server that answers, the key it takes, and what was asked for."""

    port: int
    key: str
    asked: argparse.Namespace

    def get(self, path: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"X-API-Key": self.key})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def load(self, connections: int, *words: str) -> dict[str, Any]:
        """What one load measured."""
        command = [sys.executable, "-m", "bench.serving_load", self.port, connections, self.asked.seconds, self.key]
        run = subprocess.run([*map(str, command), *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return dict(json.loads(run.stdout))


def _measured(target: Target) -> Iterator[dict[str, Any]]:
    cursors = list(_cursors(target))
    deep = f"{PAGE}&cursor={cursors[-1]}"
    ranks = (1 + n * target.asked.items // 997 for n in range(997))
    debtors = [f"/v1/debtors/{debtor_id_of(rank)}/recommendation" for rank in ranks]
    walk = ["--walk", *(f"{PAGE}&cursor={cursor}" for cursor in cursors)]
    for connections in target.asked.connections:
        for name, constant, words in (
            ("page", PAGE, [PAGE]),
            ("deep page", deep, [deep]),
            ("walk", PAGE, walk),
            ("one debtor", debtors[0], debtors[:1]),
            ("another debtor", debtors[0], debtors),
        ):
            yield {"what": name, "connections": connections, **_compared(target, connections, constant, words)}


def _compared(target: Target, connections: int, constant: str, words: Sequence[str]) -> dict[str, Any]:
    rounds = [
        (target.load(connections, f"/constant{constant}"), target.load(connections, *words))
        for _ in range(target.asked.rounds)
    ]
    names = ("p50", "p99", "per_second")
    base, own = ({name: median(each[side][name] for each in rounds) for name in names} for side in (0, 1))
    times = {name: round(own[name] / base[name], 2) for name in ("p50", "p99")}
    return {"constant": base, "recobro": own, "times": times["p50"], "times_p99": times["p99"]}


def _cursors(target: Target) -> Iterator[str]:
    """Cursors spread over the list, the last one before its last full page."""
    step, path = max(1, target.asked.items // 1000 // 64), "/v1/worklists/latest?limit=1000"
    found, cursor = 0, ""
    while page := target.get(f"{path}{cursor}"):
        if page["next_cursor"] is None or page["items"][-1]["rank"] + 1000 > target.asked.items:
            last = target.get(f"{path.replace('1000', '900')}{cursor}")["next_cursor"]
            if last:
                yield last
            return
        cursor = f"&cursor={page['next_cursor']}"
        found += 1
        if found % step == 0:
            yield page["next_cursor"]


@contextmanager
def _store_url(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'recobro.db'}"
        return
    from tests.unit.database_servers import postgres

    (folder / "postgres").mkdir()
    folder.chmod(0o755)
    with postgres(folder / "postgres") as server:
        yield server.url("postgres")


@contextmanager
def _served(server: str, url: str, home: Path) -> Iterator[int]:
    port = _free_port()
    environ = {**os.environ, "BENCH_STORE": url, "BENCH_HOME": str(home), "RECOBRO_HOME": str(home)}
    command = [sys.executable, *_SERVERS[server], str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log, preexec_fn=_end_with_parent)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _end_with_parent() -> None:
    """Linux ends the server when this process is gone, however it was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended by itself"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


if __name__ == "__main__":
    main()
