"""A record of ready features: recobro's curve against `mlflow models serve` of the same booster, both on loopback.

    python -m bench.ready --home WORKSPACE [--seconds 5] [--rounds 3]

The API scores debtors with their raw history and takes no ready features, so what is measured is the part of its way
that corresponds: one open charge's features as JSON to the probability of staying unpaid, through the same curve that
scores a day (encoding, the intervals of 30 days, the booster on each, pooling, recalibration), behind the server that
`recobro serve` uses. `mlflow models serve` is given one row of the booster's own columns and answers with what the
booster says of it: one interval, no curve. Both are asked in turn, over one connection and over four.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from recobro_data.lake import Lake
from recobro_data.settings import Settings
from recobro_models.champion_watch import ChampionWatch
from recobro_models.event_grid import INTERVAL_FEATURES
from recobro_models.payment_curve import PaymentCurve
from recobro_models.segment_rates import RATE_COLUMNS
from recobro_models.snapshots import Snapshots

ROOT: Final = Path(__file__).parents[1]
#: Days ahead that recobro is asked about.
HORIZON_DAYS: Final = 30
_STARTS: Final = 120.0


def main() -> None:
    """Print a line a number of connections, as JSON."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--seconds", type=float, default=5.0)
    words.add_argument("--rounds", type=int, default=3)
    asked = words.parse_args()
    curve = curve_of(asked.home)
    bodies = build_bodies(asked.home, curve)
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        save_booster(curve, Path(folder) / "model")
        with served_mlflow(Path(folder) / "model") as theirs, served_recobro(asked.home) as ours:
            for connections in (1, 4):
                rounds = [
                    [
                        load(port, body, connections, asked.seconds)
                        for port, body in zip((ours, theirs), bodies, strict=True)
                    ]
                    for _ in range(asked.rounds)
                ]
                print(json.dumps({"connections": connections, **compare(rounds)}), flush=True)


def curve_of(home: Path) -> PaymentCurve:
    """The champion of a workspace."""
    curve: PaymentCurve = ChampionWatch(Settings(home=home)).current().curve
    return curve


def build_bodies(home: Path, curve: PaymentCurve) -> tuple[bytes, bytes]:
    """The same open charge as recobro and as the booster are given it."""
    settings = Settings(home=home)
    lake = Lake(settings.lake_dir)
    charges = Snapshots(lake, settings).day_rows(lake.newest()["payments"] + timedelta(days=1)).charges
    row = charges[[*_given(curve), "as_of"]].iloc[[len(charges) // 2]]
    columns = [*curve.encoding.columns, *INTERVAL_FEATURES]
    numbers = np.column_stack([curve.encoding.matrix(row), np.full((1, len(INTERVAL_FEATURES)), 3.0)])
    # What is missing is 0 to the booster: of a null MLflow's server makes a column that it then refuses.
    booster = {"columns": columns, "data": np.nan_to_num(numbers).tolist()}
    records = json.loads(row.drop(columns="as_of").to_json(orient="records"))
    asked = {"as_of": row["as_of"].iloc[0].date().isoformat(), "records": records}
    return json.dumps(asked).encode(), json.dumps({"dataframe_split": booster}).encode()


def _given(curve: PaymentCurve) -> list[str]:
    return [name for name in curve.encoding.columns if name not in RATE_COLUMNS]


def save_booster(curve: PaymentCurve, folder: Path) -> None:
    """The curve's booster as MLflow keeps one."""
    import mlflow.lightgbm

    mlflow.lightgbm.save_model(curve.hazard.learned.booster_, folder, pip_requirements=["lightgbm"])


def load(port: int, body: bytes, connections: int, seconds: float) -> list[float]:
    """Seconds of each call, in order of time taken; each connection asks again as soon as it has its answer."""
    with ThreadPoolExecutor(connections) as pool:
        found = list(pool.map(lambda _: _ask_on(port, body, seconds), range(connections)))
    return sorted(each for one in found for each in one)


def _ask_on(port: int, body: bytes, seconds: float) -> list[float]:
    connection, found = http.client.HTTPConnection("127.0.0.1", port, timeout=30), []
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ends = time.perf_counter() + seconds
    while (started := time.perf_counter()) < ends:
        connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told
        found.append(time.perf_counter() - started)
    connection.close()
    return found


def compare(rounds: Sequence[Sequence[Sequence[float]]]) -> dict[str, Any]:
    """Medians of the rounds: milliseconds and calls of each side, and how many times the calls of the other."""
    told: dict[str, Any] = {}
    for side, name in enumerate(("recobro", "mlflow")):
        each = [one[side] for one in rounds]
        told[name] = {
            "calls": median(len(calls) for calls in each),
            **{f"p{share}": round(1000 * median(calls[len(calls) * share // 100] for calls in each), 2)
               for share in (50, 99)},
        }  # fmt: skip
    return told | {"times_the_calls": round(told["recobro"]["calls"] / told["mlflow"]["calls"], 2)}


@contextmanager
def served_recobro(home: Path) -> Iterator[int]:
    """The curve behind uvicorn."""
    command = ["-m", "uvicorn", "--factory", "bench.ready:create", "--log-level", "error", "--port"]
    with _served(command, {"BENCH_HOME": str(home)}, "/ping") as port:
        yield port


@contextmanager
def served_mlflow(model: Path) -> Iterator[int]:
    """The booster behind `mlflow models serve`."""
    command = ["-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager", "local", "-h", "127.0.0.1", "-p"]
    with _served(command, {}, "/ping") as port:
        yield port


@contextmanager
def _served(command: Sequence[str], more: dict[str, str], ping: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # MLflow starts its server by name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, **more, "OMP_WAIT_POLICY": "passive", "PATH": path}
    process = subprocess.Popen(
        [sys.executable, *command, str(port)], cwd=ROOT, env=surroundings, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port, ping)
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _wait_for(port: int, ping: str) -> None:
    ends = time.monotonic() + _STARTS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", ping)
            if connection.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > ends:
                raise
        time.sleep(0.2)


def create() -> Any:
    """The application that `served_recobro` serves."""
    curve = curve_of(Path(os.environ["BENCH_HOME"]))

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        told = b"{}" if scope["path"] == "/ping" else _score(curve, body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    return answer


def _score(curve: PaymentCurve, body: bytes) -> bytes:
    asked = json.loads(body)
    unpaid = curve.predict_unpaid_of(asked["records"], date.fromisoformat(asked["as_of"]), HORIZON_DAYS)
    return json.dumps({"predictions": unpaid.tolist()}).encode()


if __name__ == "__main__":
    main()
