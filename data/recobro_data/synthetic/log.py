"""What happened, kept as columns: each day adds a short array to every column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Log:
    """Rows of one kind of event, in the order in which they happened."""

    def __init__(self, **columns: type) -> None:
        self._types = columns
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}

    def __deepcopy__(self, memo: dict[int, Any]) -> Log:
        copied = Log(**self._types)
        copied._parts = {name: list(parts) for name, parts in self._parts.items()}  # rows never change once written
        return copied

    def add(self, **values: NDArray[Any] | int) -> None:
        """Rows of one day; a single number holds for all of them."""
        length = max(np.size(value) if np.ndim(value) else 0 for value in values.values())
        if length:
            for name, parts in self._parts.items():
                parts.append(np.broadcast_to(np.asarray(values[name], dtype=self._types[name]), length))

    def column(self, name: str) -> NDArray[Any]:
        """One column, all rows."""
        parts = self._parts[name]
        return np.concatenate(parts) if parts else np.empty(0, dtype=self._types[name])

    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns, all rows."""
        return {name: self.column(name) for name in self._parts}
