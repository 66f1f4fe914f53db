from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.api_caller import Caller, build_caller, every_item
from tests.unit.plan_samples import build_plan

from recobro_data.store import Store, open_store

LATEST = "/v1/worklists/latest"
EVERY_CALL = (
    *(LATEST, f"{LATEST}/left-alone", f"{LATEST}/export", "/v1/plans/p1"),
    *(f"/v1/debtors/d1/{call}" for call in ("recommendation", "risk", "contact-times")),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One plan that these tests only read."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        yield store


@pytest.mark.parametrize("path", EVERY_CALL)
def test_no_call_answers_without_a_key(store: Store, path: str) -> None:
    answer = Caller(build_caller(store).app, {}).get(path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="recobro"')


@pytest.mark.parametrize("path", EVERY_CALL)
def test_no_call_answers_to_a_wrong_key(store: Store, path: str) -> None:
    answer = Caller(build_caller(store).app, {"Authorization": "Bearer rck_0_0"}).get(path)
    assert (answer.status_code, 'error="invalid_token"' in answer.headers["www-authenticate"]) == (401, True)


def test_a_wrong_key_learns_nothing_of_the_query(store: Store) -> None:
    assert Caller(build_caller(store).app, {}).get(LATEST, params={"limit": 0}).status_code == 401


def test_a_revoked_key_is_refused_from_the_next_call_on(store: Store) -> None:
    caller = build_caller(store)
    assert caller.get(LATEST).status_code == 200
    store.revoke_key(store.list_keys()[-1].key_id)
    assert caller.get(LATEST).status_code == 401


@pytest.mark.parametrize("path", EVERY_CALL)
def test_a_key_without_the_read_scope_reads_nothing(store: Store, path: str) -> None:
    answer = build_caller(store, scopes=["write", "admin"]).get(path)
    assert (answer.status_code, 'scope="read"' in answer.headers["www-authenticate"]) == (403, True)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(store: Store, scheme: str) -> None:
    key = store.add_key("test", ["read"], ["*"])
    assert Caller(build_caller(store).app, {"Authorization": f"{scheme} {key}"}).get(LATEST).status_code == 200


def test_a_key_may_come_in_its_own_header(store: Store) -> None:
    key = store.add_key("test", ["read"], ["*"])
    assert Caller(build_caller(store).app, {"X-API-Key": key}).get(LATEST).status_code == 200


@pytest.mark.parametrize("path", [LATEST, f"{LATEST}/left-alone"])
def test_lists_hold_only_the_portfolios_of_the_key(store: Store, path: str) -> None:
    rows = every_item(build_caller(store, ["north"]), path, limit=1)
    assert {row["portfolio_id"] for row in rows} == {"north"}


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_files_hold_only_the_portfolios_of_the_key(store: Store, form: str) -> None:
    text = build_caller(store, ["north"]).get(f"{LATEST}/export", params={"format": form}).text
    assert ("north" in text, "south" in text) == (True, False)


@pytest.mark.parametrize("path", [LATEST, f"{LATEST}/left-alone"])
def test_a_foreign_portfolio_reads_like_one_that_does_not_exist(store: Store, path: str) -> None:
    caller = build_caller(store, ["north"])
    foreign, unknown = (caller.get(path, params={"portfolio": name}) for name in ("south", "nowhere"))
    assert (foreign.content, foreign.json()["items"]) == (unknown.content, [])


@pytest.mark.parametrize("call", ["recommendation", "risk", "contact-times"])
@pytest.mark.parametrize("debtor_id", ["d1", "a1"])
def test_a_foreign_debtor_reads_like_one_that_does_not_exist(store: Store, debtor_id: str, call: str) -> None:
    caller = build_caller(store, ["north"])
    foreign, unknown = (caller.get(f"/v1/debtors/{name}/{call}") for name in (debtor_id, "nobody"))
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert foreign.headers.keys() == unknown.headers.keys()


def test_a_plan_tells_a_bound_key_only_of_its_own_portfolio(store: Store) -> None:
    plan = build_caller(store, ["north"]).get("/v1/plans/p1").json()
    assert (plan["n_items"], plan["n_left_alone"]) == (3, 2)
    assert plan["summary"] == {"portfolios": {"north": {"n_items": 3}}}


def test_a_plan_tells_a_key_of_all_portfolios_everything(store: Store) -> None:
    plan = build_caller(store).get("/v1/plans/p1").json()
    assert (plan["n_items"], plan["summary"]["gap"], plan["risk_model"]) == (6, 0.01, "risk-1")


def test_a_cursor_of_another_key_opens_no_other_portfolio(store: Store) -> None:
    cursor = build_caller(store).get(LATEST, params={"limit": 1}).json()["next_cursor"]
    assert build_caller(store, ["north"]).get(LATEST, params={"cursor": cursor}).status_code == 422
