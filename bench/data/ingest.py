"""`make bench-ingest`: loading a portfolio, beside DuckDB reading, sorting and writing the same files, in the same run.

Each measurement is a process of its own; seconds are wall clock (`cpu`: of the processor, which tell more where others
work beside it), memory is the process's peak. recobro validates every row, keeps the rows as they came, and writes the
lake; DuckDB casts, sorts by debtor and writes Parquet. Sizes are told by charges, which come with their payments and
attempts (4,200,000 charges: ten million rows in all), or by debtors.

    python -m bench.data.ingest --charges 100000 1000000 10000000 --kinds parquet csv
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

from bench.data.measuring import peak_mib
from bench.data.portfolio import CHARGES, write_portfolio
from recobro_data.load import load_source
from recobro_data.settings import load_settings

MEMORY = "3GB"


def main() -> None:
    """Print one row a size and kind of file: rows, seconds of both (clock and processor), the ratio, and both peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--charges", type=int, nargs="+", default=[100_000, 1_000_000, 4_200_000])
    sizes.add_argument("--debtors", type=int, nargs="+", help="sizes by debtors, who have 24 charges each")
    parser.add_argument("--kinds", nargs="+", default=["parquet", "csv"])
    parser.add_argument("--keep", type=Path, help="a folder for the sources, kept for the next run")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(_measure(*asked.one)))
        return
    rows = []
    for n in asked.debtors or [-(-charges // CHARGES) for charges in asked.charges]:
        for kind in asked.kinds:
            with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
                source = _source(asked.keep or Path(folder), n, kind)
                rows.append({"charges": n * CHARGES} | _compare(source, Path(folder), kind))
                print(pd.DataFrame(rows).to_string(index=False), flush=True)


def _source(folder: Path, n_debtors: int, kind: str) -> Path:
    """The portfolio as files of that kind; one that an earlier run kept is taken as it is."""
    source = folder / f"{kind}-{n_debtors}"
    if not source.is_dir():
        beside = write_portfolio(folder / f".{source.name}", n_debtors)
        if kind == "csv":
            _to_csv(beside)
        beside.rename(source)
    return source


def _compare(source: Path, folder: Path, kind: str) -> dict[str, object]:
    ours, peer = (_in_a_process(who, source, folder / who) for who in ("recobro", "duckdb"))
    return {
        "rows": ours["rows"], "file": kind, "recobro s": ours["seconds"], "DuckDB s": peer["seconds"],
        "ratio": round(ours["seconds"] / peer["seconds"], 1), "rows/s": round(ours["rows"] / ours["seconds"]),
        "recobro cpu": ours["cpu"], "DuckDB cpu": peer["cpu"], "recobro MiB": ours["mib"], "DuckDB MiB": peer["mib"],
    }  # fmt: skip


def _in_a_process(who: str, source: Path, out: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.data.ingest", "--one", who, str(source), str(out)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    answer: dict[str, float] = json.loads(told.splitlines()[-1])
    return answer


def _measure(who: str, source: str, out: str) -> dict[str, float]:
    start, used = time.perf_counter(), time.process_time()
    rows = {"recobro": _load, "duckdb": _sort}[who](Path(source), Path(out))
    seconds = time.perf_counter() - start
    cpu = time.process_time() - used
    return {"rows": rows, "seconds": round(seconds, 1), "cpu": round(cpu, 1), "mib": peak_mib()}


def _load(source: Path, out: Path) -> int:
    settings = load_settings(home=out, environ={"RECOBRO_ENGINE_MEMORY_LIMIT": MEMORY}).settings
    return sum(count.read for count in load_source(str(source), settings).tables.values())


def _sort(source: Path, out: Path) -> int:
    out.mkdir()
    total = 0
    with duckdb.connect(str(out / "sort.duckdb"), config={"threads": 2, "memory_limit": MEMORY}) as con:
        for path in sorted(source.iterdir()):
            target = out / f"{path.name.split('.')[0]}.parquet"
            con.execute(
                f"copy (select * from '{path}' order by debtor_id) to '{target}' (format parquet, compression zstd)"
                if "payments" not in path.name
                # A payment's debtor follows from its charge.
                else f"copy (select p.*, c.debtor_id from '{path}' p left join '{_charges(source)}' c using (charge_id)"
                f" order by c.debtor_id) to '{target}' (format parquet, compression zstd)"
            )
            total += con.execute(f"select count(*) from '{target}'").fetchall()[0][0]
    return total


def _charges(source: Path) -> Path:
    return next(source.glob("charges.*"))


def _to_csv(source: Path) -> None:
    for path in list(source.glob("*.parquet")):
        duckdb.sql(f"copy (select * from '{path}') to '{path.with_suffix('.csv')}' (header)")
        path.unlink()


if __name__ == "__main__":
    main()
