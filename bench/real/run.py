"""`make bench-real`: a day on the real charges of `datarisk-br`: ingest, train and plan as of 2021-02-01 in a workspace
of its own; the size and head of the worklist. `bench.real.datarisk` scores the payment curve on the same data.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from rich.console import Console

from bench.real.datarisk_tables import write_tables
from recobro_data.load import load_source
from recobro_data.settings import Settings, load_settings
from recobro_data.store import open_store
from recobro_data.store.answers import told
from recobro_models.explanation.catalogue import tell
from recobro_pipelines.plan import plan_worklist
from recobro_pipelines.show import WorklistTable
from recobro_pipelines.train import train_models

AS_OF = date(2021, 2, 1)


def main() -> int:
    """Run the benchmark; the exit status is 1 where the data is not there."""
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "datarisk-br"
    console = Console(width=160, highlight=False)
    if not (source / "payments.csv.gz").is_file():
        console.print(
            f"No data set in {source}. It is the public Datarisk junior case (payments.csv.gz, base_cadastral.csv); "
            "put it there, or name the folder that holds datarisk-br in RECOBRO_DATASETS.", soft_wrap=True,
        )  # fmt: skip
        return 1
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        settings = load_settings(home=Path(folder), environ={}).settings
        _ingest(settings, source, console)
        _plan(settings, console)
    return 0


def _ingest(settings: Settings, source: Path, console: Console) -> None:
    start = time.perf_counter()
    tables = write_tables(source, settings.home / "source")
    report = load_source(str(tables), settings).to_json()
    for name, counts in report["tables"].items():
        console.print(f"{name:9} {counts}")
    console.print(f"ingest: {time.perf_counter() - start:.1f} s\n")


def _plan(settings: Settings, console: Console) -> None:
    start = time.perf_counter()
    for one in train_models(settings, AS_OF):
        console.print(f"{one.version.label}: {one.kind}, {one.verdict.why}")
    console.print(f"train as of {AS_OF}: {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    with open_store(settings.store_url) as store:
        planned = plan_worklist(settings, store, AS_OF)
        console.print(
            f"plan: {time.perf_counter() - start:.1f} s, {planned.n_items} items, {planned.summary['left_alone']}"
        )
        items = [told(row, tell) for row in store.items(planned.plan_id, limit=10)]
    console.print(WorklistTable(items, title=f"Worklist of {AS_OF}, the first 10 of {planned.n_items}"))


if __name__ == "__main__":
    sys.exit(main())
