"""`make bench-features`: recobro's debtor features beside pandas, Polars, DuckDB SQL by hand, and a mere scan.

Everybody computes the same columns from the same files (`bench.data.feature_states`) with two threads, each measurement
in a process of its own; seconds are wall clock and of the processor, memory is the process's peak. `x scan` is the time
over that of DuckDB scanning the needed columns once for each as-of day. `recobro, whole` starts from the lake instead:
which payment paid which charge is in its time. Every column of every contestant is held against recobro's.

    python -m bench.data.features --debtors 100000 --days 1 12
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from bench.data.feature_check import differing_columns
from bench.data.feature_one import CONTESTANTS
from bench.data.measuring import Limits, measure_apart
from bench.data.portfolio import AS_OF

#: Who computes nothing that could be compared, or is what the others are compared with.
UNCHECKED: Final = ("scan", "recobro, features alone")
_PREPARING: Final = Limits(seconds=7200, mib=16_384)


def main() -> None:
    """Print one row a contestant and number of as-of days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debtors", type=int, default=100_000)
    parser.add_argument("--days", type=int, nargs="+", default=[1, 12])
    parser.add_argument("--seconds", type=float, default=600, help="after which a contestant is broken off")
    parser.add_argument("--who", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS), help="only these")
    parser.add_argument("--keep", type=Path, help="a folder for the files, kept for the next run of this size")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        _race(asked.keep or Path(folder), asked)


def _race(folder: Path, asked: argparse.Namespace) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    print(f"{asked.debtors:,} debtors; the source, the lake and the states are being written", flush=True)
    prepared = _measured("prepare", max(asked.days), folder, str(asked.debtors), _PREPARING)
    print(f"prepared in {prepared.get('seconds', prepared)} s", flush=True)
    for n_days in asked.days:
        scanned: float | None = None
        for who in asked.who:
            found = _measured(who, n_days, folder, str(folder / "features" / who), Limits(asked.seconds))
            scanned = found.get("seconds") if who == "scan" else scanned
            rows.append(
                {"days": n_days, "who": who, **_told(found, scanned), "differing": _checked(who, folder, found)}
            )
            print(pd.DataFrame(rows).to_string(index=False), flush=True)


def _measured(who: str, n_days: int, folder: Path, last: str, limits: Limits) -> dict[str, Any]:
    if who in CONTESTANTS:
        shutil.rmtree(last, ignore_errors=True)
    # A month apart, the newest first.
    days = ",".join((AS_OF - timedelta(days=30 * month)).isoformat() for month in range(n_days))
    return measure_apart("bench.data.feature_one", [who, days, str(folder), last], limits)


def _told(found: dict[str, Any], scanned: float | None) -> dict[str, Any]:
    if "failed" in found:
        return {"seconds": found["failed"]}
    ratio = round(found["seconds"] / scanned, 1) if scanned else None
    return {"seconds": found["seconds"], "cpu s": found["cpu"], "x scan": ratio, "MiB": found["mib"]}


def _checked(who: str, folder: Path, found: dict[str, Any]) -> str:
    """Which columns are not recobro's, on the newest and the oldest day; what was compared is then removed."""
    if who in UNCHECKED or "failed" in found:
        return ""
    theirs, ours = folder / "features" / who, folder / "features" / "recobro, features alone"
    if not ours.is_dir():
        return "recobro has none"
    days = sorted(path.name for path in theirs.iterdir())
    differing = {name for day in {days[0], days[-1]} for name in differing_columns(ours / day, theirs / day)}
    shutil.rmtree(theirs)
    return ", ".join(sorted(differing)) or "none"


if __name__ == "__main__":
    main()
