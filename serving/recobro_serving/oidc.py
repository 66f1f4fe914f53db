"""Tokens (JWT) of an OpenID Connect provider, checked against the provider's public keys."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from recobro_data.errors import ConfigurationError
from recobro_data.sections_serving import LOCAL_HOSTS, Oidc
from recobro_data.store import SCOPES, Key
from recobro_serving.problems import Problem, ProblemError

if TYPE_CHECKING:
    from jwt import PyJWK

LOG: Final = logging.getLogger("recobro_serving.oidc")
#: Public-key algorithms only: a shared secret, or none, would let who knows the public key sign.
_ALGORITHMS: Final = ("RS256", "ES256")
_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub")
#: An unknown key id asks the provider at most this often; known ones are looked up again after an hour.
_RETRY_SECONDS: Final = 60.0
_FRESH_SECONDS: Final = 3600.0
_TIMEOUT_SECONDS: Final = 5.0
_MAX_BYTES: Final = 1_000_000


def is_token(given: str) -> bool:
    """Whether that looks like a JWT; keys of recobro hold no dots."""
    return given.count(".") == 2


def build_tokens(oidc: Oidc) -> Tokens | None:
    """What checks tokens; None where no provider is configured.

    Raises:
        ConfigurationError: the library for it is not installed.
    """
    if not oidc.issuer:
        return None
    if find_spec("jwt") is None:
        raise ConfigurationError("PyJWT for [serving.oidc]", "no module `jwt`", "Run pip install 'recobro[oidc]'.")
    return Tokens(oidc, _PublicKeys(oidc.jwks_url))


class Tokens:
    """Turns a provider's token into a key with the scopes and portfolios of its claims."""

    def __init__(self, oidc: Oidc, public_keys: _PublicKeys) -> None:
        self._oidc, self._public_keys = oidc, public_keys

    async def key_of(self, token: str) -> Key | None:
        """The key that the token stands for; None where it is not valid.

        Raises:
            ProblemError: 503 where the provider's keys can not be had.
        """
        import jwt

        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            public_key = await self._public_keys.find(str(key_id))
            return None if public_key is None else self._key(self._claims(token, public_key))
        except (jwt.PyJWTError, ValueError, TypeError):
            return None

    def _claims(self, token: str, public_key: PyJWK) -> dict[str, Any]:
        import jwt

        return jwt.decode(
            token,
            public_key,
            # The key's own, never the token's word for it.
            algorithms=[public_key.algorithm_name],
            audience=self._oidc.audience,
            issuer=self._oidc.issuer,
            leeway=self._oidc.leeway_seconds,
            options={"require": list(_REQUIRED)},
        )

    def _key(self, claims: Mapping[str, Any]) -> Key:
        words = _words(claims.get(self._oidc.scopes_claim))
        subject = str(claims["sub"])
        # Long subjects are legal, and the audit log's column is not endless.
        short = subject if len(subject) <= 150 else hashlib.sha256(subject.encode()).hexdigest()
        return Key(
            key_id=f"oidc:{short}",
            name=subject,
            scopes=frozenset(word.removeprefix("recobro:") for word in words) & frozenset(SCOPES),
            portfolios=_words(claims.get(self._oidc.portfolios_claim)),
            created_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


class _PublicKeys:
    """A provider's keys by their id, fetched when they are needed."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, asyncio.Lock()
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at = self._asked_at = float("-inf")

    async def find(self, key_id: str) -> PyJWK | None:
        if self._is_worth_asking(key_id):
            async with self._lock:
                if self._is_worth_asking(key_id):
                    await self._fetch()
        if not self._keys:
            raise _no_provider()
        return self._keys.get(key_id)

    def _is_worth_asking(self, key_id: str) -> bool:
        now = time.monotonic()
        is_wanting = key_id not in self._keys or now - self._fetched_at > _FRESH_SECONDS
        return is_wanting and now - self._asked_at > _RETRY_SECONDS

    async def _fetch(self) -> None:
        import jwt

        self._asked_at = time.monotonic()
        try:
            told = await self._ask()
            keys = (jwt.PyJWK.from_dict(one) for one in told["keys"] if one.get("kty") in ("RSA", "EC"))
            self._keys = {str(one.key_id): one for one in keys if one.algorithm_name in _ALGORITHMS}
            self._fetched_at = self._asked_at
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Those that were known stay in force: a provider that is away for a minute locks nobody out.
            LOG.error("the provider's keys can not be read: %s", type(error).__name__)

    async def _ask(self) -> Any:
        is_local = urlsplit(self._url).hostname in LOCAL_HOSTS
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=not is_local) as client:
            answer = (await client.get(self._url)).raise_for_status()
        if len(answer.content) > _MAX_BYTES:
            raise ValueError("more keys than a provider has")
        return answer.json()


def _words(claim: Any) -> frozenset[str]:
    """A claim as a set of words, whether it is a list or text with blanks between."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(word for word in words if isinstance(word, str))


def _no_provider() -> ProblemError:
    detail = "Expected the provider's keys at [serving.oidc] jwks_url, found no answer. Try again in a minute."
    return ProblemError(
        Problem(
            status=503,
            name="no-token-keys",
            title="Tokens can not be checked",
            detail=detail,
            headers={"Retry-After": "60"},
        )
    )
