"""Runs `recobro` as users do, in a process of its own, on workspaces made once and copied by who changes them."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from tests.e2e.warm_starts import start_warm

DEMO = ("demo", "--debtors", "300", "--months", "8", "--seed", "3")
AS_OF = "2026-10-14"


@dataclass(frozen=True)
class Run:
    """What a run of the command line came to."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What `--json` printed."""
        assert self.status == 0, self.err
        return json.loads(self.out)


def start(home: Path, *words: str | Path, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command as users do, from nothing."""
    return subprocess.Popen(
        [sys.executable, "-m", "recobro_pipelines", *map(str, words)],
        env=_environ(home, environ), cwd=home.parent,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def _environ(home: Path, given: Mapping[str, str] | None) -> dict[str, str]:
    """Nothing of the tester's own configuration reaches a command."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RECOBRO_")}
    # Without compiled modules every start costs ten times as much.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    # One thread: two LightGBM threads on a core that another test keeps busy spend their time waiting.
    return own | {"RECOBRO_HOME": str(home), "COLUMNS": "200", "RECOBRO_ENGINE_THREADS": "1"} | dict(given or {})


def finish(process: subprocess.Popen[str]) -> Run:
    """Wait for a command that was started."""
    out, err = process.communicate(timeout=240)
    return Run(process.returncode, out, err)


def recobro(home: Path, *words: str | Path, environ: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end, in a process of its own."""
    with TemporaryDirectory() as folder:
        process = warm(home, Path(folder), *words, environ=environ)
        process.join(240)
        assert process.exitcode is not None, f"`recobro {words}` did not end"
        return Run(process.exitcode, *((Path(folder) / name).read_text(encoding="utf-8") for name in ("out", "err")))


def warm(home: Path, told: Path, *words: str | Path, environ: Mapping[str, str] | None = None) -> BaseProcess:
    """Start a command that has its imports behind it; it writes what it prints into `told`."""
    return start_warm([str(word) for word in words], _environ(home, environ), home.parent, told)


@dataclass(frozen=True)
class Prepared:
    """A generated source, a workspace that has only loaded it, and one with models and a plan of the same rows."""

    source: Path
    loaded: Path
    planned: Path
    demo: Run
    generated: Run
    ingested: Run

    def copy_of(self, name: str, to: Path) -> Path:
        """A copy that a test may change."""
        return Path(shutil.copytree(getattr(self, name), to / name))

    def copied_source(self, to: Path) -> Path:
        return Path(shutil.copytree(self.source, to / "source"))


def prepare(factory: pytest.TempPathFactory) -> Prepared:
    """Made once a session by the first test that needs it, whichever of pytest's workers runs it; the others wait."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "prepared"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "made.pickle"
        if not made.exists():
            made.write_bytes(pickle.dumps(_prepare(folder)))
        return cast(Prepared, pickle.loads(made.read_bytes()))


def _prepare(folder: Path) -> Prepared:
    source, loaded, planned = (folder / name for name in ("source", "loaded", "planned"))
    demo = start(planned, *DEMO)
    generated = recobro(loaded, "generate", *DEMO[1:], "--out", source)
    ingested = recobro(loaded, "ingest", source, "--json")
    ended = finish(demo)
    assert (generated.status, ingested.status, ended.status) == (0, 0, 0), (generated, ingested, ended)
    return Prepared(source, loaded, planned, ended, generated, ingested)


def is_one_sentence(err: str) -> bool:
    """Whether stderr is one line that says expected, found and what to do next."""
    lines = err.strip().splitlines()
    return (
        len(lines) == 1 and lines[0].startswith("recobro: Expected ") and ", found " in lines[0] and lines[0][-1] == "."
    )


def change_row(path: Path, line: int, **values: str) -> None:
    """Give one row of a CSV (the header is line 1) other values."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    for name, value in values.items():
        rows[line - 2][header.index(name)] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def drop_column(path: Path, name: str) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    place = rows[0].index(name)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*row[:place], *row[place + 1 :]] for row in rows])


def lake_rows(home: Path) -> dict[str, int]:
    """How many rows the lake holds in force, a table."""
    import duckdb

    from recobro_data.lake import Lake

    lake = Lake(home / "data" / "lake")
    with duckdb.connect() as con:
        return {
            table: con.execute("select count(*) from read_parquet(?)", [lake.paths(table)]).fetchall()[0][0]
            for table in ("debtors", "charges", "payments")
        }
