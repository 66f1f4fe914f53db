"""One measurement, one process: seconds by its own clock, memory as the kernel counted it, and a limit on both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

#: How many threads everybody has.
THREADS: Final = 2
#: Libraries that have no argument for it read this when they are imported.
_VARIABLES: Final = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """After `seconds` or above `mib` of memory a measurement is broken off."""

    seconds: float = 600
    mib: int = 16_384


def measure_apart(module: str, words: Sequence[str], limits: Limits) -> dict[str, Any]:
    """What `module --one WORDS` prints as JSON on its last line; `failed` says what stopped one that did not end."""
    command = [sys.executable, "-m", module, "--one", *words]
    # Great Expectations would tell its makers of each run.
    environ = os.environ | dict.fromkeys(_VARIABLES, str(THREADS)) | {"GX_ANALYTICS_ENABLED": "false"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, text=True, env=environ)
        over = _watch(child, limits)
        if over or child.returncode:
            return {"failed": over or _last_line(err) or f"ended with status {child.returncode}"}
        answer: dict[str, Any] = json.loads(_last_line(out))
        return answer


def print_measured(work: Callable[[], dict[str, Any] | None]) -> None:
    """Do the work, and print what it found with `seconds`, those of the processor (`cpu`), and the peak `mib`."""
    start, used = time.perf_counter(), time.process_time()
    found = work() or {}
    told = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used, "mib": peak_mib()}
    print(json.dumps({name: round(value, 2) for name, value in told.items()} | found))


def peak_mib() -> int:
    """Peak memory of this process (MiB); unlike `ru_maxrss` it does not start from that of the parent."""
    return _memory("self", "VmHWM")


def _watch(child: subprocess.Popen[str], limits: Limits) -> str:
    """Wait for the end; what was exceeded, if anything was."""
    start = time.monotonic()
    over = ""
    while child.poll() is None:
        time.sleep(0.05)
        if time.monotonic() - start > limits.seconds:
            over = f"over {limits.seconds:g} s"
        elif _memory(str(child.pid), "VmRSS") > limits.mib:
            over = f"over {limits.mib} MiB"
        if over:
            child.kill()
            child.wait()
    # Nobody else kills with -9 but the kernel that runs out of memory.
    return over or ("out of memory" if child.returncode == -9 else "")


def _memory(process: str, field: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{field}:")), 0)


def _last_line(file: IO[str]) -> str:
    file.seek(0)
    lines = file.read().strip().splitlines()
    return lines[-1] if lines else ""
