"""The web application. Nothing is read or opened on import."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from logging.config import dictConfig

from fastapi import FastAPI

from recobro_data.settings import Settings, load_settings
from recobro_data.store import Store, open_store
from recobro_data.store.answers import Teller
from recobro_serving.express import Express
from recobro_serving.front import Front, Receive, Scope, Send
from recobro_serving.logs import log_config
from recobro_serving.openapi import add_docs, describe, name_operation
from recobro_serving.pages.sessions import Sessions
from recobro_serving.problems import add_problem_answers
from recobro_serving.routes import (
    claims,
    debtors,
    events,
    health,
    kpis,
    models,
    pages,
    plans,
    score,
    simulate,
    webhooks,
    worklists,
)
from recobro_serving.service.services import build_services
from recobro_serving.surroundings import lifespan, surround


class Api(FastAPI):
    """The application behind its front, which knows the answers it gave."""

    front: Front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call."""
        if scope["type"] != "http" or not await self.front.answers(scope, send):
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, store: Store, *, tell: Teller | None = None) -> FastAPI:
    """The API over that store.

    `tell` turns coded reasons into words; the catalogue's where none is given. The store stays the caller's to close.
    """
    app = Api(
        title="recobro",
        version=version("recobro"),
        description=_DESCRIPTION,
        redirect_slashes=False,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=name_operation,
    )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    add_docs(app)
    app.add_middleware(Express, owner=app)
    surround(app, settings, store)
    app.state.services = build_services(store, tell or _catalogue_teller(), settings)
    app.front = app.state.front = Front(app.state.edge_parts, app.state.desk, app.state.services.ready)
    app.state.sessions = Sessions(lambda: store.secret("sessions"))
    add_problem_answers(app)
    for routes in (worklists, claims, events, debtors, score, kpis, models, plans, simulate, webhooks, health, pages):
        app.include_router(routes.ROUTER)
    return app


def create_default_app() -> FastAPI:
    """The API of the workspace that is in force, for `uvicorn --factory`; its log lines are set up here.

    Raises:
        ConfigurationError: the configuration or the store is not as it must be.
    """
    settings = load_settings().settings
    dictConfig(log_config(settings.serving.log_format, settings.serving.log_level))
    return create_app(settings, open_store(settings.store_url))


_DESCRIPTION = (
    "Who to contact today, on which channel and when, and why. Keys come from `recobro keys add`; "
    "errors are problem details (RFC 9457)."
)


def _catalogue_teller() -> Teller:
    from recobro_models.explanation.catalogue import tell

    return tell
