"""The web application. Nothing is read or opened on import."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from recobro_data.settings import Settings, load_settings
from recobro_data.store import Store, open_store
from recobro_data.store.answers import Teller
from recobro_serving.edge import Edge
from recobro_serving.metrics import Meter
from recobro_serving.problems import add_problem_answers
from recobro_serving.routes import debtors, health, plans, worklists
from recobro_serving.service.services import build_services


def create_app(settings: Settings, store: Store, *, tell: Teller | None = None) -> FastAPI:
    """The API over that store.

    `tell` turns coded reasons into words; the catalogue's where none is given. The store stays the caller's to close.
    """
    app = FastAPI(title="recobro", version=version("recobro"), description=_DESCRIPTION, redirect_slashes=False)
    app.state.settings, app.state.store, app.state.meter = settings, store, Meter()
    app.state.services = build_services(store, tell or _catalogue_teller())
    add_problem_answers(app)
    app.add_middleware(Edge, meter=app.state.meter)
    for routes in (worklists, debtors, plans, health):
        app.include_router(routes.ROUTER)
    return app


def create_default_app() -> FastAPI:
    """The API of the workspace that is in force, for `uvicorn --factory`.

    Raises:
        ConfigurationError: the configuration or the store is not as it must be.
    """
    settings = load_settings().settings
    return create_app(settings, open_store(settings.store_url))


_DESCRIPTION = (
    "Who to contact today, on which channel and when, and why. Keys come from `recobro keys add`; "
    "errors are problem details (RFC 9457)."
)


def _catalogue_teller() -> Teller:
    from recobro_models.explanation.catalogue import tell

    return tell
