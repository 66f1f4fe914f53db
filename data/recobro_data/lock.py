"""One writer a workspace: a lock that the operating system lets go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from recobro_data.errors import LockHeldError, RecobroError
from recobro_data.settings import Settings


@contextmanager
def workspace_lock(settings: Settings) -> Iterator[None]:
    """Hold the workspace's lock while the block runs; a forgetting that was cut off is finished before.

    Raises:
        LockHeldError: another process holds it.
        RecobroError: the workspace can not be written.
    """
    with _opened(settings) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another run"
            raise LockHeldError(
                "the workspace free to write", f"it held by {holder}", "Try again when that run has ended."
            ) from error
        _tell_holder(file)
        if settings.forgetting_path.exists():
            from recobro_data.privacy.forget import finish_forgetting

            finish_forgetting(settings)
        yield


def _opened(settings: Settings) -> IO[str]:
    try:
        settings.lock_path.parent.mkdir(parents=True, exist_ok=True)
        return settings.lock_path.open("a+")
    except OSError as error:
        found = f"{error.strerror} at {error.filename}"
        next_step = "Let this user write there, or set RECOBRO_HOME; nothing was changed."
        raise RecobroError("a workspace that can be written", found, next_step) from error


def _tell_holder(file: IO[str]) -> None:
    """Leaves word for the next; on a full disk the lock holds without it."""
    with suppress(OSError):
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
