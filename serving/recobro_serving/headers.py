"""The headers that every answer carries, by what kind of answer it is."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

Header = tuple[bytes, bytes]

_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
#: Answers hold debtors' data in the caller's language.
_OF_API: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept-Language"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_OF_PAGES: Final[tuple[Header, ...]] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; script-src 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
)
#: The viewer of the documentation styles what it draws, and asks this API; its one line of script is named by its hash.
_OF_DOCS: Final = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def docs_policy(page: bytes) -> str:
    """What a browser may do for the documentation's page: run its own scripts as they stand there, and no others."""
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(one).digest()).decode() for one in scripts)
    return _OF_DOCS.format(scripts=" ".join(f"'sha256-{one}'" for one in hashes))


class AnswerHeaders:
    """Security headers; with `hsts_seconds` browsers are told to come by https only."""

    def __init__(self, hsts_seconds: int) -> None:
        hsts = f"max-age={hsts_seconds}; includeSubDomains".encode()
        always = (*_ALWAYS, *(((b"strict-transport-security", hsts),) if hsts_seconds else ()))
        self._of_api, self._of_pages, self._of_docs = (*always, *_OF_API), (*always, *_OF_PAGES), always

    def of(self, path: str) -> tuple[Header, ...]:
        """The headers of an answer at that address."""
        if path.startswith("/v1"):
            return self._of_api
        # The page of the documentation brings its own policy.
        return self._of_docs if path == "/docs" else self._of_pages
