"""Kills the forgetting of a debtor: `python killed_forgettings.py HOME DEBTOR SHARE…`, as `killed_loads` kills loads.

Each line it prints is how the child ended (`signal` or `exit`) and its workspace.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.unit.killed_loads import Fuse
from tests.unit.lake_samples import settings_in

from recobro_data.privacy.forget import forget_debtor


def in_child(home: Path, debtor_id: str, last: int) -> tuple[str, int]:
    """How a forgetting in a child ended, and how many calls it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        fuse = Fuse(last)
        sys.setprofile(fuse)
        forget_debtor(debtor_id, settings_in(home))
        sys.setprofile(None)
        os.write(writing, str(fuse.calls).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        calls = int(answer.read() or last)
    return ("signal" if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else "exit"), calls


def main(home: Path, debtor_id: str, shares: list[float]) -> None:
    _, whole = in_child(Path(shutil.copytree(home, home.with_name("whole"))), debtor_id, 0)
    for number, share in enumerate(shares):
        copy = Path(shutil.copytree(home, home.with_name(f"killed-{number}")))
        ending, _ = in_child(copy, debtor_id, max(1, round(whole * share)))
        print(ending, copy, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [float(share) for share in sys.argv[3:]])
