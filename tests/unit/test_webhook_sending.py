from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.receivers import Receiver, receiving, resolver_of, write_certificate

from recobro_data.store.deliveries import Delivery
from recobro_serving.hooks.sending import Attempt, Sender

SECRET, FORMER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
HERE = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def deliver(url: str, *, resolve: Any = None, seconds: float = 5, **changed: Any) -> Attempt:
    fields: dict[str, Any] = {"delivery_id": 1, "event_id": "msg_1", "webhook_id": "wh_1", "n_attempts": 0}
    fields |= {"url": url, "body": '{"type": "plan.published", "ñ": 1}', "secrets": (SECRET,)}
    sender = Sender(allow_private=True, resolve=resolve or resolver_of(HERE), seconds=seconds)
    return asyncio.run(sender.send(Delivery(**fields | changed)))


def signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    """As a receiver computes it, out of the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_a_receiver_can_check_who_sent_it(receiver: Receiver) -> None:
    assert deliver(receiver.url()) == Attempt(200, "")
    ((path, headers, body),) = receiver.calls
    assert (path, headers["webhook-id"], headers["content-type"]) == ("/hook", "msg_1", "application/json")
    assert headers["webhook-signature"] == signature(SECRET, headers, body)


def test_after_a_rotation_both_secrets_sign(receiver: Receiver) -> None:
    deliver(receiver.url(), secrets=(SECRET, FORMER))
    ((_, headers, body),) = receiver.calls
    expected = [signature(secret, headers, body) for secret in (SECRET, FORMER)]
    assert headers["webhook-signature"].split(" ") == expected


def test_the_body_is_sent_byte_for_byte(receiver: Receiver) -> None:
    deliver(receiver.url())
    assert receiver.calls[0][2] == '{"type": "plan.published", "ñ": 1}'.encode()


def test_the_host_is_the_one_of_the_address_whatever_it_resolves_to(receiver: Receiver) -> None:
    deliver(receiver.url("hooks.example.com"))
    assert receiver.calls[0][1]["host"] == f"hooks.example.com:{receiver.port}"


def test_a_name_is_resolved_once_and_what_was_judged_is_connected_to(receiver: Receiver) -> None:
    resolve = resolver_of(HERE, ["10.255.255.1"])
    assert deliver(receiver.url("rebound.example.com"), resolve=resolve) == Attempt(200, "")


def test_a_name_that_moved_into_the_own_network_is_not_called(receiver: Receiver) -> None:
    sender = Sender(allow_private=False, resolve=resolver_of(HERE))
    one = Delivery(
        delivery_id=1, event_id="m", webhook_id="w", url=f"https://rebound.example.com:{receiver.port}/", body="{}",
        secrets=(SECRET,), n_attempts=0,
    )  # fmt: skip
    assert "a host on the public internet" in asyncio.run(sender.send(one)).error
    assert receiver.calls == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_nobody_is_called_after_it(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.headers = [status], {"location": receiver.url(path="/elsewhere")}
    assert deliver(receiver.url()) == Attempt(status, f"the receiver answered {status}: not followed")
    assert [path for path, *_ in receiver.calls] == ["/hook"]


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_any_other_answer_than_success_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    assert deliver(receiver.url()) == Attempt(status, f"the receiver answered {status}")


def test_what_the_receiver_says_beyond_its_status_is_not_kept(receiver: Receiver) -> None:
    receiver.answers, receiver.content = [500], b"secret of the receiver"
    assert "secret" not in deliver(receiver.url()).error


def test_nobody_listening_is_told_and_not_raised() -> None:
    assert deliver("http://127.0.0.1:1/").error.startswith("ConnectError")


def test_a_receiver_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        attempt = deliver(f"http://127.0.0.1:{deaf.getsockname()[1]}/", seconds=0.2)
    assert attempt == Attempt(None, "no answer within 0.2 seconds")


@pytest.mark.parametrize(("name", "is_trusted"), [("hooks.example.com", True), ("other.example.com", False)])
def test_the_certificate_must_be_the_hosts_though_an_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool
) -> None:
    certificate = write_certificate(tmp_path, "hooks.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(certificate) as receiver:
        attempt = deliver(f"https://{name}:{receiver.port}/")
    assert (attempt.answer == 200, "CERTIFICATE_VERIFY_FAILED" in attempt.error) == (is_trusted, not is_trusted)
