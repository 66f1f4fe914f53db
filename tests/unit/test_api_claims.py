from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, create_app
from tests.unit.day_samples import attempt, contact_point, open_day_store, payment, promise, statuses
from tests.unit.plan_samples import ranks

from recobro_data.sections_serving import Serving
from recobro_data.settings import Settings
from recobro_data.store import Store

CLAIM = "/v1/worklists/latest/claim"
LIMA = timedelta(hours=5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The day after the list's: windows are past, and any may be claimed."""
    with open_day_store(tmp_path) as store:
        set_clock(store, datetime(2026, 3, 4, tzinfo=UTC))
        yield store


def set_clock(store: Store, instant: datetime) -> None:
    clock: Any = store._now
    clock.instant = instant


def agent(store: Store, *portfolios: str, scopes: tuple[str, ...] = ("read", "write")) -> Caller:
    key = store.add_key("test", scopes, portfolios or ["*"])
    settings = Settings(home=Path("/nowhere"), serving=Serving(max_claim=5))
    return Caller(create_app(settings, store), {"Authorization": f"Bearer {key}"})


def claim(caller: Caller, n: int = 2, agent_id: str = "ana", **more: Any) -> list[int]:
    return ranks(claimed(caller, n, agent_id, **more)["items"])


def claimed(caller: Caller, n: int = 2, agent_id: str = "ana", **more: Any) -> dict[str, Any]:
    answer = caller.call("POST", CLAIM, json={"agent_id": agent_id, "n": n} | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def post(caller: Caller, *events: Any) -> list[dict[str, Any]]:
    return list(caller.call("POST", "/v1/events", json=list(events)).json())


def test_an_agent_gets_the_next_items_in_rank_order(store: Store) -> None:
    assert claim(agent(store)) == [1, 2]


def test_two_agents_never_get_the_same_item(store: Store) -> None:
    caller = agent(store)
    assert [claim(caller, 2, name) for name in ("ana", "luis", "eva", "max")] == [[1, 2], [3, 4], [5, 6], []]


def test_a_claim_says_until_when_the_items_are_the_agents(store: Store) -> None:
    answer = claimed(agent(store))
    until = datetime.fromisoformat(answer["lease_until"])
    assert (answer["agent_id"], until - store._now()) == ("ana", timedelta(minutes=29))
    assert {item["lease_until"] for item in answer["items"]} == {answer["lease_until"]}


def test_who_claims_again_gets_the_open_leases_first(store: Store) -> None:
    caller = agent(store)
    claim(caller, 2)
    assert [claim(caller, 1), claim(caller, 2), claim(caller, 3)] == [[1], [1, 2], [1, 2, 3]]


def test_a_lease_that_ran_out_goes_back(store: Store) -> None:
    caller = agent(store)
    claim(caller, 2)
    set_clock(store, store._now() + timedelta(minutes=30))
    assert claim(caller, 3, "luis") == [1, 2, 3]


def test_agents_of_one_name_under_two_keys_are_two(store: Store) -> None:
    assert [claim(agent(store)), claim(agent(store))] == [[1, 2], [3, 4]]


def test_a_claim_may_ask_for_a_channel(store: Store) -> None:
    assert claim(agent(store), 5, channel="call") == [3, 6]


def test_a_bound_key_claims_of_its_own_portfolios(store: Store) -> None:
    assert claim(agent(store, "north"), 5) == [2, 4, 6]


@pytest.mark.parametrize(
    "body",
    [{"agent_id": "ana", "n": 6}, {"agent_id": "ana", "n": 0}, {"n": 1}, {"agent_id": ""}, {"agent_id": "a\x00"},
     {"agent_id": "ana", "channel": "fax"}, {"agent_id": "ana", "x": 1}],
)  # fmt: skip
def test_a_claim_that_can_not_be_understood_is_refused(store: Store, body: dict[str, Any]) -> None:
    assert agent(store).call("POST", CLAIM, json=body).status_code == 422


def test_a_key_that_only_reads_claims_nothing(store: Store) -> None:
    answer = agent(store, scopes=("read",)).call("POST", CLAIM, json={"agent_id": "ana"})
    assert answer.status_code == 403


def test_a_day_without_a_plan_has_nothing_to_claim(store: Store) -> None:
    body = {"agent_id": "ana"}
    assert agent(store).call("POST", "/v1/worklists/2026-03-03/claim", json=body).status_code == 404


def test_nobody_claims_a_debtor_who_was_taken_off(store: Store) -> None:
    caller = agent(store)
    post(caller, payment(1, amount=90), promise(2))
    assert claim(caller, 2) == [3, 4]


def test_a_lease_on_a_debtor_who_was_taken_off_is_handed_out_no_more(store: Store) -> None:
    caller = agent(store)
    claim(caller, 2)
    post(caller, promise(1))
    assert claim(caller, 2) == [2, 3]


def test_nobody_tries_a_debtor_twice_a_day(store: Store) -> None:
    caller = agent(store)
    post(caller, attempt(1, "no_answer"))
    assert claim(caller, 2) == [2, 3]


def test_a_claimed_item_is_as_events_left_it(store: Store) -> None:
    caller = agent(store)
    post(caller, payment(1, amount=30), contact_point(2, "email", valid=False), payment(3, amount=1))
    assert [item["amount_to_collect"] for item in claimed(caller, 1)["items"]] == [60.0]


def test_an_outcome_joins_the_policy_and_propensity_of_its_item(store: Store) -> None:
    caller = agent(store)
    item_id = claimed(caller, 1)["items"][0]["item_id"]
    post(caller, attempt(1, "no_answer") | {"item_id": item_id})
    row = store.events.untaken(at_most=10, until=9).tables["contact_attempts"][0]
    assert (row["policy"], row["propensity"]) == ("expected-value-1", 0.95)


def test_an_outcome_ends_the_lease_of_its_item(store: Store) -> None:
    caller = agent(store)
    item_id = claimed(caller, 1)["items"][0]["item_id"]
    post(caller, attempt(1, "no_answer", attempted_at="2026-02-20T12:00:00-05:00") | {"item_id": item_id})
    assert [claim(caller, 1), claim(caller, 2, "luis")] == [[2], [3, 4]]


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (attempt(2, "no_answer", channel="email") | {"item_id": "p1-1"}, "item_id"),
        (attempt(1) | {"item_id": "nothing"}, "item_id"),
        (payment(1) | {"item_id": "p1-1"}, "item_id"),
        (attempt(1, channel="call") | {"item_id": "p1-1"}, "item_channel"),
        (attempt(1, propensity=0.5) | {"item_id": "p1-1"}, "item_propensity"),
        (attempt(1, policy="other") | {"item_id": "p1-1"}, "item_policy"),
    ],
)
def test_an_outcome_that_is_not_its_items_is_rejected(store: Store, event: dict[str, Any], rule: str) -> None:
    answer = post(agent(store), event)[0]
    assert (answer["status"], answer["rule"]) == ("rejected", rule)


def test_an_outcome_may_say_what_its_item_says(store: Store) -> None:
    event = attempt(1, propensity=0.95, policy="expected-value-1") | {"item_id": "p1-1"}
    assert statuses(post(agent(store), event)) == ["accepted"]


def claim_at(store: Store, hour: int, minute: int = 0, **more: Any) -> list[int]:
    """What an agent may claim at that time in Lima on the day itself; item n's window opens at 8 + n."""
    store.claims._now = lambda: datetime(2026, 3, 2, hour, minute, tzinfo=UTC) + LIMA
    return claim(agent(store), 5, **more)


@pytest.mark.parametrize(("hour", "minute", "expected"), [(8, 59, []), (9, 0, [1]), (9, 59, [1]), (10, 0, [2])])
def test_on_the_day_only_what_is_lawful_now_is_handed_out(
    store: Store, hour: int, minute: int, expected: list[int]
) -> None:
    assert claim_at(store, hour, minute) == expected


def test_on_the_day_later_windows_are_handed_out_where_asked_for(store: Store) -> None:
    assert claim_at(store, 11, ahead=True) == [3, 4, 5, 6]


def test_capacity_that_comes_free_goes_to_the_best_who_waits_for_it(store: Store) -> None:
    caller = agent(store)
    post(caller, promise(3))
    items = claimed(caller, 5, channel="call")["items"]
    assert [(item["debtor_id"], item["rank"], item["channel"]) for item in items] == [("d6", 6, "call"),
                                                                                     ("a2", 8, "call")]  # fmt: skip


def test_no_more_come_in_than_were_taken_off(store: Store) -> None:
    caller = agent(store)
    post(caller, promise(3), promise(1))
    assert len(claim(caller, 5, channel="call")) == 2
    assert claim(caller, 5, "luis", channel="call") == []


def test_an_item_that_was_tried_frees_nothing(store: Store) -> None:
    caller = agent(store)
    post(caller, attempt(3, "right_party", channel="call"))
    assert claim(caller, 5, channel="call") == [6]


def test_one_who_came_in_is_on_the_list_and_no_longer_left_alone(store: Store) -> None:
    caller = agent(store)
    post(caller, promise(3))
    claim(caller, 5, channel="call")
    left = [row["debtor_id"] for row in caller.get("/v1/worklists/latest/left-alone").json()["items"]]
    assert (ranks(caller.get("/v1/worklists/latest").json()["items"]), left) == (
        [1, 2, 4, 5, 6, 8], ["a1", "a3", "a4", "d3"]
    )  # fmt: skip


def test_one_who_came_in_has_no_propensity_because_no_policy_drew_it(store: Store) -> None:
    caller = agent(store)
    post(caller, promise(3))
    item = claimed(caller, 5, channel="call")["items"][-1]
    assert (item["arm"], item["propensity"], item["expected_value"], item["item_id"] != "") == ("best", None, 9.7, True)


def test_one_who_came_in_has_outcomes_like_any_other(store: Store) -> None:
    caller = agent(store)
    post(caller, promise(3))
    item = claimed(caller, 5, channel="call")["items"][-1]
    event = attempt(9, "right_party", debtor_id="a2", channel="call") | {"item_id": item["item_id"]}
    assert statuses(post(caller, event)) == ["accepted"]
    assert caller.get("/v1/debtors/a2/recommendation").json()["left_alone"]["because"] == "frequency_limit"


def test_one_who_waits_and_was_taken_off_does_not_come_in(store: Store) -> None:
    caller = agent(store)
    told = promise(9, debtor_id="a2")
    post(caller, promise(3), told)
    assert [item["debtor_id"] for item in claimed(caller, 5, channel="call")["items"]] == ["d6", "a1"]
