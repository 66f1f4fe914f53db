"""What a call may be: how large, how deep, how long its headers; judged before anything of ours reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi.concurrency import run_in_threadpool
from fastapi.datastructures import Headers

from recobro_serving.problems import Problem, ProblemError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

_MAX_ADDRESS: Final = 8_192
_SHORT_ADDRESS: Final = f"an address of up to {_MAX_ADDRESS} bytes"
MAX_HEADER_BYTES: Final = 16_384
MAX_HEADERS: Final = 100
#: Larger bodies are judged beside the event loop, so that nobody waits for it.
_LARGE: Final = 65_536
_BODILESS: Final = ("GET", "HEAD", "OPTIONS")

#: A string of JSON, or what is left of one that does not end; it never goes back over what it took.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_NUMBER: Final = re.compile(rb"NaN|Infinity")
#: What becomes infinite as a float, or costs much to read as a whole number.
_HUGE_NUMBER: Final = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}|[0-9]{300}")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")


@dataclass(frozen=True)
class Limits:
    """Largest body in bytes, and how deep its JSON may nest."""

    max_body_bytes: int
    max_json_depth: int

    def check_head(self, scope: Scope) -> None:
        """Judges address and headers.

        Raises:
            ProblemError: 413, 414, 415 or 431.
        """
        headers = scope["headers"]
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > _MAX_ADDRESS:
            raise _too(414, "address-too-long", title="The address is too long", expected=_SHORT_ADDRESS)
        if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
            expected = f"up to {MAX_HEADERS} headers with {MAX_HEADER_BYTES} bytes together"
            raise _too(431, "headers-too-large", title="The headers are too large", expected=expected)
        self._check_body_headers(Headers(scope=scope))

    async def read_body(self, scope: Scope, receive: Receive) -> Receive:
        """Reads the body whole and gives it back to whoever receives next.

        Raises:
            ProblemError: 413 where it is too large, 422 where its JSON is not fit to be read.
        """
        headers = Headers(scope=scope)
        has_body = "content-length" in headers or "transfer-encoding" in headers
        if scope["method"] in _BODILESS and not has_body:
            return receive
        body = await self._collected(receive)
        if body and "form" not in headers.get("content-type", ""):
            await (
                run_in_threadpool(self._check_json, body) if len(body) > _LARGE else _at_once(self._check_json, body)
            )
        return _replayed(body, receive)

    def _check_body_headers(self, headers: Headers) -> None:
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            detail = "Expected a body that is not compressed, found a Content-Encoding. Send it as it is."
            raise ProblemError(
                Problem(status=415, name="compressed", title="Compressed bodies are not taken", detail=detail)
            )
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self.max_body_bytes:
            raise self._too_large()

    async def _collected(self, receive: Receive) -> bytes:
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise CallerLeftError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.max_body_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _check_json(self, body: bytes) -> None:
        reason = unfit_json(body, self.max_json_depth)
        if reason:
            detail = f"Expected a body of plain JSON in UTF-8, found {reason}. Mend the body."
            title = "The call can not be understood"
            raise ProblemError(Problem(status=422, name="invalid-request", title=title, detail=detail))

    def _too_large(self) -> ProblemError:
        expected = f"a body of up to {self.max_body_bytes} bytes"
        return _too(413, "body-too-large", title="The body is too large", expected=expected)


class CallerLeftError(Exception):
    """The caller went away before the call was whole: nobody is left to answer."""


def unfit_json(body: bytes, max_depth: int) -> str:
    """What makes this JSON unfit to be read, in words; empty: nothing. Whether it is JSON at all the parser tells.

    >>> unfit_json(b'{"a": [1, "]]]"]}', 2), unfit_json(b"[[[0]]]", 2), unfit_json(b"[NaN]", 2)
    ('', 'more than 2 levels', 'a number that is none, such as NaN')
    """
    # A parser would guess UTF-16 from the zeros and read what was not judged.
    if b"\x00" in body or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "another encoding, or a NUL"
    bare = _STRING.sub(b'""', body)
    if _is_deeper(bare, max_depth):
        return f"more than {max_depth} levels"
    if _NO_NUMBER.search(bare):
        return "a number that is none, such as NaN"
    if _HUGE_NUMBER.search(bare):
        return "a number beyond all measure"
    return "half a character" if _SURROGATE.search(body) and _has_lone_surrogate(body) else ""


def _is_deeper(bare: bytes, max_depth: int) -> bool:
    """Each round takes the innermost pairs away: as many rounds as there are levels, whatever the length."""
    brackets = bare.translate(_ONE_KIND, _BRACKETS)
    opened = b"[" * (max_depth + 1)
    for _ in range(max_depth):
        if not brackets or opened in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    # What is left of brackets that never close is the parser's to refuse, as long as it is short.
    return b"[]" in brackets or len(brackets) > max_depth


def _has_lone_surrogate(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except ValueError:
        return False
    return False


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _at_once(check: Callable[[bytes], None], body: bytes) -> None:
    check(body)


def _too(status: int, name: str, *, title: str, expected: str) -> ProblemError:
    detail = f"Expected {expected}, found more. Send less at once."
    return ProblemError(Problem(status=status, name=name, title=title, detail=detail))
