"""The mark of a workspace that only demos have filled: what a demo may clear, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from recobro_data.errors import SourceRefusedError
from recobro_data.settings import Settings


def read_mark(settings: Settings) -> Mapping[str, int] | None:
    """The size of the last demo, None where the workspace is not a demo's."""
    path = _path(settings)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write_mark(settings: Settings, size: Mapping[str, int]) -> None:
    """Say that a demo of this size fills the workspace."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(dict(size)), encoding="utf-8")
    temporary.replace(path)


@contextmanager
def own_rows(settings: Settings) -> Iterator[None]:
    """While the block loads rows of the user's own: no demo may clear this workspace any more.

    The mark goes before the first row comes, so that a run killed on its way loses nothing to a later demo; a source
    that is refused leaves it as it was.
    """
    held = read_mark(settings)
    _path(settings).unlink(missing_ok=True)
    try:
        yield
    except SourceRefusedError:
        if held is not None:
            write_mark(settings, held)
        raise


def _path(settings: Settings) -> Path:
    return settings.home / "data" / "demo.json"
