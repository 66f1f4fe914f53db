"""Where a load works until it is in force: a database of its own, and what becomes of it when something fails."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.errors import RecobroError, SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.leftovers import AT_WORK, clear_old
from recobro_data.ingest.manifest import Manifest, check_files, load_manifest
from recobro_data.settings import Settings

_UNCHANGED: Final = "the lake is whole, as it was before or after."
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_ROOM_WORDS: Final = ("No space left on device", "Disk quota exceeded", "File too large", "max_temp_directory_size")
_NOT_ALLOWED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_NOT_ALLOWED_WORDS: Final = ("Permission denied", "Read-only file system", "Operation not permitted")


@dataclass(frozen=True)
class Bench:
    """A database for one piece of work, what was in force when it started (None: nothing), and what it is called.

    `cut_off` are loads that were killed before they were in force; of them nothing is left in the lake.
    """

    connection: duckdb.DuckDBPyConnection
    before: Manifest | None
    work_id: str
    started_at: str
    cut_off: tuple[str, ...]

    @property
    def held(self) -> frozenset[str]:
        """Tables of which the lake has rows."""
        return frozenset(name for name, parts in self.before.tables.items() if parts) if self.before else frozenset()


@contextmanager
def open_workbench(settings: Settings) -> Iterator[Bench]:
    """A database in the lake's folder; it goes with the work, the files that were published stay.

    Where the work fails, nothing of it is left and the engine's and the machine's errors become one sentence.

    Raises:
        RecobroError: a full disk, a folder that can not be written, too little memory, a lake that is damaged.
    """
    lake = settings.lake_dir
    try:
        lake.mkdir(parents=True, exist_ok=True)
        before = load_manifest(lake)
        if before:
            check_files(lake, before.paths() | before.history())
        cut_off = tuple(clear_old(lake, before))
        work_id, started_at = _stamp(before)
        (lake / work_id).mkdir()
        with _database(lake / work_id, settings) as connection:
            yield Bench(connection, before, work_id, started_at, cut_off)
        clear_old(lake, load_manifest(lake))
    except (OSError, duckdb.Error, SourceRefusedError) as error:
        _clear_failed(lake)
        told = tell_failure(error, lake, settings)
        raise told from (error.__cause__ if told is error else error)
    except BaseException:
        _clear_failed(lake)
        raise


@contextmanager
def _database(folder: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    (folder / AT_WORK).touch()
    connection = sql.connect(folder, settings)
    try:
        yield connection
    finally:
        connection.close()
        (folder / AT_WORK).unlink(missing_ok=True)
        shutil.rmtree(folder / "spill", ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _clear_failed(lake: Path) -> None:
    # What fails here fails on top of what is being told; the next load clears it.
    with suppress(OSError, RecobroError):
        clear_old(lake, load_manifest(lake))


def _stamp(before: Manifest | None) -> tuple[str, str]:
    """An id that sorts by time, and the instant it stands for, later than every load before it."""
    now = datetime.now(UTC)
    if before and before.states:
        now = max(now, datetime.fromisoformat(before.states[-1].in_force_at) + timedelta(microseconds=1))
    return f"{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}", now.isoformat()


def tell_failure(error: Exception, lake: Path, settings: Settings) -> Exception:
    """What stopped a piece of work, as a sentence that says what to do; a refused source that is one stays itself."""
    root = error.__cause__ if isinstance(error, SourceRefusedError) else error
    if not isinstance(root, OSError | duckdb.Error):
        return error
    number, words = getattr(root, "errno", None), str(root)
    if number in _NO_ROOM or any(one in words for one in _NO_ROOM_WORDS):
        return _failed(f"room to write in {lake}", root, f"Free some space, then run it again; {_UNCHANGED}")
    if isinstance(root, duckdb.OutOfMemoryException):
        more = f"Raise `memory_limit` in [engine] (now {settings.engine.memory_limit})"
        return _failed("enough memory", root, f"{more}, then run it again; {_UNCHANGED}")
    if isinstance(error, SourceRefusedError):
        return error
    if number in _NOT_ALLOWED or any(one in words for one in _NOT_ALLOWED_WORDS):
        return _failed(
            f"a folder that can be written at {lake}", root, "Let this user write there; nothing was changed."
        )
    return _failed(f"the lake at {lake} to be read and written", root, f"Mend that, then run it again; {_UNCHANGED}")


def _failed(expected: str, error: BaseException, next_step: str) -> RecobroError:
    first = next(iter(str(error).splitlines()), "") or type(error).__name__
    return RecobroError(expected, first.rstrip("."), next_step)
