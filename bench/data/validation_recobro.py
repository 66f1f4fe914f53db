"""recobro in `bench-validation`: a load up to where its rows are decided, without what it writes to the lake."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bench.data.measuring import THREADS
from bench.data.validation_rows import TABLES, write_bad_rows
from recobro_data.ingest.check import check_rows
from recobro_data.ingest.complete import build_good
from recobro_data.ingest.decide import decide_forms
from recobro_data.ingest.manifest import Manifest
from recobro_data.ingest.merge import Generation, open_lake_tables
from recobro_data.ingest.parquet_files import keep_as_they_are
from recobro_data.ingest.workbench import Bench, open_workbench
from recobro_data.quarantine.file import build_rejected
from recobro_data.row_rules import set_clock
from recobro_data.settings import load_settings
from recobro_data.sources.opening import open_for_load


def check(folder: Path, out: Path) -> None:
    """Read each table, decide the form of its columns, check every row, and say of each bad one why."""
    environ = {"RECOBRO_ENGINE_THREADS": str(THREADS)}
    settings = load_settings(home=out / "home", environ=environ).settings
    with open_workbench(settings) as bench:
        set_clock(bench.connection, datetime.fromisoformat(bench.started_at))
        keep_as_they_are(bench.connection)
        parts = settings.engine.partitions
        before = Manifest(bench.work_id, parts)
        generation = Generation(settings.lake_dir, before, bench.work_id, bench.started_at, parts)
        open_lake_tables(bench.connection, generation)
        source = open_for_load(str(folder / "source"), settings)
        for table in TABLES:
            raw = decide_forms(bench.connection, source.read_raw(bench.connection, table))
            check_rows(bench.connection, raw, parts)
            build_good(bench.connection, table, parts)
            build_rejected(bench.connection, raw)
        for table in TABLES[1:]:
            write_bad_rows(out, table, _bad_rows(bench, table))


def _bad_rows(bench: Bench, table: str) -> list[int]:
    """What lies in quarantine, and rows said twice in the same words."""
    place = "_seq % (1::BIGINT << 40)"
    rows = bench.connection.execute(
        f"SELECT {place} FROM failed_{table} UNION ALL SELECT {place} FROM same_{table}"
    ).fetchall()
    return [row[0] for row in rows]
