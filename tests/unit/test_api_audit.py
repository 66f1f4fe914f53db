from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings
from recobro_data.store import SCOPES, Store, open_store
from recobro_data.store.audit import AuditTrail, Entry
from recobro_serving.app import create_app
from recobro_serving.audit import AuditLog

HOOKS = "/v1/webhooks"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as store:
        store.publish_plan(build_plan())
        yield store


class FullTrail(AuditTrail):
    """A log on a disk that is full until it is not."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.is_full = True

    def append(self, entries: Any) -> None:
        if self.is_full:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        super().append(entries)


def logged(caller: Caller, store: Store) -> list[dict[str, Any]]:
    caller.app.state.audit.flush()
    return list(store.audit.rows())


def build_entry(number: int = 0) -> Entry:
    return Entry(
        at=datetime.now(UTC), who="k", method="GET", route="/", portfolios=(), subject=None, status=200,
        n_rows=number, request_id="r",
    )  # fmt: skip


def test_a_reading_is_logged_with_who_what_and_how_it_ended(store: Store) -> None:
    caller = build_caller(store, ["north"])
    answer = caller.get("/v1/worklists/latest")
    (row,) = logged(caller, store)
    told = {name: row[name] for name in ("who", "method", "route", "portfolios", "status", "request_id", "n_rows")}
    assert told == {
        "who": store.list_keys()[0].key_id, "method": "GET", "route": "/v1/worklists/{day}", "portfolios": ["north"],
        "status": 200, "request_id": answer.headers["x-request-id"], "n_rows": 3,
    }  # fmt: skip


def test_the_one_portfolio_that_was_asked_for_is_named(store: Store) -> None:
    caller = build_caller(store)
    caller.get("/v1/worklists/latest", params={"portfolio": "north"})
    assert logged(caller, store)[0]["portfolios"] == ["north"]


def test_the_rows_of_a_file_are_counted(store: Store) -> None:
    caller = build_caller(store)
    caller.get("/v1/worklists/latest/export", params={"format": "csv"})
    assert logged(caller, store)[0]["n_rows"] == 6


def test_a_debtor_is_logged_by_hash(store: Store) -> None:
    caller = build_caller(store)
    caller.get("/v1/debtors/d1/risk")
    assert logged(caller, store)[0]["subject"] == store.audit.subject_of("d1")


def test_where_it_is_configured_nothing_of_the_debtor_is_logged(store: Store) -> None:
    key = store.add_key("test", ["read"], ["*"])
    caller = Caller(create_app(Settings(serving={"audit_debtors": "none"}), store), {"X-API-Key": key})
    caller.get("/v1/debtors/d1/risk")
    assert logged(caller, store)[0]["subject"] is None


@pytest.mark.parametrize(("path", "status"), [("/v1/debtors/nobody/risk", 404), ("/v1/worklists/x", 422), (HOOKS, 403)])
def test_a_call_that_was_refused_is_logged_too(store: Store, path: str, status: int) -> None:
    caller = build_caller(store)
    caller.get(path)
    assert [row["status"] for row in logged(caller, store)] == [status]


def test_who_was_not_let_in_can_not_fill_the_log(store: Store) -> None:
    caller = Caller(build_caller(store).app, {"X-API-Key": "rck_a_b"})
    caller.get("/v1/worklists/latest")
    assert logged(caller, store) == []


def test_a_change_is_on_disk_before_it_is_answered(store: Store) -> None:
    caller = build_caller(store, scopes=SCOPES)
    caller.call("DELETE", f"{HOOKS}/nobody")
    # Without a flush: what waits is not read.
    assert [(row["method"], row["status"]) for row in store.audit.rows()] == [("DELETE", 404)]


def test_a_change_that_can_not_be_logged_is_not_told_as_done(store: Store) -> None:
    caller, trail = full(store)
    answer = caller.call(
        "DELETE", f"{HOOKS}/{store.webhooks.add('https://a.example', ['plan.published'], ['*'])[0].webhook_id}"
    )
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:recobro:problem:no-store")
    trail.is_full = False
    assert [row["method"] for row in logged(caller, store)] == ["DELETE"]


def test_a_reading_is_answered_while_the_log_can_not_be_written(store: Store) -> None:
    caller, trail = full(store)
    assert caller.get("/v1/worklists/latest").status_code == 200
    trail.is_full = False
    assert [row["status"] for row in logged(caller, store)] == [200]


def full(store: Store) -> tuple[Caller, FullTrail]:
    trail = FullTrail(store._engine)
    store.audit = trail
    return build_caller(store, scopes=SCOPES), trail


def test_readings_are_on_disk_within_a_second_or_so(store: Store) -> None:
    caller = build_caller(store)

    async def read_and_wait() -> None:
        transport = httpx.ASGITransport(caller.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://recobro", headers=caller.headers) as client:
            await client.get("/v1/plans/p1")
            await asyncio.sleep(1.3)

    asyncio.run(read_and_wait())
    assert [row["route"] for row in store.audit.rows()] == ["/v1/plans/{plan_id}"]


@pytest.mark.parametrize(("n_readings", "n_written"), [(2_999, 0), (3_000, 3_000)])
def test_many_readings_do_not_wait_for_the_second_to_pass(store: Store, n_readings: int, n_written: int) -> None:
    log = AuditLog(store.audit, hashes_debtors=True, count_lost=print)

    async def note_them() -> None:
        for number in range(n_readings):
            log.note(build_entry(number))

    asyncio.run(note_them())
    assert len(list(store.audit.rows())) == n_written


def test_while_the_store_is_away_only_so_many_readings_wait_and_the_lost_are_counted(store: Store) -> None:
    lost: list[int] = []
    log = AuditLog(FullTrail(store._engine), hashes_debtors=True, count_lost=lost.append)
    log._put([(build_entry(number), None) for number in range(10_050)])
    assert (lost, len(log._waiting), log._waiting[0][0].n_rows) == ([50], 10_000, 50)


def test_at_the_end_what_waits_is_written(store: Store) -> None:
    caller = build_caller(store)
    caller.get("/v1/plans/p1")
    caller.app.state.audit.close()
    assert len(list(store.audit.rows())) == 1


def test_a_debtors_page_is_logged_as_a_reading_of_that_debtor(store: Store, tmp_path: Path) -> None:
    key = store.add_key("ana", ["read"], ["*"])
    app = create_app(Settings(home=tmp_path), store)
    cookie = app.state.sessions.begin(key.split("_")[1])
    caller = Caller(app, {"Cookie": f"recobro_session={cookie}"})
    assert caller.get("/debtor", params={"id": "d1"}).status_code == 200
    (row,) = logged(caller, store)
    assert (row["who"], row["route"], row["subject"]) == (key.split("_")[1], "/debtor", store.audit.subject_of("d1"))
