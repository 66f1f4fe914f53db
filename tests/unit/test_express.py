from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import Clock, build_item, build_plan

from recobro_data.store import Store, open_store
from recobro_data.store.forgetting import remove_from_store
from recobro_data.store.marks import PlanMark, StoredRows
from recobro_models.explanation.catalogue import tell
from recobro_serving.readers import LetIn
from recobro_serving.service.held import Held, HeldAnswers
from recobro_serving.service.marks import KnownMarks

LATEST = "/v1/worklists/latest"
ONE = "/v1/debtors/d2/recommendation"
READINGS = (LATEST, f"{LATEST}?limit=2", f"{LATEST}?portfolio=north&stage=mid", "/v1/worklists/2026-03-02", ONE)
READINGS += (f"{LATEST}?changed_since=2026-01-01T00:00:00Z", "/v1/debtors/a1/recommendation")

WRONG = (f"{LATEST}?limit=0", f"{LATEST}?x=1", f"{LATEST}?limit=1&limit=2", f"{LATEST}?cursor=x", f"{ONE}?x=1")
WRONG += ("/v1/worklists/2026-03-03", "/v1/worklists/2026-13-03", "/v1/debtors/x/recommendation")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}", now=Clock()) as store:
        store.publish_plan(build_plan(tell=tell))
        yield store


@pytest.fixture
def caller(store: Store) -> Caller:
    return build_caller(store)


def by_routes(caller: Caller, path: str, **options: Any) -> httpx.Response:
    """The answer of the routes: of a caller whom nobody has let in yet."""
    caller.app.state.desk.readers.clear()
    return caller.get(path, **options)


@pytest.mark.parametrize("path", READINGS)
@pytest.mark.parametrize("language", ["", "es", "pt"])
def test_an_express_answer_is_the_answer_of_the_routes(caller: Caller, path: str, language: str) -> None:
    headers = {"Accept-Language": language}
    slow = by_routes(caller, path, headers=headers)
    quick = caller.get(path, headers=headers)
    assert (quick.status_code, quick.content) == (200, slow.content)
    assert {*quick.headers} == {*slow.headers}


def test_a_page_is_the_same_bytes_whether_items_were_told_or_not(store: Store, caller: Caller) -> None:
    told = caller.get(LATEST).text.replace("p1", "p2")
    store.publish_plan(build_plan("p2"))
    assert caller.get(LATEST).text == told


@pytest.mark.parametrize("path", WRONG)
def test_what_is_wrong_is_refused_as_by_the_routes(caller: Caller, path: str) -> None:
    slow = by_routes(caller, path)
    caller.get(LATEST)
    assert (caller.get(path).status_code, caller.get(path).content) == (slow.status_code, slow.content)


def test_a_key_that_was_let_in_is_refused_from_its_revocation_on(store: Store, caller: Caller) -> None:
    assert {caller.get(LATEST).status_code for _ in range(3)} == {200}
    store.revoke_key(store.list_keys()[0].key_id)
    assert caller.get(LATEST).status_code == 401


def test_a_key_that_was_let_in_is_refused_once_it_has_expired(store: Store) -> None:
    (key,) = [store.key_of(store.add_key("test", ["read"], ["*"]))]
    assert key is not None
    past, ahead = (datetime.now(UTC) + timedelta(seconds=seconds) for seconds in (-1, 60))
    ends = (past, ahead, None)
    assert [LetIn(replace(key, expires_at=end), 7).holds(7) for end in ends] == [False, True, True]


def test_a_key_that_may_not_read_is_never_let_in(store: Store) -> None:
    caller = build_caller(store, scopes=["write"])
    assert {caller.get(LATEST).status_code for _ in range(3)} == {403}


def test_keys_of_other_portfolios_share_no_answer(store: Store) -> None:
    north, everything = build_caller(store, ["north"]), build_caller(store)
    north.app = everything.app
    for caller in (everything, north) * 2:
        caller.get(LATEST)
    assert {item["portfolio_id"] for item in north.get(LATEST).json()["items"]} == {"north"}


def test_a_new_plan_is_read_from_the_next_call_on(store: Store, caller: Caller) -> None:
    assert caller.get(LATEST).json()["plan_id"] == "p1"
    store.publish_plan(build_plan("p2"))
    assert caller.get(LATEST).json()["plan_id"] == "p2"


def test_a_forgotten_debtor_is_in_no_page_that_was_kept(store: Store, caller: Caller) -> None:
    caller.get(LATEST)
    remove_from_store(store._engine.url.render_as_string(), "d2")
    assert "d2" not in [item["debtor_id"] for item in caller.get(LATEST).json()["items"]]
    assert caller.get(ONE).status_code == 404


def test_pages_in_a_row_give_every_item_once(store: Store) -> None:
    store.publish_plan(build_plan("p2", items=[build_item(n, "p2") for n in range(1, 41)], tell=tell, scores=()))
    caller, found, cursor = build_caller(store), list[int](), None
    while page := caller.get(LATEST, params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json():
        found += [item["rank"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [*range(1, 41)]


def test_express_answers_are_counted_by_route_and_not_by_address(caller: Caller) -> None:
    for _ in range(3):
        caller.get(ONE)
    told = caller.get("/metrics").text
    assert 'route="/v1/debtors/{debtor_id}/recommendation"' in told
    assert "d2" not in told


def test_held_answers_stay_within_their_size_and_those_used_last_stay() -> None:
    held = HeldAnswers(max_bytes=100)
    for n in range(10):
        held.keep(n, Held(b"x" * 40, 1))
        held.get(0)
    assert [n for n in range(10) if held.get(n)] == [0, 9]


def test_what_is_asked_in_passing_is_held_once_it_comes_again_and_takes_no_place_before() -> None:
    held = HeldAnswers(max_bytes=100)
    held.keep("first", Held(b"x" * 40, 1))
    for n in range(9):
        held.keep(n, Held(b"x" * 40, 1), in_passing=True)
    assert [one for one in ("first", *range(9)) if held.get(one)] == ["first"]
    held.keep(3, Held(b"x" * 40, 1), in_passing=True)
    assert held.get(3) is not None


@dataclass
class Rows:
    """Marks of plans as a store tells them, and how often it was asked."""

    n_changes: int = 0
    n_asked: int = 0

    def mark_of_day(self, work_date: date | None) -> PlanMark:
        self.n_asked += 1
        return PlanMark(1, "p1", 1, 0, self.n_changes)

    def mark_of_plan(self, plan_id: str) -> PlanMark:
        return self.mark_of_day(None)


def marks_of(rows: Rows) -> KnownMarks:
    return KnownMarks(cast("StoredRows", rows))


def test_the_state_of_a_list_is_asked_once_a_change_of_the_store() -> None:
    marks = marks_of(rows := Rows())
    found = [marks.read(about, change) for change in (7, 8) for about in (None, "p1", None)]
    assert (len(set(found)), rows.n_asked) == (1, 2)


def test_a_state_that_was_known_before_a_change_is_not_known_after_it() -> None:
    marks = marks_of(Rows())
    mark = marks.read(None, 7)
    assert (marks.known(None, 7), marks.known(None, 8), marks.known("p1", 7)) == (mark, None, None)


def test_where_the_database_tells_of_no_change_no_state_is_known() -> None:
    marks = marks_of(rows := Rows())
    assert [marks.read(None, None) is not None for _ in range(2)] == [True, True]
    assert (rows.n_asked, marks.known(None, None)) == (2, None)
