"""Runs `recobro` in a process of its own that need not import anything: a fork of one that has imported it all.

Most of a short command is its imports. The demo, the server and loads that run side by side start from nothing
(`cli_runner.start`): so the plain start is tested too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

#: What the commands import, heavy libraries first.
_IMPORTED = (
    "great_expectations", "mlflow", "lightgbm", "sklearn.metrics", "ibis.backends.duckdb", "recobro_data.expectations",
    "recobro_pipelines.cli", "recobro_pipelines.demo", "recobro_pipelines.nightly", "recobro_pipelines.report",
    "recobro_serving.app", "tests.e2e.warm_starts",
)  # fmt: skip


@lru_cache(maxsize=1)
def _forks() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    return context


def start_warm(words: Sequence[str], environ: Mapping[str, str], folder: Path, told: Path) -> BaseProcess:
    """Start a command in `folder`; what it prints goes to `told`/out and `told`/err."""
    process = _forks().Process(target=_run, args=(list(words), dict(environ), str(folder), str(told)))
    process.start()
    return process


def _run(words: list[str], environ: dict[str, str], folder: str, told: str) -> None:
    for number, name in ((0, os.devnull), (1, f"{told}/out"), (2, f"{told}/err")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv[:] = ["recobro", *words]
    from recobro_pipelines.cli import main

    main()
