from __future__ import annotations

import asyncio

import pytest
from tests.unit.receivers import resolver_of

from recobro_data.errors import ForbiddenTargetError
from recobro_serving.hooks.targets import Target, check_target, is_public

PUBLIC = "93.184.215.14"


def check(url: str, *addresses: str, allow_private: bool = False) -> Target:
    resolve = resolver_of(list(addresses or (PUBLIC,)))
    return asyncio.run(check_target(url, allow_private=allow_private, resolve=resolve))


def test_a_public_host_is_connected_to_at_the_address_that_was_judged() -> None:
    assert check("https://hooks.example.com/a?b=c") == Target("https", "hooks.example.com", 443, PUBLIC)


def test_a_port_may_be_named() -> None:
    assert check("https://hooks.example.com:8443/a").port == 8443


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
        ),
        *("169.254.169.254", "169.254.170.2", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "192.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "::7f00:1",
        ),
    ],
)
def test_an_address_that_is_not_public_is_forbidden(address: str) -> None:
    with pytest.raises(ForbiddenTargetError, match="a host on the public internet"):
        check("https://hooks.example.com", address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_forbids_the_host() -> None:
    with pytest.raises(ForbiddenTargetError, match="found another address"):
        check("https://hooks.example.com", PUBLIC, "10.0.0.1")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "[::1]", "localhost", "017700000001"])
def test_no_spelling_of_this_machine_gets_through(host: str) -> None:
    with pytest.raises(ForbiddenTargetError, match="Expected a host"):
        asyncio.run(check_target(f"https://{host}/", allow_private=False))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://hooks.example.com", "begins with https://"),
        ("ftp://hooks.example.com", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("gopher://hooks.example.com", "begins with https://"),
        ("//hooks.example.com", "begins with https://"),
        ("https://", "with a host"),
        ("https://ana:pw@hooks.example.com", "without a password"),
        ("https://hooks.example.com@10.0.0.1/", "without a password"),
        ("https://hooks.example.com:99999", "text that is none"),
        ("https://[::1", "text that is none"),
        ("https://hooks.example.com/\r\nX: y", "with a host"),
        ("https://hooks.example.com/a b", "with a host"),
    ],
)
def test_an_address_that_is_no_https_address_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(ForbiddenTargetError, match=complaint):
        check(url)


def test_a_name_that_does_not_resolve_is_refused() -> None:
    with pytest.raises(ForbiddenTargetError, match="a host that has an address, found none"):
        asyncio.run(check_target("https://nowhere.invalid/", allow_private=False))


def test_the_refusal_does_not_tell_which_address_it_was() -> None:
    with pytest.raises(ForbiddenTargetError) as caught:
        check("https://hooks.example.com", "10.1.2.3")
    assert "10.1.2.3" not in str(caught.value)


def test_where_it_is_allowed_a_private_host_may_be_told_by_http() -> None:
    assert check("http://crm.internal/hook", "10.0.0.1", allow_private=True) == Target(
        "http", "crm.internal", 80, "10.0.0.1"
    )
