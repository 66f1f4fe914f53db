"""Where a reader of a list stands: bound to one plan and one set of filters, so that pages never shift."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Final

from recobro_serving.problems import invalid

#: Ranks are four-byte integers in the store.
_MAX_AFTER: Final = 2**31 - 1


@dataclass(frozen=True)
class Cursor:
    """The plan being read, and the rank (or position) after which the next page starts."""

    plan_id: str
    after: int

    def token(self, binding: str) -> str:
        """The cursor as opaque text that only the same list with the same filters takes back."""
        body = json.dumps([self.plan_id, self.after, _seal(self.plan_id, self.after, binding)])
        return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def read_cursor(token: str, binding: str) -> Cursor:
    """The cursor of that text.

    Raises:
        ProblemError: 422 where it is damaged, or belongs to another list or other filters.
    """
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        plan_id, after, seal = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        is_one = isinstance(plan_id, str) and type(after) is int and 0 <= after <= _MAX_AFTER
        if is_one and seal == _seal(plan_id, after, binding):
            return Cursor(plan_id, after)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise invalid(
        "Expected a next_cursor of this list with the same filters, found another text. Start again without cursor."
    )


def _seal(plan_id: str, after: int, binding: str) -> str:
    # It detects damage and mix-ups; it guards no secret, for what a key sees is checked on every page anyway.
    text = f"{plan_id}\n{after}\n{binding}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
