"""Who may call: API keys as bearer tokens or in `X-API-Key`."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from recobro_data.store import Key, Store
from recobro_serving.problems import Problem, ProblemError

_BEARER: Final = HTTPBearer(auto_error=False, description="A key of `recobro keys add`")
_HEADER: Final = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients without OAuth")
_CHALLENGE: Final = 'Bearer realm="recobro"'


def key_of_call(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    header: Annotated[str | None, Security(_HEADER)],
) -> Key:
    """The key that the call carries.

    Raises:
        ProblemError: 401 where there is none, or it is wrong or revoked.
    """
    given = bearer.credentials if bearer else header
    if not given:
        raise _unauthorised("no key", _CHALLENGE)
    store: Store = request.app.state.store
    key = store.key_of(given)
    if key is None:
        raise _unauthorised("one that is wrong or revoked", f'{_CHALLENGE}, error="invalid_token"')
    return key


def reading_key(key: Annotated[Key, Depends(key_of_call)]) -> Key:
    """The key of a call that reads.

    Raises:
        ProblemError: 403 where the key has not the scope.
    """
    if "read" in key.scopes:
        return key
    raise ProblemError(
        Problem(
            status=403,
            name="missing-scope",
            title="The key may not do this",
            detail="Expected a key with the scope read, found one without. Ask for a key that has it.",
            headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="read"'},
        )
    )


Reader = Annotated[Key, Depends(reading_key)]


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
