"""Kills loads in a process of its own: `python killed_loads.py HOME SOURCE SHARE…`.

It counts the calls of one load that reach the engine or the disk, then for every SHARE of them starts the load in a
child, which ends itself with SIGKILL just before that call. One process forks them all, because importing takes longer
than loading. Each line it prints is how the child ended (`signal` or `exit`), its workspace and its version.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from recobro_data.ingest.manifest import load_manifest
from recobro_data.load import load_source
from recobro_data.settings import Engine, Settings

_COUNTED = {"execute", "connect", "close", "fsync", "replace", "unlink", "mkdir", "rmdir", "open"}


class Fuse:
    """Counts calls, and ends the process before the one it is set to."""

    def __init__(self, last: int) -> None:
        self.last, self.calls = last, 0

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _COUNTED and not isinstance(called.__self__, str):
            self.calls += 1
            if self.calls == self.last:
                os.kill(os.getpid(), signal.SIGKILL)


def run_load(home: Path, source: str, fuse: Fuse) -> None:
    settings = Settings(home=home, engine=Engine(partitions=2, threads=1))
    sys.setprofile(fuse)
    load_source(source, settings, validate=lambda *given: given[-1] / "none.html")
    sys.setprofile(None)


def in_child(run: Callable[[Fuse], None], last: int) -> tuple[str, int]:
    """How a run in a child ended, and how many calls it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        fuse = Fuse(last)
        run(fuse)
        os.write(writing, str(fuse.calls).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        calls = int(answer.read() or last)
    return ("signal" if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else "exit"), calls


def main(home: Path, source: str, shares: list[float]) -> None:
    _, whole = in_child(partial(run_load, Path(shutil.copytree(home, home.with_name("whole"))), source), 0)
    for number, share in enumerate(shares):
        copy = Path(shutil.copytree(home, home.with_name(f"killed-{number}")))
        ending, _ = in_child(partial(run_load, copy, source), max(1, round(whole * share)))
        manifest = load_manifest(copy / "data" / "lake")
        print(ending, copy, manifest.version if manifest else "none", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [float(share) for share in sys.argv[3:]])
