"""The web page: signing in with a key, and what it lets see. No part of the API, so not in `/docs`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from recobro_data.store import Key, Store
from recobro_data.vocabulary import LANGUAGES
from recobro_serving.auth import admit
from recobro_serving.calls import note_debtor, note_rows
from recobro_serving.languages import preferred_language
from recobro_serving.pages.rendering import build_page
from recobro_serving.pages.sessions import LASTS_SECONDS, Sessions
from recobro_serving.pages.words import TEMPLATES
from recobro_serving.problems import Problem, ProblemError, invalid
from recobro_serving.routes.common import Answering
from recobro_serving.schemas import Id, LeftAloneQuery, WorklistQuery
from recobro_serving.service.pages import PAGE_ROWS, Pages, Visit

COOKIE: Final = "recobro_session"
_LANGUAGE_COOKIE: Final = "recobro_language"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_MAX_FORM: Final = 4096

Answer = Callable[[Request], Coroutine[Any, Any, Response]]
Query = TypeVar("Query", bound=BaseModel)


class _SignInNeededError(Exception):
    """Nobody is signed in."""


class _PageRoute(APIRoute):
    """A route whose problems are pages too."""

    def get_route_handler(self) -> Answer:
        answer = super().get_route_handler()

        async def shown(request: Request) -> Response:
            known = _known(request.app)
            try:
                response = await answer(request)
            except _SignInNeededError:
                return RedirectResponse(f"/sign-in?{urlencode({'next': _own_address(request)})}", 303)
            except known as error:
                return await _problem_page(request, error)
            return _with_language(request, response)

        return shown


ROUTER: Final = APIRouter(route_class=_PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class _SignedIn:
    key: Key
    cookie: str


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _language(request: Request) -> str:
    """What was just chosen, was chosen before, or is preferred by the browser."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return preferred_language(request.headers.get("accept-language", "")) or LANGUAGES[0]


async def _signed_in(request: Request) -> _SignedIn:
    cookie = request.cookies.get(COOKIE, "")
    key_id = _sessions(request).key_id_of(cookie) if cookie else None
    store: Store = request.app.state.store
    keys = await run_in_threadpool(store.list_keys) if key_id else []
    key = next((key for key in keys if key.key_id == key_id and _may_look(key)), None)
    if key is None:
        raise _SignInNeededError
    admit(request.app.state.rates, key)
    return _SignedIn(key, cookie)


Reader = Annotated[_SignedIn, Depends(_signed_in)]
Reading = Annotated[str, Depends(_language)]


@ROUTER.get("/")
def worklist(request: Request, reader: Reader, services: Answering, language: Reading) -> HTMLResponse:
    """The day's worklist."""
    view = Pages(services).worklist(Visit(reader.key, language), _query(WorklistQuery, request))
    return _page("worklist", request, reader, view)


@ROUTER.get("/left-alone")
def left_alone(request: Request, reader: Reader, services: Answering, language: Reading) -> HTMLResponse:
    """Who is left alone, and why."""
    view = Pages(services).left_alone(Visit(reader.key, language), _query(LeftAloneQuery, request))
    return _page("left_alone", request, reader, view)


# The id is no part of the path: it is the creditor's own and may be `..`.
@ROUTER.get("/debtor")
def debtor(request: Request, reader: Reader, services: Answering, language: Reading, id: Id) -> HTMLResponse:
    """One debtor."""
    note_debtor(id)
    return _page("debtor", request, reader, Pages(services).debtor(Visit(reader.key, language), id))


@ROUTER.get("/plan")
def plan(request: Request, reader: Reader, services: Answering, language: Reading) -> HTMLResponse:
    """The day's plan."""
    return _page("plan", request, reader, Pages(services).plan(Visit(reader.key, language)))


@ROUTER.get("/kpis")
def kpis(request: Request, reader: Reader, services: Answering, language: Reading) -> HTMLResponse:
    """The KPIs of the last night."""
    return _page("kpis", request, reader, Pages(services).kpis(Visit(reader.key, language)))


@ROUTER.get("/sign-in")
def ask_for_key(request: Request, language: Reading) -> HTMLResponse:
    """Asks for a key."""
    return build_page("sign_in", language, _outside(request, refused=False))


@ROUTER.post("/sign-in")
async def sign_in(request: Request, language: Reading) -> Response:
    """Begins a session for the key that the form holds."""
    _check_same_site(request)
    form = await _form(request)
    store: Store = request.app.state.store
    key = await run_in_threadpool(store.key_of, form.get("key", "").strip())
    if key is None or not _may_look(key):
        return build_page("sign_in", language, _outside(request, refused=True), 403)
    response = RedirectResponse(_own_target(form.get("next", "")), 303)
    cookie = _sessions(request).begin(key.key_id)
    _set_cookie(request, response, COOKIE, (cookie, LASTS_SECONDS))
    return response


@ROUTER.post("/sign-out")
async def sign_out(request: Request, reader: Reader) -> Response:
    """Ends the session of this browser."""
    _check_same_site(request)
    if not _sessions(request).is_own_form(reader.cookie, (await _form(request)).get("seal", "")):
        raise _foreign_form()
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@ROUTER.get("/pages/page.css")
def style() -> Response:
    """How the pages look."""
    return Response((TEMPLATES / "page.css").read_bytes(), 200, {"Cache-Control": "max-age=300"}, "text/css")


def _page(name: str, request: Request, reader: _SignedIn, view: Mapping[str, Any]) -> HTMLResponse:
    seal = _sessions(request).form_seal(reader.cookie)
    note_rows(len(view["page"]["items"]) if "page" in view else 1)
    return build_page(name, _language(request), {**view, **_place(request), "seal": seal})


def _outside(request: Request, *, refused: bool) -> dict[str, Any]:
    return {**_place(request), "seal": None, "refused": refused, "next": request.query_params.get("next", "/")}


def _place(request: Request) -> dict[str, Any]:
    """Where the reader is, for the links that lead back here."""
    here = {name: value for name, value in request.query_params.items() if name != "lang" and value}
    # A form that was sent is shown by its own address, which a link asks for anew.
    return {"path": request.url.path, "here": here}


def _query(kind: type[Query], request: Request) -> Query:
    # An empty choice of a form means all; the page's own switches are no filters.
    given = {name: value for name, value in request.query_params.items() if value and name != "lang"}
    try:
        return kind.model_validate({**given, "limit": PAGE_ROWS})
    except ValidationError as error:
        raise invalid("Expected the filters of this page, found others. Start again from its link.") from error


def _may_look(key: Key) -> bool:
    has_ended = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    return key.revoked_at is None and not has_ended and "read" in key.scopes


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            raise invalid("Expected a short form, found a long one. Start again from the page.")
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _check_same_site(request: Request) -> None:
    """Every browser of the last years says where a form comes from."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    # Behind a proxy that ends TLS the scheme is not ours to see; the host is.
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.url.netloc):
        raise _foreign_form()


def _foreign_form() -> ProblemError:
    detail = (
        "Expected a form of this page, found one of another place or of a session that is over. Go back, try again."
    )
    return ProblemError(Problem(status=403, name="foreign-form", title="Not sent from this page", detail=detail))


def _known(app: FastAPI) -> tuple[type[Exception], ...]:
    """The errors that the app has an answer to."""
    return tuple(kind for kind in app.exception_handlers if isinstance(kind, type))


def _own_address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _own_target(asked: str) -> str:
    """The address asked for where it is one of ours; a browser takes `//` and a backslash for another host."""
    is_own = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    return asked if is_own else "/"


def _with_language(request: Request, response: Response) -> Response:
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        _set_cookie(request, response, _LANGUAGE_COOKIE, (chosen, _YEAR_SECONDS))
    return response


def _set_cookie(request: Request, response: Response, name: str, value: tuple[str, int]) -> None:
    text, seconds = value
    is_secure = request.url.scheme == "https"
    response.set_cookie(name, text, max_age=seconds, httponly=True, samesite="strict", secure=is_secure)


async def _problem_page(request: Request, error: Exception) -> Response:
    """The problem that the API would answer, for people."""
    handlers = request.app.exception_handlers
    answer = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)(request, error)
    found: Response = await answer if inspect.isawaitable(answer) else answer
    problem = json.loads(bytes(found.body))
    return build_page(
        "problem", _language(request), {**_place(request), "seal": None, "problem": problem}, found.status_code
    )
