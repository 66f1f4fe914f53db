"""One attempt to deliver: to the address that was judged, once, without following anybody elsewhere."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import httpx

from recobro_data.errors import ForbiddenTargetError
from recobro_data.store.deliveries import Delivery
from recobro_serving.hooks.signing import signed_headers
from recobro_serving.hooks.targets import Resolve, Target, check_target, resolve

#: From the first byte sent to the last one read, however slowly they come.
SECONDS: Final = 15.0


@dataclass(frozen=True)
class Attempt:
    """How it ended: the receiver's status, if it gave one, and what went wrong, in words (empty: nothing)."""

    answer: int | None
    error: str

    @property
    def is_gone(self) -> bool:
        """Whether the receiver asked not to be called again."""
        return self.answer == httpx.codes.GONE


class Sender:
    """Sends deliveries; `resolve` says which addresses a host has.

    Whom it trusts is what httpx trusts, or the certificates of `SSL_CERT_FILE`.
    """

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve, seconds: float = SECONDS) -> None:
        self._allow_private, self._resolve, self._seconds = allow_private, resolve, seconds
        self._trusted: ssl.SSLContext | None = None

    async def send(self, delivery: Delivery) -> Attempt:
        """Makes one attempt; what goes wrong is told, never raised."""
        try:
            async with asyncio.timeout(self._seconds):
                return _judged(await self._answer(delivery))
        except TimeoutError:
            return Attempt(None, f"no answer within {self._seconds:g} seconds")
        except (ForbiddenTargetError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Attempt(None, f"{type(error).__name__}: {error}"[:500])

    async def _answer(self, delivery: Delivery) -> int:
        target = await check_target(delivery.url, allow_private=self._allow_private, resolve=self._resolve)
        body = delivery.body.encode()
        headers = signed_headers(delivery.event_id, int(time.time()), body, secrets=delivery.secrets)
        # No proxy and no redirect: either would connect to a place that nobody judged.
        self._trusted = self._trusted or httpx.create_ssl_context()
        timeout, trusted = self._seconds, self._trusted
        async with httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=timeout, verify=trusted
        ) as client:
            request = client.build_request(
                "POST",
                httpx.URL(delivery.url).copy_with(host=target.address, port=target.port),
                headers={**headers, **_always(delivery.url, target)},
                content=body,
                extensions={"sni_hostname": target.host},
            )
            answer = await client.send(request, stream=True)
            # What the receiver says beyond its status is never read: it may be endless.
            await answer.aclose()
            return answer.status_code


def _always(url: str, target: Target) -> dict[str, str]:
    host = httpx.URL(url).netloc.decode()
    return {
        "host": host or target.host,
        "content-type": "application/json",
        "user-agent": f"recobro/{version('recobro')}",
    }


def _judged(status: int) -> Attempt:
    if httpx.codes.is_success(status):
        return Attempt(status, "")
    return Attempt(status, f"the receiver answered {status}" + (": not followed" if status // 100 == 3 else ""))
