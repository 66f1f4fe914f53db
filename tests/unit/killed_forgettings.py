"""Kills the forgetting of a debtor: `python killed_forgettings.py HOME DEBTOR SHARE…`, as `killed_loads` kills loads.

Each line it prints is how the child ended (`signal` or `exit`) and its workspace.
"""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

from tests.unit.killed_loads import Fuse, in_child
from tests.unit.lake_samples import settings_in

from recobro_data.privacy.forget import forget_debtor


def run_forgetting(home: Path, debtor_id: str, fuse: Fuse) -> None:
    sys.setprofile(fuse)
    forget_debtor(debtor_id, settings_in(home))
    sys.setprofile(None)


def main(home: Path, debtor_id: str, shares: list[float]) -> None:
    _, whole = in_child(partial(run_forgetting, Path(shutil.copytree(home, home.with_name("whole"))), debtor_id), 0)
    for number, share in enumerate(shares):
        copy = Path(shutil.copytree(home, home.with_name(f"killed-{number}")))
        ending, _ = in_child(partial(run_forgetting, copy, debtor_id), max(1, round(whole * share)))
        print(ending, copy, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [float(share) for share in sys.argv[3:]])
