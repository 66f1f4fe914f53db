"""Training the payment curve beside the bare `lightgbm.train` on the matrix that the curve makes of its charges.

Each contestant is a process of its own with two threads. LightGBM begins with the matrix in memory and ends with the
trees (300 of 31 leaves, the same parameters); recobro begins with a frame of charges and ends with the fitted curve:
encoding, cutting into intervals, the trees, and how sure they are. Calibration on later charges is told apart and not
in the ratio. Seconds are the middle one of the rounds, which take turns; MiB is the process's peak, with what it began
with. The limit is 1.3 times the bare training of 2 million rows; how sure the trees are is told by two more models of
20,000 rows whatever the size of the whole, so that of 200,000 rows this alone takes half as long again.

    python -m bench.risk.training --rows 2000000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

import pandas as pd

from bench.data.measuring import THREADS, Limits, measure_apart
from bench.risk.training_one import CONTESTANTS

_MOST_TIMES: Final = 1.3


def main() -> int:
    """Print one row a contestant; the exit status is 1 where one did not end or the limit was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000, help="of the matrix")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3600, help="after which a contestant is broken off")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        return _race(Path(folder), asked)


def _race(folder: Path, asked: argparse.Namespace) -> int:
    prepared = _measured("prepare", folder, asked)
    if "failed" in prepared:
        print(f"The rows could not be prepared: {prepared['failed']}")
        return 1
    print(f"{prepared['rows']:,} rows of {prepared['columns']} columns, {THREADS} threads", flush=True)
    told: dict[str, list[dict[str, Any]]] = {who: [] for who in CONTESTANTS}
    for _ in range(asked.rounds):
        for who, rounds in told.items():
            rounds.append(_measured(who, folder, asked))
    failed = [f"{who}: {one['failed']}" for who, rounds in told.items() for one in rounds if "failed" in one]
    if failed:
        print(failed[0])
        return 1
    bare = median(one["train"] for one in told["lightgbm.train"])
    table = pd.DataFrame([_row(who, rounds, bare) for who, rounds in told.items()])
    print(table.to_string(index=False, na_rep=""))
    return int(table["x bare"].iloc[-1] > _MOST_TIMES)


def _measured(who: str, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    return measure_apart("bench.risk.training_one", [who, str(folder), str(asked.rows)], Limits(asked.seconds))


def _row(who: str, rounds: list[dict[str, Any]], bare: float) -> dict[str, Any]:
    seconds = median(one["train"] for one in rounds)
    told = {"who": who, "seconds": round(seconds, 1), "x bare": round(seconds / bare, 2)}
    later = {"calibrating": round(median(one["calibrate"] for one in rounds), 1)} if "calibrate" in rounds[0] else {}
    return {**told, **later, "MiB": max(one["mib"] for one in rounds)}


if __name__ == "__main__":
    sys.exit(main())
