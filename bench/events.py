"""How many events a second the API takes, each on disk and in force before its answer; and what kills leave.

    python -m bench.events                      # 1,000 events a second for 60 seconds on SQLite
    python -m bench.events --rate 0             # as many as go
    python -m bench.events --postgres           # on a PostgreSQL server started for it
    python -m bench.events --kills 10000        # writers killed at any moment of a call; --postgres, too

A real server answers on loopback in a process of its own. Payments are told of the debtors of a published plan; every
event changes that debtor's row of the list. Latency counts from when a call was due, so that a call that waits for the
one before it is not told as quick.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from tests.unit.day_samples import build_day

from bench.kills import bench_kills, new_database, new_file
from recobro_data.store import open_store

SERVE = "from recobro_serving.app import create_default_app; import uvicorn; uvicorn.run(create_default_app(), port={})"


@dataclass(frozen=True)
class Load:
    """What is asked of the server: events a second (0: as many as go), for how long, how many a call, on how many
    connections, of how many debtors."""

    rate: float
    seconds: float
    per_call: int
    connections: int
    debtors: int


@contextmanager
def serving(folder: Path, url: str, debtors: int) -> Iterator[tuple[int, str]]:
    """A server over a published plan: its port, and a key that writes."""
    with open_store(url) as store:
        store.publish_plan(build_day(n_items=debtors))
        key = store.add_key("bench", ["read", "write"], ["*"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        **os.environ,
        "RECOBRO_HOME": str(folder),
        "RECOBRO_STORE_URL": url,
        "RECOBRO_SERVING_RATE_PER_MINUTE": "0",
    }
    log = (folder / "server.log").open("w")
    server = subprocess.Popen([sys.executable, "-c", SERVE.format(port)], env=environ, stdout=log, stderr=log)
    try:
        _wait(port)
        yield port, key
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def measure(port: int, key: str, load: Load) -> tuple[int, float, list[float]]:
    """Events that were accepted, the seconds it took, and the latency of each call."""
    started = time.perf_counter() + 0.2
    with ThreadPoolExecutor(load.connections) as workers:
        jobs = [workers.submit(_tell, (port, key), load, n, started) for n in range(load.connections)]
        told = [job.result() for job in jobs]
    return sum(n for n, _ in told), time.perf_counter() - started, [one for _, took in told for one in took]


def _tell(server: tuple[int, str], load: Load, connection: int, started: float) -> tuple[int, list[float]]:
    port, key = server
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    draw, latencies, n_accepted, n_calls = Random(connection), list[float](), 0, 0
    every = load.per_call * load.connections / load.rate if load.rate else 0.0
    while time.perf_counter() < started + load.seconds:
        due = started + (n_calls + connection / load.connections) * every if every else time.perf_counter()
        time.sleep(max(0.0, due - time.perf_counter()))
        body = json.dumps(_payments(draw, load, f"{connection}-{n_calls}"))
        line.request("POST", "/v1/events", body, headers)
        answer = line.getresponse()
        events = json.loads(answer.read())
        assert answer.status == 200, events
        n_accepted += sum(one["status"] == "accepted" for one in events)
        latencies.append(time.perf_counter() - due)
        n_calls += 1
    line.close()
    return n_accepted, latencies


def _payments(draw: Random, load: Load, call: str) -> list[object]:
    rows = []
    for place in range(load.per_call):
        debtor = draw.randint(1, load.debtors)
        rows.append(
            {"payment_id": f"{call}-{place}", "charge_id": f"c{debtor}", "paid_on": "2026-03-02", "amount": 0.01}
        )
    return [{"table": "payments", "row": row} for row in rows]


def bench_rate(load: Load, url: str | None, folder: Path) -> None:
    """Prints the rate that was kept and the latency of calls."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with serving(folder, url or f"sqlite:///{folder / 'recobro.db'}", load.debtors) as (port, key):
        n_events, seconds, latencies = measure(port, key, load)
    p50, p99, worst = (1000 * float(np.quantile(latencies, share)) for share in (0.5, 0.99, 1.0))
    asked = f"{load.rate:,.0f} asked for" if load.rate else "as many as go"
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds_of_cpu = cpu.ru_utime + cpu.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{'PostgreSQL' if url else 'SQLite'}: {n_events / seconds:,.0f} events a second for {seconds:.0f} s ({asked})"
    )
    print(f"  {load.per_call} a call on {load.connections} connections, {load.debtors:,} debtors")
    print(f"  a call: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {worst:.0f} ms")
    print(
        f"  the server used {1000 * seconds_of_cpu / max(n_events, 1):.2f} ms of processor an event, its start included"
    )


@contextmanager
def durable_postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server that writes through to the disk, unlike the one of the tests."""
    from tests.unit import database_servers as servers

    programs = servers.postgres_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL server on this machine")
    (folder := folder / "server").mkdir()
    own, port = servers._as_user("postgres", folder), servers.free_port()
    servers._run(
        [programs / "initdb", "--no-locale", "-D", folder / "data", "-A", "trust", "-U", "bench", "-E", "UTF8"], own
    )
    words = ["-p", port, "-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=127.0.0.1"]
    with servers._running([programs / "postgres", "-D", folder / "data", *words], own) as process:
        servers._wait(port, process)
        yield f"postgresql://bench@127.0.0.1:{port}/postgres"


def main() -> None:
    """Runs what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--per-call", type=int, default=20)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--debtors", type=int, default=20_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        load = Load(asked.rate, asked.seconds, asked.per_call, asked.connections, asked.debtors)
        with durable_postgres(folder) if asked.postgres else nullcontext() as url:
            if asked.kills:
                bench_kills(
                    asked.kills, partial(new_database, url) if url else partial(new_file, folder), seed=asked.seed
                )
            else:
                bench_rate(load, url, folder)


if __name__ == "__main__":
    main()
