"""A debtor taken out of the options that plans chose from, which are kept beside the store for what-if."""

from __future__ import annotations

from pathlib import Path


def remove_from_options(folder: Path, debtor_id: str) -> int:
    """Takes the debtor's row out of every plan's file, and what a run that was cut off left. Gives the rows."""
    for left in folder.glob("*.part"):
        left.unlink()
    return sum(_remove(path, debtor_id) for path in sorted(folder.glob("*.parquet")))


def _remove(path: Path, debtor_id: str) -> int:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(path)
    kept = rows.filter(pc.field("debtor_id") != debtor_id)
    if kept.num_rows < rows.num_rows:
        beside = path.with_suffix(".part")
        pq.write_table(kept, beside, compression="zstd")
        beside.replace(path)
    removed: int = rows.num_rows - kept.num_rows
    return removed
