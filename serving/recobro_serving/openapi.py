"""The description of the API for code generators, and `/docs` from files of this machine."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.routing import APIRoute

from recobro_serving.headers import docs_policy
from recobro_serving.problems import not_found
from recobro_serving.schemas import ProblemBody

TAGS: Final = [
    {"name": "worklists", "description": "The day's actions in rank order, who is left alone, files, claims"},
    {"name": "debtors", "description": "One debtor: recommendation, risk and contact times"},
    {"name": "score", "description": "Debtors given with their own history; nothing is stored"},
    {"name": "events", "description": "What happens by day, in force at once"},
    {"name": "plans", "description": "What a plan was made of and reached, and what another would come to"},
    {"name": "kpis", "description": "The KPIs of the report"},
    {"name": "models", "description": "Versions, measures and lineage of the models"},
    {"name": "webhooks", "description": "Who is told of what happens"},
    {"name": "health", "description": "For whoever watches the process; open"},
]
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
#: What the viewer is made of, as `swagger_ui_bundle` brings it.
_ASSETS: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")


def name_operation(route: APIRoute) -> str:
    """The stable name of a call in generated clients: that of the function that answers it."""
    return route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The description in OpenAPI 3.1, made once."""
    if app.openapi_schema is None:
        told = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=TAGS
        )
        problem = ProblemBody.model_json_schema()
        shared = _replaced(told, problem)
        shared.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problem
        app.openapi_schema = shared
    return app.openapi_schema


def add_docs(app: FastAPI) -> None:
    """Adds `/docs`: a viewer that needs nothing from elsewhere."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/docs/openapi.json",
            title=f"{app.title} API",
            swagger_js_url=f"/docs/{_ASSETS[0]}",
            swagger_css_url=f"/docs/{_ASSETS[1]}",
            swagger_favicon_url=f"/docs/{_ASSETS[2]}",
        )
        page.headers["content-security-policy"] = docs_policy(bytes(page.body))
        return page

    @router.get("/docs/openapi.json")
    def older() -> JSONResponse:
        return JSONResponse(_older(describe(app)) | {"openapi": "3.0.3"})

    @router.get("/docs/{name}")
    def asset(name: str) -> FileResponse:
        if name not in _ASSETS:
            raise not_found("Expected a file of the viewer, found another. /docs is where it is.")
        from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]

        return FileResponse(f"{swagger_ui_path}/{name}")

    app.include_router(router)


def _replaced(told: Any, problem: dict[str, Any]) -> Any:
    """The description with one shape of problems in place of a copy in each answer."""
    if told == problem:
        return _PROBLEM
    if isinstance(told, dict):
        return {name: _replaced(part, problem) for name, part in told.items()}
    return [_replaced(part, problem) for part in told] if isinstance(told, list) else told


def _older(told: Any) -> Any:
    """The same in OpenAPI 3.0, where the viewer and some generators stop: other words for null, bounds, constants."""
    if isinstance(told, list):
        return [_older(part) for part in told]
    if not isinstance(told, dict):
        return told
    found = {name: _older(part) for name, part in told.items()}
    _without_null(found)
    for bound in ("Minimum", "Maximum"):
        limit = found.get(f"exclusive{bound}")
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            found |= {bound.lower(): limit, f"exclusive{bound}": True}
    if "const" in found and not isinstance(found["const"], dict):
        found["enum"] = [found.pop("const")]
    if isinstance(found.get("examples"), list):
        found["example"] = found.pop("examples")[0]
    return found


def _without_null(found: dict[str, Any]) -> None:
    options = found.get("anyOf")
    if found.get("type") == "null":
        found |= {"nullable": True, "enum": [None]}
        del found["type"]
    elif isinstance(options, list) and any(one.get("enum") == [None] for one in options if isinstance(one, dict)):
        left = [one for one in options if one.get("enum") != [None]]
        found |= {"anyOf": left, "nullable": True}
