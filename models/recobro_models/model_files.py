"""The files of a model: texts and JSON with their digests, so that loading executes no code and a changed one shows."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from recobro_data.errors import TamperedModelError

#: What a model stores itself as: texts as they are, anything else as JSON.
Files = Mapping[str, Any]
#: What lies beside a model and is never loaded as one: its card, its plots, its signature.
Documents = Mapping[str, str | bytes]

_TRIED: Final = "tried-"
_NEXT_STEP: Final = "Roll back with `recobro models rollback`, or train again."


def bytes_of(files: Files) -> dict[str, bytes]:
    """Each file as it is stored.

    Example:
        >>> bytes_of({"model.json": {"b": 1, "a": 2}, "booster.txt": "tree"})
        {'model.json': b'{"a": 2, "b": 1}', 'booster.txt': b'tree'}
    """
    return {name: _bytes(content) for name, content in files.items()}


def with_tried(files: Files, tried: Files) -> Files:
    """A model's files, beside them those of the model that was tried before it was fitted once more to all rows."""
    return {**files, **{f"{_TRIED}{name}": content for name, content in tried.items()}}


def tried_of(files: Files) -> Files:
    """The files of what was tried: what later challengers are held against, since the model in force has seen the rows
    they are tried on. Where a version was not fitted once more it is itself what was tried.

    Example:
        >>> tried_of(with_tried({"model.json": {"a": 2}}, {"model.json": {"a": 1}}))
        {'model.json': {'a': 1}}
    """
    kept = {name.removeprefix(_TRIED): content for name, content in files.items() if name.startswith(_TRIED)}
    return kept or files


def digests_of(stored: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each stored file, in hexadecimal."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in stored.items()}


def store_files(client: Any, run_id: str, folder: str, stored: Mapping[str, bytes]) -> None:
    """Put files into a folder of an MLflow run."""
    if not stored:
        return
    with tempfile.TemporaryDirectory() as place:
        for name, content in stored.items():
            (Path(place) / name).write_bytes(content)
        client.log_artifacts(run_id, place, folder)


def read_back(client: Any, whose: tuple[str, str], folder: str, digests: Mapping[str, str]) -> dict[str, bytes]:
    """The files that `digests` names, from a folder of an MLflow run; `whose` is the run's id and the version's label.

    Raises:
        TamperedModelError: a file is missing, cut short or changed.
    """
    run_id, label = whose
    if not digests:
        return {}
    with tempfile.TemporaryDirectory() as place:
        # Asking for a folder that is not there is MLflow's error, without a word on which file is missing.
        is_there = bool(client.list_artifacts(run_id, folder))
        path = Path(client.download_artifacts(run_id, folder, place) if is_there else place)
        return {name: _read(path / name, digest, label) for name, digest in digests.items()}


def content_of(name: str, stored: bytes) -> Any:
    """What a model put into a file: JSON read, a text as it is."""
    text = stored.decode("utf-8")
    return json.loads(text) if name.endswith(".json") else text


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content, sort_keys=True)).encode("utf-8")


def _read(path: Path, digest: str, label: str) -> bytes:
    if not path.is_file():
        raise TamperedModelError(f"{path.name} of {label} as it was recorded", "no such file", _NEXT_STEP)
    stored = path.read_bytes()
    if hashlib.sha256(stored).hexdigest() != digest:
        raise TamperedModelError(f"{path.name} of {label} as it was recorded", "another content", _NEXT_STEP)
    return stored
