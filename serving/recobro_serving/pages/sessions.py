"""Who is signed in: a cookie that names a key and an end, sealed with a secret of the store.

The key's text never lies in the cookie. A session ends with its key, for the key is looked up on every page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from typing import Final

#: A working day; then the key is asked for again.
LASTS_SECONDS: Final = 12 * 3600


class Sessions:
    """Seals and reads session cookies. The secret is asked for when it is first needed; all processes share it."""

    def __init__(self, load_secret: Callable[[], str], now: Callable[[], float] = time.time) -> None:
        self._load_secret, self._now = load_secret, now
        self._secret = b""

    def begin(self, key_id: str) -> str:
        """A cookie's value for a key that was just shown; it lasts `LASTS_SECONDS`."""
        told = json.dumps([key_id, int(self._now()) + LASTS_SECONDS, secrets.token_hex(8)])
        body = base64.urlsafe_b64encode(told.encode()).decode()
        return f"{body}.{self._seal('session', body)}"

    def key_id_of(self, cookie: str) -> str | None:
        """The id of the key that this cookie was given for; None where it is altered, foreign or over."""
        body, _, seal = cookie.partition(".")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal("session", body).encode()):
            return None
        key_id, ends, _ = json.loads(base64.urlsafe_b64decode(body))
        return str(key_id) if self._now() < ends else None

    def form_seal(self, cookie: str) -> str:
        """What a form of this session carries, so that no other site can send it."""
        return self._seal("form", cookie)

    def is_own_form(self, cookie: str, given: str) -> bool:
        """Whether a form that came in was written for this session."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.form_seal(cookie).encode())

    def _seal(self, purpose: str, text: str) -> str:
        self._secret = self._secret or self._load_secret().encode()
        message = f"{purpose}\n{text}".encode("utf-8", "replace")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()
