"""Allocation: how near the best and how fast, against HiGHS and against one pass over the values.

    python -m bench.allocation --peer 1000 3000 10000 --sizes 62500 250000 1000000 --cases 100000
    python -m bench.allocation --disk 10000000 --folder /tmp

Each line is measured in a process of its own, after a small day that compiles everything. `passes`: times one numpy
maximum over each debtor's options. Values are float32, 60 options a debtor, one thread; seconds are the processor's, so
that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import isfinite, log
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from bench.allocation_instances import CASES, N_OPTIONS, Instance, build_instance, slots_of, write_values
from recobro_models.decision.allocation import Allocation, allocate

Row = dict[str, Any]

_WARM: Final = 300
#: Seconds by the clock that HiGHS has for the mixed-integer program; what it has found by then is told.
_MIP_SECONDS: Final = 300.0


def main() -> None:
    """Print a table for each question asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=int, nargs="*", default=[], help="debtors of days given to HiGHS too")
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help="debtors of plain days in memory")
    parser.add_argument("--cases", type=int, help="debtors of one day of each kind")
    parser.add_argument("--disk", type=int, help="debtors of a plain day in a file")
    parser.add_argument(
        "--folder", type=Path, help="where that file is put for the time; default: the temporary folder"
    )
    asked = parser.parse_args()
    show("against HiGHS", [partial(against_highs, n) for n in asked.peer])
    show("plain days", [partial(in_memory, "plain", n) for n in asked.sizes])
    show("kinds of days", [partial(in_memory, case, asked.cases) for case in (CASES if asked.cases else ())])
    show("from disk", [partial(from_disk, asked.disk, asked.folder)] if asked.disk else [])


def show(title: str, questions: Iterable[Callable[[], Row]]) -> None:
    """A table with a line for each question, which a new process answers."""
    for number, question in enumerate(questions):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            row = alone.submit(question).result()
        if number == 0:
            print(f"\n{title}\n\n| {' | '.join(row)} |\n|{'---|' * len(row)}")
        print(f"| {' | '.join(map(str, row.values()))} |", flush=True)


def against_highs(n: int) -> Row:
    """Value, bound and seconds of ours and of HiGHS's linear and mixed-integer program."""
    from bench.allocation_peer import solve

    _compile()
    instance = build_instance("plain", n)
    plan, seconds = _timed(instance)
    peer = solve(instance, mip_seconds=_MIP_SECONDS)
    stopped = "" if peer.is_done else " (stopped)"
    # Without any plan HiGHS tells an infinite value.
    reached = f"{peer.value / peer.bound:.6f}" if isfinite(peer.value) else "no plan found"
    return {
        "debtors": n, "value / LP bound": f"{plan.value / peer.bound:.6f}",
        "HiGHS MIP / LP": reached, "our gap": f"{plan.gap:.6f}",
        "recobro s": f"{seconds:.3f}", "HiGHS LP s": f"{peer.lp_seconds:.2f}",
        "HiGHS MIP s": f"{peer.mip_seconds:.2f}{stopped}", "times faster than LP": f"{peer.lp_seconds / seconds:.0f}",
        "than MIP": f"{peer.mip_seconds / seconds:.0f}",
    }  # fmt: skip


def in_memory(case: str, n: int) -> Row:
    """Gap, seconds, passes and memory of a day."""
    _compile()
    instance = build_instance(case, n)
    plan, seconds = _timed(instance)
    a_pass = min(_seconds(lambda: instance.value.max(axis=1)) for _ in range(3))
    return {
        "debtors": f"{n:,}", "day": case, **_told(plan, seconds), "passes": f"{seconds / a_pass:.1f}",
        "µs / (n log n)": f"{1e6 * seconds / (n * log(n)):.3f}", "unmet duties": len(plan.unmet),
        "peak MiB": round(_status("VmHWM") / 1024),
    }  # fmt: skip


def from_disk(n: int, folder: Path | None) -> Row:
    """The same of a day whose values lie in a file; memory without the file's own pages."""
    with TemporaryDirectory(dir=folder) as own:
        path = Path(own) / "values"
        write_values(path, n)
        _compile()
        value = np.asarray(np.memmap(path, np.float32, "r+", shape=(n, N_OPTIONS)))
        a_pass = _seconds(lambda: value.max(axis=1))
        plans: list[Allocation] = []
        start = time.perf_counter()
        seconds = _seconds(lambda: plans.append(allocate(value, slots_of(n, 1.0))))
        by_clock, plan = time.perf_counter() - start, plans[0]
        anonymous = _status("RssAnon")
    return {
        "debtors": f"{n:,}", **_told(plan, seconds), "s by the clock": f"{by_clock:.1f}",
        "passes": f"{seconds / a_pass:.1f}", "µs / (n log n)": f"{1e6 * seconds / (n * log(n)):.3f}",
        "MiB beside the file": round(anonymous / 1024),
    }  # fmt: skip


def _timed(instance: Instance) -> tuple[Allocation, float]:
    """The plan, and the shorter of two times."""
    plans: list[Allocation] = []
    seconds = [
        _seconds(lambda: plans.append(allocate(instance.value, instance.capacity, duties=instance.duties)))
        for _ in range(2)
    ]
    return plans[0], min(seconds)


def _told(plan: Allocation, seconds: float) -> Row:
    return {"attempts": f"{int((plan.choice >= 0).sum()):,}", "gap": f"{plan.gap:.6f}", "s": f"{seconds:.2f}"}


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _compile() -> None:
    for case in CASES:
        small = build_instance(case, _WARM)
        allocate(small.value, small.capacity, duties=small.duties)


def _status(what: str) -> int:
    """A line of the process's status, in KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


if __name__ == "__main__":
    main()
