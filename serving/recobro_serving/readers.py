"""Keys that the routes have let in to read, by the headers they came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from recobro_data.store import Key
from recobro_serving.service.marks import Change

#: The headers of a call that say who calls.
Given = tuple[tuple[bytes, bytes], ...]
CREDENTIALS: Final = (b"authorization", b"x-api-key")
_MAX_KNOWN: Final = 4096


@dataclass(frozen=True)
class LetIn:
    """A key, and the store's mark of changes when it was last found valid."""

    key: Key
    change: Change

    def holds(self, change: Change) -> bool:
        """Whether nothing was committed since, and the key has not come to its end."""
        is_same = change is not None and self.change == change
        return is_same and (self.key.expires_at is None or datetime.now(UTC) < self.key.expires_at)


class Readers:
    """Who has been let in. Safe to share between threads."""

    def __init__(self, key_of: Callable[[str], Key | None]) -> None:
        self._key_of = key_of
        self._known: dict[Given, LetIn] = {}

    def __contains__(self, given: Given) -> bool:
        return given in self._known

    def known(self, given: Given, change: Change) -> Key | None:
        """The key, where nothing was committed since it was found valid; asks nobody."""
        let_in = self._known.get(given)
        return let_in.key if let_in is not None and let_in.holds(change) else None

    def read(self, given: Given, change: Change) -> Key | None:
        """The key that was let in with these headers, if it is valid still."""
        let_in = self._known.get(given)
        if let_in is None or let_in.holds(change):
            return let_in.key if let_in else None
        key = self._key_of(_text_of(given))
        if key is None or key.key_id != let_in.key.key_id or "read" not in key.scopes:
            self._known.pop(given, None)
            return None
        key = let_in.key if let_in.key == key else key
        self._known[given] = LetIn(key, change)
        return key

    def remember(self, given: Given, key: Key) -> None:
        """Takes a key that the routes have let in; they may take it as valid for a moment more, so it counts as old."""
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[given] = LetIn(key, None)

    def clear(self) -> None:
        """Nobody is let in any more."""
        self._known.clear()


def _text_of(given: Given) -> str:
    """The key's text, as the routes read it."""
    headers = {name: value.decode("latin-1") for name, value in given}
    scheme, _, text = headers.get(b"authorization", "").partition(" ")
    return text if scheme.lower() == "bearer" and text else headers.get(b"x-api-key", "")
