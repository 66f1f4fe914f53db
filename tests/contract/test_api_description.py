"""The OpenAPI description: what a code generator and a reader of `/docs` need is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, build_caller

from recobro_data.store import open_store


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('description') / 'recobro.db'}") as store:
        yield build_caller(store)


@pytest.fixture(scope="module")
def told(caller: Caller) -> dict[str, Any]:
    described: dict[str, Any] = caller.get("/openapi.json").json()
    return described


def operations(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        yield from ((f"{method} {path}", one) for method, one in methods.items())


def test_every_call_has_a_name_of_its_own_a_tag_and_a_description(told: dict[str, Any]) -> None:
    names = [one["operationId"] for _, one in operations(told)]
    assert len(set(names)) == len(names)
    assert not [where for where, one in operations(told) if not (one["tags"] and one["description"])]


def test_every_tag_is_described(told: dict[str, Any]) -> None:
    assert {tag for _, one in operations(told) for tag in one["tags"]} <= {tag["name"] for tag in told["tags"]}


def test_every_refusal_is_the_one_shape_of_problems(told: dict[str, Any]) -> None:
    refusals = [
        (where, status, answer)
        for where, one in operations(told)
        for status, answer in one["responses"].items()
        if where.split()[1].startswith("/v1") and status >= "400"
    ]
    shape = {"$ref": "#/components/schemas/Problem"}
    wrong = [
        (where, status)
        for where, status, answer in refusals
        if answer["content"] != {"application/problem+json": {"schema": shape}}
    ]
    assert len(refusals) > len(wrong) == 0


def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    text = json.dumps(told)
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= set(told["components"]["schemas"])


@pytest.mark.parametrize("name", ["", "/openapi.json", "/swagger-ui-bundle.js", "/swagger-ui.css"])
def test_the_viewer_is_served_from_here(caller: Caller, name: str) -> None:
    assert caller.get(f"/docs{name}").status_code == 200


def test_the_viewer_asks_nobody_else(caller: Caller) -> None:
    assert "://" not in caller.get("/docs").text


def test_no_other_file_is_served(caller: Caller) -> None:
    assert {caller.get(f"/docs/{name}").status_code for name in ("index.html", "..%2F__init__.py")} == {404}


def test_the_older_form_has_nothing_that_only_the_newer_one_knows(caller: Caller) -> None:
    older = caller.get("/docs/openapi.json").json()
    text = json.dumps(older)
    assert older["openapi"].startswith("3.0")
    assert not [word for word in ('"type": "null"', '"const":', '"prefixItems"') if word in text]


def test_the_calls_of_the_documentation_are_all_described(told: dict[str, Any]) -> None:
    written = Path(__file__, "../../../docs/api.md").resolve().read_text(encoding="utf-8")
    missing = [path for path in told["paths"] if path.startswith("/v1") and path.split("/")[2] not in written]
    assert not missing
