"""Where a webhook may go: never into the network that this process stands in, unless that is allowed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from recobro_data.errors import ForbiddenTargetError

Address = IPv4Address | IPv6Address
#: All addresses of a host and port, as the system's resolver gives them.
Resolve = Callable[[str, int], Awaitable[list[str]]]

_MEND: Final = "Give a public https address."
#: Addresses of another family packed into one of IPv6; what they pack would be judged by nobody.
_TRANSLATED: Final = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


@dataclass(frozen=True)
class Target:
    """A place that was judged: the address to connect to, and the host as the URL names it."""

    scheme: str
    host: str
    port: int
    address: str


async def resolve(host: str, port: int) -> list[str]:
    """The system's answer.

    Raises:
        OSError: the name does not resolve.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


async def check_target(url: str, *, allow_private: bool, resolve: Resolve = resolve) -> Target:
    """Judges a URL and every address its host has now; whoever sends connects to the one that is given back.

    Raises:
        ForbiddenTargetError: not https, a name with a password, no such host, or an address that is not public.
    """
    scheme, host, port = _parts(url, allow_private)
    try:
        addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise ForbiddenTargetError("a host that has an address", "none", _MEND) from error
    if not addresses or not all(allow_private or is_public(one) for one in addresses):
        # Which address it was stays untold: the answer would map the network for whoever asks.
        raise ForbiddenTargetError("a host on the public internet", "another address", _MEND)
    return Target(scheme, host, port, addresses[0])


def is_public(text: str) -> bool:
    """Whether the address lies on the public internet.

    >>> [is_public(one) for one in ("8.8.8.8", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    address: Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def _parts(url: str, allow_private: bool) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError as error:
        raise ForbiddenTargetError("an address", "text that is none", _MEND) from error
    if scheme != "https" and not (allow_private and scheme == "http"):
        raise ForbiddenTargetError("an address that begins with https://", "another", _MEND)
    if not host or parts.username is not None or parts.password is not None or not url.isprintable() or " " in url:
        raise ForbiddenTargetError("an address with a host and without a password", "another", _MEND)
    return scheme, host, port or (443 if scheme == "https" else 80)
