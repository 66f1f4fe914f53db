"""Empty stores at the newest migration, made once a process and copied: migrating costs more than most tests do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from recobro_data.store import open_store


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recobro.db"
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()


def fresh_url(folder: Path) -> str:
    """The URL of a new, empty store in that folder."""
    path = folder / "recobro.db"
    path.write_bytes(_empty())
    return f"sqlite:///{path}"
