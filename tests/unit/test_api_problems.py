from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy.exc import OperationalError
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import Clock, build_plan

from recobro_data.settings import Settings
from recobro_data.store import Key, PlanRow, Store, open_store
from recobro_data.store.dialects import ChangeMark
from recobro_data.vocabulary import CHANNELS, LEFT_ALONE, STAGES
from recobro_serving import schemas
from recobro_serving.app import create_app
from recobro_serving.edge import LOG

LATEST = "/v1/worklists/latest"


class LockedStore(Store):
    """A store whose database does not answer."""

    def key_of(self, secret: str) -> Key | None:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    def current_plan(self, work_date: date | None = None) -> PlanRow:
        raise OperationalError("SELECT", {}, Exception("database is locked"))


class LockedChanges(ChangeMark):
    """Tells of no change, for the database does not answer."""

    def read(self) -> int | None:
        raise OperationalError("PRAGMA", {}, Exception("database is locked"))


class DefectiveStore(Store):
    """A store with a defect of ours."""

    def key_of(self, secret: str) -> Key | None:
        raise ZeroDivisionError("internals of the store")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        yield store


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """One plan that these tests only read."""
    path = tmp_path_factory.mktemp("store") / "recobro.db"
    with open_store(f"sqlite:///{path}", now=Clock()) as store:
        store.publish_plan(build_plan())
        yield build_caller(store)


def caller_of(kind: type[Store], store: Store) -> Caller:
    return Caller(create_app(Settings(), kind(store._engine)), {"Authorization": "Bearer rck_a_topsecret"})


@pytest.mark.parametrize(
    "path",
    [
        *(LATEST, "/v1/worklists/2026-03-02", f"{LATEST}/left-alone", f"{LATEST}/export", "/v1/plans/p1"),
        *(f"/v1/debtors/d1/{call}" for call in ("recommendation", "risk", "contact-times")),
    ],
)
def test_before_the_first_plan_every_call_says_what_to_run(store: Store, path: str) -> None:
    answer = build_caller(store).get(path)
    assert (answer.status_code, "`recobro plan`" in answer.json()["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/worklists/2020-01-01", 404),
        ("/v1/worklists/2026-02-30", 422),
        ("/v1/worklists/tomorrow", 422),
        (f"{LATEST}?limit=none", 422),
        ("/v1/plans/p9", 404),
        ("/v1/debtors/nobody/risk", 404),
        ("/v1/debtors/%00/risk", 422),
        ("/v1/nothing", 404),
        (f"{LATEST}/", 404),
    ],
)
def test_every_error_is_a_problem(caller: Caller, path: str, status: int) -> None:
    answer = caller.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert list(answer.json())[:4] == ["type", "title", "status", "detail"]


def test_a_day_without_a_plan_is_named(caller: Caller) -> None:
    assert "for 2020-01-01, found none" in caller.get("/v1/worklists/2020-01-01").json()["detail"]


def test_a_method_that_is_not_taken_names_those_that_are(caller: Caller) -> None:
    answer = caller.call("POST", LATEST)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_refused_value_does_not_come_back(caller: Caller) -> None:
    assert "rck_stray" not in caller.get(LATEST, params={"limit": "rck_stray"}).text


def test_a_store_that_does_not_answer_is_a_503_to_try_again(store: Store) -> None:
    answer = caller_of(LockedStore, store).get(LATEST)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_store_that_does_not_even_tell_of_changes_is_a_503_too(store: Store) -> None:
    caller = build_caller(store)
    store.changes = LockedChanges(store._engine)
    assert (caller.get(LATEST).status_code, caller.get(LATEST).json()["title"]) == (503, "The store does not answer")


def test_a_defect_is_a_500_that_tells_nothing_of_it(store: Store) -> None:
    answer = caller_of(DefectiveStore, store).get(LATEST)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "internals" not in answer.text


def test_a_defect_is_logged_with_the_request_id_and_no_secret(store: Store, caplog: Any) -> None:
    with caplog.at_level(logging.ERROR, LOG.name):
        request_id = caller_of(DefectiveStore, store).get(LATEST).headers["x-request-id"]
    assert (request_id in caplog.text, "ZeroDivisionError" in caplog.text) == (True, True)
    assert "topsecret" not in caplog.text


@pytest.mark.parametrize("path", [LATEST, "/v1/nothing", "/livez", "/docs"])
def test_every_answer_has_its_security_headers(caller: Caller, path: str) -> None:
    headers = caller.get(path).headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize("path", [LATEST, "/v1/nothing", f"{LATEST}/export"])
def test_nothing_under_v1_is_kept_by_a_cache(caller: Caller, path: str) -> None:
    assert caller.get(path).headers["cache-control"] == "no-store"


def test_a_harmless_request_id_of_the_caller_is_taken_over(caller: Caller) -> None:
    assert caller.get("/livez", headers={"X-Request-ID": "night-7.a"}).headers["x-request-id"] == "night-7.a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb"])
def test_any_other_request_id_is_replaced(caller: Caller, given: str) -> None:
    assert len(caller.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"]) == 32


def test_the_process_is_alive_and_ready_with_a_plan(caller: Caller) -> None:
    for path in ("/livez", "/readyz"):
        assert Caller(caller.app, {}).get(path).status_code == 200


def test_without_a_plan_it_is_not_ready_and_says_what_is_missing(store: Store) -> None:
    answer = build_caller(store).get("/readyz")
    missing = [{"what": "a published plan", "run": "recobro nightly"}]
    assert (answer.status_code, answer.json()["missing"]) == (503, missing)


def test_without_its_store_it_is_not_ready(store: Store) -> None:
    answer = caller_of(LockedStore, store).get("/readyz")
    assert (answer.status_code, answer.json()["missing"][0]["what"]) == (503, "the store")


def test_metrics_count_calls_by_route_and_name_no_debtor(caller: Caller) -> None:
    caller.get("/v1/debtors/d1/risk")
    text = caller.get("/metrics").text
    assert 'recobro_requests_total{method="GET",route="/v1/debtors/{debtor_id}/risk",status="200"} 1' in text
    assert "d1" not in text


@pytest.mark.parametrize(
    ("declared", "known"), [(schemas.Channel, CHANNELS), (schemas.Stage, STAGES), (schemas.Because, LEFT_ALONE)]
)
def test_the_schemas_know_the_words_of_the_vocabulary(declared: Any, known: tuple[str, ...]) -> None:
    assert get_args(declared) == known
