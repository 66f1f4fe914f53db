"""Explaining many rows: recobro's SHAP values beside `shap.TreeExplainer` and LightGBM, on the same model and rows.

The model is a payment curve of 300 trees of 31 leaves, fitted to a synthetic portfolio; the rows are intervals of its
open charges, drawn with replacement. Each contestant is a process of its own with two threads; seconds and MiB are
those of explaining alone, with the model loaded and the rows read; recobro's compiled code comes from numba's cache, as
it does from the second run on. `apart` is the largest difference from LightGBM's values and has to be below 1e-6. The
last line is all that a plan does with as many charges: every interval of each, added up to the log-odds of staying
unpaid over 30 days, and told as reasons.

    python -m bench.risk.explaining --rows 100000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from bench.data.measuring import THREADS, Limits, measure_apart
from bench.risk.explaining_one import CONTESTANTS, OURS

_PEER: Final = "LightGBM, pred_contrib"
#: Differences from LightGBM's values beyond this are no rounding.
_NEAR: Final = 1e-6


def main() -> int:
    """Print one row a contestant; the exit status is 1 where values differ or a contestant did not end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3600, help="after which a contestant is broken off")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        return _race(Path(folder), asked.rows, Limits(asked.seconds))


def _race(folder: Path, n_rows: int, limits: Limits) -> int:
    prepared = _measured("prepare", folder, n_rows, limits)
    if "failed" in prepared:
        print(f"The rows could not be prepared: {prepared['failed']}")
        return 1
    print(f"{n_rows:,} rows of {prepared['columns']} columns, {prepared['trees']} trees, {THREADS} threads", flush=True)
    found = {who: _measured(who, folder, n_rows, limits) for who in CONTESTANTS}
    table = [_row(who, told, found[_PEER], folder) for who, told in found.items()]
    print(pd.DataFrame(table).to_string(index=False, na_rep=""))
    return int(any("failed" in told for told in found.values()) or any(row.get("apart", 0) > _NEAR for row in table))


def _measured(who: str, folder: Path, n_rows: int, limits: Limits) -> dict[str, Any]:
    return measure_apart("bench.risk.explaining_one", [who, str(folder), str(n_rows)], limits)


def _row(who: str, told: dict[str, Any], peer: dict[str, Any], folder: Path) -> dict[str, Any]:
    if "failed" in told:
        return {"who": who, "seconds": told["failed"]}
    row = {"who": who, "seconds": told["took"], "cpu s": told["cpu_took"], "MiB": told["mib"]}
    if who != OURS and "failed" not in peer:
        values, theirs = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in (who, _PEER))
        row |= {"x pred_contrib": round(told["took"] / peer["took"], 3), "apart": float(np.abs(values - theirs).max())}
    return row


if __name__ == "__main__":
    sys.exit(main())
