"""How many calls a key may make: a bucket of tokens a key, in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from recobro_data.store import Key

_WINDOW: Final = 60.0
_MAX_KEYS: Final = 10_000


@dataclass(frozen=True)
class Allowance:
    """What a key has left after a call: calls a minute, whole calls at once, seconds until one more."""

    limit: int
    remaining: int
    wait: float

    @property
    def is_spent(self) -> bool:
        """Whether this very call is one too many."""
        return self.wait > 0

    @property
    def retry_after(self) -> int:
        """Whole seconds until one more call is allowed."""
        return max(1, math.ceil(self.wait or _WINDOW / self.limit))

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """As programs read it.

        Source: draft-ietf-httpapi-ratelimit-headers.
        """
        left = f'"key";r={self.remaining};t={self.retry_after}'
        return _policy(self.limit), (b"ratelimit", left.encode())


@lru_cache(maxsize=1024)
def _policy(limit: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"key";q={limit};w={int(_WINDOW)}'.encode()


class Rates:
    """The buckets of all keys. A bucket holds a minute's calls and fills evenly. For one thread, the event loop's."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: Key) -> Allowance | None:
        """Counts one call of that key; None where nothing limits it."""
        limit = self._per_minute if key.rate_per_minute is None else key.rate_per_minute
        if not limit:
            return None
        now = self._clock()
        tokens, at = self._buckets.get(key.key_id, (float(limit), now))
        tokens = min(float(limit), tokens + (now - at) * limit / _WINDOW)
        if tokens < 1:
            self._put(key.key_id, tokens, now)
            return Allowance(limit, 0, (1 - tokens) * _WINDOW / limit)
        self._put(key.key_id, tokens - 1, now)
        return Allowance(limit, int(tokens - 1), 0.0)

    def _put(self, key_id: str, tokens: float, now: float) -> None:
        if len(self._buckets) >= _MAX_KEYS and key_id not in self._buckets:
            # A full bucket is what an unknown key starts with anyway: the one used longest ago is the fullest.
            del self._buckets[next(iter(self._buckets))]
        self._buckets.pop(key_id, None)
        self._buckets[key_id] = (tokens, now)
