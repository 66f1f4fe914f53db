"""Every call of the API as its own document lists it, so that a new route is tried without being named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from recobro_data.settings import Settings
from recobro_data.store import open_store
from recobro_serving.app import create_app

#: What stands for a parameter of an address where nothing better is known.
KNOWN: Mapping[str, str] = {
    "day": "latest",
    "plan_id": "p1",
    "debtor_id": "d2",
    "webhook_id": "wh_0",
    "delivery_id": "1",
}


@dataclass(frozen=True)
class Route:
    """One call: method, address with its parameters' names, those of its query, and whether it takes a body."""

    method: str
    path: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    has_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, **values: str) -> str:
        """The address with these values, and known ones for the rest."""
        filled = {name: quote(values.get(name, KNOWN.get(name, "x")), safe="") for name in self.in_path}
        return self.path.format(**filled)


def every_route() -> list[Route]:
    with TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'recobro.db'}") as store:
        return list(_routes(create_app(Settings(), store).openapi()))


def _routes(document: dict[str, Any]) -> Iterator[Route]:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            by_place: dict[str, list[str]] = {"path": [], "query": [], "header": [], "cookie": []}
            for one in call.get("parameters", []):
                by_place[one["in"]].append(one["name"])
            places = (tuple(by_place["path"]), tuple(by_place["query"]))
            yield Route(method.upper(), path, *places, "requestBody" in call)


ROUTES = every_route()
#: Those that need a key.
GUARDED = [route for route in ROUTES if route.path.startswith("/v1")]
