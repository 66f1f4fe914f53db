from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.unit.api_caller import Caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan
from tests.unit.receivers import Receiver, receiving

from recobro_data.sections_serving import Oidc
from recobro_data.settings import Settings
from recobro_data.store import Key, open_store
from recobro_serving.app import create_app
from recobro_serving.oidc import Tokens, build_tokens, is_token
from recobro_serving.problems import ProblemError

ISSUER, AUDIENCE = "https://id.example.com", "recobro"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
STRANGER = rsa.generate_private_key(65537, 2048)
RSA_JWK = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "rsa", "alg": "RS256"}
EC_JWK = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC.public_key())) | {"kid": "ec", "alg": "ES256"}


@pytest.fixture
def provider() -> Iterator[Receiver]:
    """Publishes the public keys."""
    with receiving() as provider:
        provider.content = json.dumps({"keys": [RSA_JWK, EC_JWK]}).encode()
        yield provider


@pytest.fixture
def tokens(provider: Receiver) -> Tokens:
    built = build_tokens(Oidc(issuer=ISSUER, audience=AUDIENCE, jwks_url=provider.url(path="/jwks")))
    assert built is not None
    return built


def sign(key: Any = RSA, kid: str = "rsa", algorithm: str = "RS256", **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ana", "iat": now, "exp": now + 300}
    claims |= {"scope": "openid read recobro:write", "portfolios": ["north"]} | changed
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, key, algorithm, headers={"kid": kid})


def key_of(tokens: Tokens, token: str) -> Key | None:
    return asyncio.run(tokens.key_of(token))


def test_a_token_stands_for_a_key_with_the_scopes_and_portfolios_of_its_claims(tokens: Tokens) -> None:
    key = key_of(tokens, sign())
    assert key is not None
    assert (key.key_id, key.scopes, key.sees) == ("oidc:ana", {"read", "write"}, {"north"})


def test_both_kinds_of_keys_are_known(tokens: Tokens) -> None:
    assert key_of(tokens, sign(EC, "ec", "ES256")) is not None


def test_claims_may_be_words_or_lists(tokens: Tokens) -> None:
    key = key_of(tokens, sign(scope=["read"], portfolios="north south"))
    assert key is not None
    assert (key.scopes, key.sees) == ({"read"}, {"north", "south"})


def test_a_token_without_portfolios_sees_nothing(tokens: Tokens) -> None:
    key = key_of(tokens, sign(portfolios=None))
    assert key is not None
    assert key.sees == frozenset()


@pytest.mark.parametrize(
    "changed",
    [
        *({"iss": "https://evil.example.com"}, {"aud": "another"}, {"exp": 1}, {"nbf": 2**33}, {"iat": 2**33}),
        *({"exp": None}, {"aud": None}, {"iss": None}, {"sub": None}, {"iat": None}, {"sub": 7}, {"exp": "soon"}),
    ],
)
def test_a_token_with_a_wrong_or_missing_claim_is_none(tokens: Tokens, changed: dict[str, Any]) -> None:
    assert key_of(tokens, sign(**changed)) is None


def test_a_token_signed_by_another_is_none(tokens: Tokens) -> None:
    assert key_of(tokens, sign(STRANGER)) is None


def test_a_changed_token_is_none(tokens: Tokens) -> None:
    head, body, signature = sign().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"portfolios": ["*"]}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert key_of(tokens, f"{head}.{forged}.{signature}") is None


def forged(algorithm: str, secret: bytes) -> str:
    """A token whose head asks to be checked some other way."""
    parts = [{"alg": algorithm, "kid": "rsa"}, {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "iat": 1, "exp": 2**33}]
    body = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    seal = hmac.new(secret, body, hashlib.sha256).digest() if secret else b""
    return f"{body.decode()}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "ES256"])
def test_the_token_does_not_choose_how_it_is_checked(tokens: Tokens, algorithm: str) -> None:
    public = json.dumps(RSA_JWK).encode()
    assert key_of(tokens, forged(algorithm, b"" if algorithm == "none" else public)) is None


def test_the_clocks_may_differ_a_little(tokens: Tokens) -> None:
    now = int(time.time())
    assert key_of(tokens, sign(exp=now - 10)) is not None
    assert key_of(tokens, sign(exp=now - 40)) is None


def test_keys_are_fetched_once_and_an_unknown_one_asks_again_at_most_once_a_minute(
    tokens: Tokens, provider: Receiver
) -> None:
    assert [key_of(tokens, sign()) is not None for _ in range(3)] == [True] * 3
    assert [key_of(tokens, sign(kid="new")) for _ in range(3)] == [None] * 3
    assert len(provider.calls) == 1


def test_a_new_key_of_the_provider_is_found_after_a_minute(tokens: Tokens, provider: Receiver) -> None:
    assert key_of(tokens, sign(kid="new")) is None
    provider.content = json.dumps({"keys": [RSA_JWK | {"kid": "new"}]}).encode()
    tokens._public_keys._asked_at -= 61
    assert key_of(tokens, sign(kid="new")) is not None


def test_a_provider_that_goes_away_locks_nobody_out(tokens: Tokens, provider: Receiver) -> None:
    assert key_of(tokens, sign()) is not None
    provider.answers = [500]
    tokens._public_keys._asked_at = tokens._public_keys._fetched_at = float("-inf")
    assert key_of(tokens, sign()) is not None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"keys": 1}', b'{"keys": [{}]}', b"\xff", b'{"keys": [{"kty": "RSA"}]}']
)
def test_a_provider_that_answers_nonsense_is_a_503(tokens: Tokens, provider: Receiver, content: bytes) -> None:
    provider.content = content
    with pytest.raises(ProblemError, match="Expected the provider's keys"):
        key_of(tokens, sign())


@pytest.mark.parametrize("text", ["..", "a.b.c", "e30.e30.e30", "é.é.é", "." * 2 + "x" * 9000, sign()[:-9] + ".a.b"])
def test_text_that_is_no_token_is_none(tokens: Tokens, text: str) -> None:
    assert key_of(tokens, text) is None


def test_keys_of_recobro_are_no_tokens() -> None:
    assert (is_token("rck_0a_b-c"), is_token("a.b.c")) == (False, True)


def test_without_a_provider_nothing_is_checked() -> None:
    assert build_tokens(Oidc()) is None


@pytest.mark.parametrize(
    "given", [{"issuer": ISSUER}, {"issuer": ISSUER, "audience": "a", "jwks_url": "http://id.example.com/jwks"}]
)
def test_a_provider_that_could_be_imitated_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"serving\.oidc"):
        Oidc(**given)


def test_the_api_answers_a_token_as_far_as_its_claims_reach(provider: Receiver, tmp_path: Path) -> None:
    oidc = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": provider.url(path="/jwks")}
    with open_store(fresh_url(tmp_path)) as store:
        store.publish_plan(build_plan())
        app = create_app(Settings(serving={"oidc": oidc}), store)
        page = Caller(app, {"Authorization": f"Bearer {sign()}"}).get("/v1/worklists/latest")
        stranger = Caller(app, {"Authorization": f"Bearer {sign(STRANGER)}"}).get("/v1/worklists/latest")
        app.state.audit.flush()
        assert ({row["portfolio_id"] for row in page.json()["items"]}, stranger.status_code) == ({"north"}, 401)
        assert [row["who"] for row in store.audit.rows()] == ["oidc:ana"]
