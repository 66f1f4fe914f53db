"""Who may call: API keys as bearer tokens or in `X-API-Key`, or tokens of an OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from recobro_data.store import Key
from recobro_serving.calls import current_call
from recobro_serving.keyring import Keyring
from recobro_serving.oidc import Tokens, is_token
from recobro_serving.problems import Problem, ProblemError
from recobro_serving.rates import Allowance, Rates

_BEARER: Final = HTTPBearer(auto_error=False, description="A key of `recobro keys add`, or a token of your provider")
_HEADER: Final = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients without OAuth")
_CHALLENGE: Final = 'Bearer realm="recobro"'


async def key_of_call(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    header: Annotated[str | None, Security(_HEADER)],
) -> Key:
    """The key that the call carries.

    Raises:
        ProblemError: 401 where there is none, or it is wrong, revoked or expired; 429 where it has called too often.
    """
    given = bearer.credentials if bearer else header
    if not given:
        raise _unauthorised("no key", _CHALLENGE)
    key = await _find(request, given)
    if key is None:
        raise _unauthorised("one that is wrong, revoked or expired", f'{_CHALLENGE}, error="invalid_token"')
    admit(request.app.state.rates, key)
    return key


def admit(rates: Rates, key: Key) -> None:
    """Counts a call of a key that is valid, and notes who calls.

    Raises:
        ProblemError: 429 where the key has called too often.
    """
    _note(key, rates.take(key))


async def _find(request: Request, given: str) -> Key | None:
    tokens: Tokens | None = request.app.state.tokens
    if tokens is not None and is_token(given):
        return await tokens.key_of(given)
    keyring: Keyring = request.app.state.keyring
    return await keyring.key_of(given)


def _note(key: Key, allowance: Allowance | None) -> None:
    call = current_call()
    if call is not None:
        call.key, call.allowance = key, allowance
    if allowance is not None and allowance.is_spent:
        raise ProblemError(
            Problem(
                status=429,
                name="too-many-calls",
                title="Too many calls",
                detail=f"Expected at most {allowance.limit} calls a minute of this key, found more. "
                "Wait as long as Retry-After says.",
                headers={"Retry-After": str(allowance.retry_after)},
            )
        )


def _needs(scope: str) -> Callable[[Key], Awaitable[Key]]:
    async def key_with_scope(key: Annotated[Key, Depends(key_of_call)]) -> Key:
        if scope in key.scopes:
            return key
        raise ProblemError(
            Problem(
                status=403,
                name="missing-scope",
                title="The key may not do this",
                detail=f"Expected a key with the scope {scope}, found one without. Ask for a key that has it.",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
            )
        )

    return key_with_scope


#: The key of a call that reads, writes, or sets up; 403 where it has not that scope.
Reader = Annotated[Key, Depends(_needs("read"))]
Writer = Annotated[Key, Depends(_needs("write"))]
Admin = Annotated[Key, Depends(_needs("admin"))]


def _unauthorised(found: str, challenge: str) -> ProblemError:
    return ProblemError(
        Problem(
            status=401,
            name="unauthorised",
            title="A key is needed",
            detail=f"Expected a key in `Authorization: Bearer` or `X-API-Key`, found {found}. "
            "`recobro keys add` makes one.",
            headers={"WWW-Authenticate": challenge},
        )
    )
