"""Keys that were found valid a moment ago, so that not every call asks the store."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi.concurrency import run_in_threadpool

from recobro_data.store import Key, Store

_MAX_KEYS: Final = 4096


@dataclass(frozen=True)
class _Known:
    key: Key
    change: int | None
    until: float

    def holds(self, change: int | None) -> bool:
        is_fresh = self.change == change and time.monotonic() < self.until
        return is_fresh and (self.key.expires_at is None or datetime.now(UTC) < self.key.expires_at)


class Keyring:
    """Answers which key a text is.

    On SQLite what was found holds only while nothing is committed, so that a revocation counts from the next call on;
    on PostgreSQL for up to `seconds`. Only valid keys are remembered, by a hash of their text.
    """

    def __init__(self, store: Store, seconds: float) -> None:
        self._store, self._seconds = store, seconds
        self._known: dict[bytes, _Known] = {}

    async def key_of(self, given: str) -> Key | None:
        """The key of that whole text; None where it is wrong, malformed, revoked or past its end."""
        hashed = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
        change = self._store.changes.read()
        known = self._known.get(hashed)
        if known is not None and known.holds(change):
            return known.key
        self._known.pop(hashed, None)
        # The mark was read before the key: what is committed in between counts as a change.
        key = await run_in_threadpool(self._store.key_of, given)
        if key is not None:
            self._remember(hashed, _Known(key, change, time.monotonic() + self._seconds))
        return key

    def _remember(self, hashed: bytes, known: _Known) -> None:
        if len(self._known) >= _MAX_KEYS:
            self._known.clear()
        self._known[hashed] = known
