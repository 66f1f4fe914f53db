"""`make bench-validation`: recobro's row rules beside Great Expectations on pandas and pandera on pandas and Polars.

Everybody checks the same `charges` and `payments` by the same rules (types, required values, patterns, ranges, unique
keys, references) and must say which rows are bad; a payment of a bad charge is one. Each measurement is a process of
its own with two threads; seconds are wall clock and of the processor, memory is the process's peak, `x DuckDB` and
`x reader` are times merely reading the files with DuckDB and with the contestant's own reader. Everybody takes
each Parquet column's type as it is; recobro checks `debtors` too, and keeps each bad row whole with its reason.

    python -m bench.data.validation --rows 1000000 10000000
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

import pandas as pd

from bench.data.measuring import Limits, measure_apart
from bench.data.validation_one import CHECKING, READING

_PREPARING: Final = Limits(seconds=7200, mib=16_384)


def main() -> None:
    """Print one row a contestant and number of charges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--seconds", type=float, default=600, help="after which a contestant is broken off")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for n_rows in asked.rows:
        with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
            rows += _race(Path(folder), n_rows, Limits(asked.seconds))
            print(pd.DataFrame(rows).to_string(index=False, na_rep=""), flush=True)


def _race(folder: Path, n_rows: int, limits: Limits) -> list[dict[str, Any]]:
    prepared = _measured("prepare", folder, str(n_rows), _PREPARING)
    print(f"{n_rows:,} charges and their payments written in {prepared.get('seconds', prepared)} s", flush=True)
    reading = {who: _measured(who, folder, str(folder / "reading"), limits) for who in READING}
    rows = [{"charges": n_rows, "who": f"merely reading, {who}", **_told(found)} for who, found in reading.items()]
    for who, (_, reader) in CHECKING.items():
        found = _measured(who, folder, str(folder / who), limits)
        ratios = {f"x {name}": _ratio(found, reading[of]) for name, of in (("DuckDB", "DuckDB"), ("reader", reader))}
        rows.append({"charges": n_rows, "who": who, **_told(found), **ratios, **_bad(folder, who, found)})
    return rows


def _measured(who: str, folder: Path, last: str, limits: Limits) -> dict[str, Any]:
    return measure_apart("bench.data.validation_one", [who, str(folder), last], limits)


def _told(found: dict[str, Any]) -> dict[str, Any]:
    if "failed" in found:
        return {"seconds": found["failed"]}
    return {"seconds": found["seconds"], "cpu s": found["cpu"], "MiB": found["mib"]}


def _ratio(found: dict[str, Any], reading: dict[str, Any]) -> float | None:
    if "failed" in found or "failed" in reading:
        return None
    return round(found["seconds"] / max(reading["seconds"], 0.01), 1)


def _bad(folder: Path, who: str, found: dict[str, Any]) -> dict[str, Any]:
    """How many bad rows were found, and whether they are those that recobro found."""
    if "failed" in found:
        return {}
    theirs, ours = (_rows(folder / name) for name in (who, "recobro"))
    return {"bad rows": str(sum(map(len, theirs))), "same": "yes" if theirs == ours else "NO"}


def _rows(out: Path) -> list[list[str]]:
    """The bad rows of each table; none where a contestant did not end."""
    paths = [out / f"{table}.txt" for table in ("charges", "payments")]
    return [path.read_text().split(",") if path.is_file() else [] for path in paths]


if __name__ == "__main__":
    main()
