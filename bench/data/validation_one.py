"""One contestant of `bench-validation` in a process of its own: `--one WHO FOLDER OUT`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Final

from bench.data.measuring import print_measured

#: Merely reading, in the order in which it is measured; each as module and function.
READING: Final = {
    "DuckDB": "validation_reading:read_all",
    "pandas": "validation_pandas:read_all",
    "Polars": "validation_polars:read_all",
}
#: Who checks, each with its reader; a process imports its own.
CHECKING: Final = {
    "recobro": ("validation_recobro:check", "DuckDB"),
    "Great Expectations, pandas": ("validation_great:check", "pandas"),
    "pandera, pandas": ("validation_pandera:check_on_pandas", "pandas"),
    "pandera, Polars": ("validation_pandera:check_on_polars", "Polars"),
}


def main(who: str, folder: str, out: str) -> None:
    """Print what a contestant took; `prepare` writes the files with as many charges as `out` says."""
    if who == "prepare":
        from bench.data.validation_rows import write_source

        print_measured(lambda: write_source(Path(folder), int(out)))
        return
    place = READING.get(who) or CHECKING[who][0]
    module, function = place.split(":")
    contestant = getattr(importlib.import_module(f"bench.data.{module}"), function)
    print_measured(lambda: contestant(Path(folder), Path(out)))


if __name__ == "__main__":
    main(*sys.argv[2:])
