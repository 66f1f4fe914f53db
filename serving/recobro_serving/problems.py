"""Errors as RFC 9457 problem details: one table from what went wrong to what the caller reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError

from recobro_data.errors import NoChampionError, NoPlanError, RecobroError, UnknownDebtorError, UsageError

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What a problem answer says; `more` holds its extension members."""

    status: int
    name: str
    title: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def answer(self) -> JSONResponse:
        """The problem as a response."""
        body = {
            "type": f"urn:recobro:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return JSONResponse(
            {**body, **self.more}, self.status, headers=dict(self.headers) or None, media_type=MEDIA_TYPE
        )


class ProblemError(Exception):
    """Ends a call with that problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.detail)


@dataclass(frozen=True)
class _Kind:
    status: int
    name: str
    title: str
    detail: str | None = None


#: Domain error to answer, most special first. A fixed detail stands where the error's own would tell too much: whether
#: a debtor exists in a portfolio that the key does not see must not be told apart.
_KINDS: Final[Mapping[type[RecobroError], _Kind]] = {
    NoPlanError: _Kind(503, "no-plan", "No plan has been published yet"),
    NoChampionError: _Kind(503, "no-model", "No model has been promoted yet"),
    UnknownDebtorError: _Kind(
        404,
        "unknown-debtor",
        "No such debtor",
        "Expected the id of a debtor with an open charge in a portfolio of this key, found none. "
        "Check the id, and that its source was ingested and planned.",
    ),
    UsageError: _Kind(422, "invalid-request", "The call can not be understood"),
}

_INTERNAL: Final = Problem(
    status=500,
    name="internal",
    title="Something went wrong here",
    detail="Expected to answer, found a defect. Try again; if it stays, give the X-Request-ID to whoever runs this.",
)
_NO_STORE: Final = Problem(
    status=503,
    name="no-store",
    title="The store does not answer",
    detail="Expected the store to answer, found it busy or away. Try again in a few seconds.",
    headers={"Retry-After": "5"},
)
_TOO_SLOW: Final = Problem(
    status=503,
    name="took-too-long",
    title="The answer took too long",
    detail="Expected to answer in time, found that it takes longer. Ask for less at once; whether a write was made "
    "shows when it is sent again with the same Idempotency-Key.",
    headers={"Retry-After": "5"},
)
_OTHER_CALL: Final = "Expected an address and method of this API, found another. See /docs for the calls there are."
#: What the framework refuses on its own: status to name, title and detail.
_REFUSALS: Final = {
    400: (
        "invalid-request",
        "The call can not be understood",
        "Expected a body of JSON in UTF-8, found another. See /docs for this call.",
    ),
    404: ("not-found", "Nothing is served here", _OTHER_CALL),
    405: ("method-not-allowed", "This address does not take that method", _OTHER_CALL),
}


def not_found(detail: str) -> ProblemError:
    """A 404 for something that was named and is not there."""
    return ProblemError(Problem(status=404, name="not-found", title="Not found", detail=detail))


def invalid(detail: str) -> ProblemError:
    """A 422 for a call that can not be understood."""
    return ProblemError(
        Problem(status=422, name="invalid-request", title="The call can not be understood", detail=detail)
    )


def internal_problem() -> JSONResponse:
    """The answer to a defect; it tells nothing of its cause."""
    return _INTERNAL.answer()


def store_problem() -> JSONResponse:
    """The answer while the store is busy or away."""
    return _NO_STORE.answer()


def timeout_problem() -> JSONResponse:
    """The answer to a call that takes longer than it may."""
    return _TOO_SLOW.answer()


def add_problem_answers(app: FastAPI) -> None:
    """Makes every error of the app a problem answer."""
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(RecobroError, _of_domain)
    app.add_exception_handler(RequestValidationError, _of_validation)
    for status in _REFUSALS:
        app.add_exception_handler(status, _of_http)
    app.add_exception_handler(OperationalError, _of_store)
    app.add_exception_handler(InterfaceError, _of_store)


def _of_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return error.problem.answer()


def _of_domain(_request: Request, error: Exception) -> JSONResponse:
    kind = next((kind for known, kind in _KINDS.items() if isinstance(error, known)), None)
    if kind is None:
        raise error
    problem = Problem(status=kind.status, name=kind.name, title=kind.title, detail=kind.detail or str(error))
    return problem.answer()


def _of_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The values themselves are left out: a debtor's id or a key must not come back in an error.
    errors = [{"where": ".".join(map(str, one["loc"])), "expected": _worded(one["msg"])} for one in error.errors()]
    detail = f"Expected at {errors[0]['where']}: {errors[0]['expected']}; found otherwise. See /docs for this call."
    title = "The call can not be understood"
    problem = Problem(status=422, name="invalid-request", title=title, detail=detail, more={"errors": errors})
    return problem.answer()


def _worded(message: str) -> str:
    return message[0].lower() + message[1:]


def _of_http(_request: Request, error: Exception) -> JSONResponse:
    # The router raises a class of the layer below FastAPI, which is not ours to import.
    status = getattr(error, "status_code", 404)
    name, title, detail = _REFUSALS[status]
    headers = getattr(error, "headers", None) or {}
    return Problem(status=status, name=name, title=title, detail=detail, headers=headers).answer()


def _of_store(_request: Request, _error: Exception) -> JSONResponse:
    return store_problem()
