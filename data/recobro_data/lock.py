"""One writer a workspace: a lock that the operating system lets go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from recobro_data.errors import LockHeldError
from recobro_data.settings import Settings


@contextmanager
def workspace_lock(settings: Settings) -> Iterator[None]:
    """Hold the workspace's lock while the block runs.

    Raises:
        LockHeldError: another process holds it.
    """
    settings.lock_path.parent.mkdir(parents=True, exist_ok=True)
    with settings.lock_path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another run"
            raise LockHeldError(
                "the workspace free to write", f"it held by {holder}", "Try again when that run has ended."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield
