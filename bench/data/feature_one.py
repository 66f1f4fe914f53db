"""One contestant of `bench-features` in a process of its own: `--one WHO DAYS FOLDER OUT`."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from pathlib import Path
from typing import Final

from bench.data.measuring import print_measured

#: Who takes part, in the order in which they are measured, each as module and function: a process imports its own.
CONTESTANTS: Final = {
    "scan": "feature_peers_duckdb:scan",
    "recobro, features alone": "feature_recobro:features_alone",
    "recobro, whole": "feature_recobro:whole",
    "DuckDB in one pass": "feature_peers_duckdb:in_one_pass",
    "DuckDB by partitions": "feature_peers_duckdb:by_partitions",
    "Polars in one pass": "feature_peers_polars:in_one_pass",
    "Polars by partitions": "feature_peers_polars:by_partitions",
    "pandas by partitions": "feature_peers_pandas:by_partitions",
}


def main(who: str, days: str, folder: str, out: str) -> None:
    """Print what a contestant took for the days; `prepare` writes the files of as many debtors as `out` says."""
    as_of_days = [date.fromisoformat(day) for day in days.split(",")]
    if who == "prepare":
        from bench.data.feature_states import prepare

        print_measured(lambda: prepare(Path(folder), int(out), as_of_days))
        return
    module, function = CONTESTANTS[who].split(":")
    contestant = getattr(importlib.import_module(f"bench.data.{module}"), function)
    print_measured(lambda: contestant(Path(folder), as_of_days, Path(out)))


if __name__ == "__main__":
    main(*sys.argv[2:])
