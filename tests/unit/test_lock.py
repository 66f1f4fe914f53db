from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recobro_data.errors import LockHeldError
from recobro_data.lock import workspace_lock
from recobro_data.settings import Settings

HOLD = """
import sys
from pathlib import Path
from recobro_data.lock import workspace_lock
from recobro_data.settings import Settings
with workspace_lock(Settings(home=Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with (
        workspace_lock(settings),
        pytest.raises(LockHeldError, match=f"held by process {os.getpid()}"),
        workspace_lock(settings),
    ):
        pass


def test_the_lock_is_free_after_the_block(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with workspace_lock(settings):
        pass
    with workspace_lock(settings):
        assert settings.lock_path.read_text() == f"process {os.getpid()}"


def test_the_lock_is_free_after_an_error_in_the_block(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ValueError, match="inside"), workspace_lock(settings):
        raise ValueError("inside")
    with workspace_lock(settings):
        pass


def test_two_workspaces_do_not_wait_for_each_other(tmp_path: Path) -> None:
    one, other = Settings(home=tmp_path / "a"), Settings(home=tmp_path / "b")
    with workspace_lock(one), workspace_lock(other):
        assert one.lock_path.read_text() == other.lock_path.read_text()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    run = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockHeldError, match=str(holder.pid)), workspace_lock(Settings(home=tmp_path)):
            pass
        holder.send_signal(signal.SIGKILL)
    with workspace_lock(Settings(home=tmp_path)):
        pass
