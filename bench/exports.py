"""How much a process grows while it exports a long list: `python -m bench.exports [--items 1000000]`.

Every format writes the same items one after the other to nowhere; told are seconds, bytes, and by how much the largest
size of the process exceeded what it was before.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.unit.plan_samples import build_item

from recobro_data.store import ITEM_FIELDS
from recobro_data.store.answers import told
from recobro_data.store.exports import csv_chunks, ndjson_chunks, parquet_chunks
from recobro_data.store.exports_diallers import genesys_chunks, vicidial_chunks
from recobro_models.explanation.catalogue import tell

FORMATS: dict[str, Callable[[Any, int], Iterator[bytes]]] = {
    "ndjson": lambda rows, _: ndjson_chunks(rows, ITEM_FIELDS),
    "csv": lambda rows, _: csv_chunks(rows, ITEM_FIELDS),
    "vicidial": vicidial_chunks,
    "genesys": genesys_chunks,
    "parquet": lambda rows, _: parquet_chunks(rows, ITEM_FIELDS),
}


def main() -> None:
    """Prints a table, a line a format."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--items", type=int, default=1_000_000)
    n_items = words.parse_args().items
    row = told(build_item(1), tell)
    b"".join(parquet_chunks([row], ITEM_FIELDS))
    print(f"{n_items:,} items\n\n| format | seconds | MB written | process grew by MB |\n|---|---|---|---|")
    for name, chunks_of in FORMATS.items():
        before, started = _largest(), time.perf_counter()
        n_bytes = sum(map(len, chunks_of(({**row, "rank": rank} for rank in range(1, n_items + 1)), n_items)))
        grown = _largest() - before
        print(f"| {name} | {time.perf_counter() - started:.1f} | {n_bytes / 1e6:.0f} | {grown:.0f} |", flush=True)


def _largest() -> float:
    """The largest size that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
