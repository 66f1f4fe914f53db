from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.plan_samples import Clock, build_item, build_plan, build_scores

from recobro_data.store import Store, open_store

ITEM = "/v1/debtors/d1/recommendation"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        yield store


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """One plan that these tests only read."""
    path = tmp_path_factory.mktemp("store") / "recobro.db"
    with open_store(f"sqlite:///{path}", now=Clock()) as store:
        store.publish_plan(build_plan())
        yield build_caller(store)


def test_a_recommendation_is_the_item_of_the_list(caller: Caller) -> None:
    assert caller.get(ITEM).json() == caller.get("/v1/worklists/latest").json()["items"][0]


def test_a_debtor_left_alone_is_told_why(caller: Caller) -> None:
    why = {"because": "promise_open", "rule": "promise", "until": "2026-03-09"}
    answer = caller.get("/v1/debtors/a1/recommendation").json()
    assert answer == {"debtor_id": "a1", "portfolio_id": "south", "left_alone": why}


def test_a_debtor_who_left_the_current_plan_is_not_found(store: Store) -> None:
    store.publish_plan(build_plan("p2", items=(), scores=()))
    assert build_caller(store).get(ITEM).status_code == 404


def test_an_id_with_a_slash_and_letters_of_spanish_is_found(store: Store) -> None:
    store.publish_plan(build_plan("p2", items=[build_item(1, "p2", debtor_id="Ñ/01 ?")], scores=()))
    assert build_caller(store).get("/v1/debtors/%C3%91%2F01%20%3F/recommendation").json()["debtor_id"] == "Ñ/01 ?"


@pytest.mark.parametrize("call", ["recommendation", "risk", "contact-times"])
def test_an_unknown_debtor_is_not_found(caller: Caller, call: str) -> None:
    answer = caller.get(f"/v1/debtors/nobody/{call}")
    assert (answer.status_code, answer.json()["title"]) == (404, "No such debtor")


def test_risk_has_the_curve_and_what_it_rests_on(caller: Caller) -> None:
    risk = caller.get("/v1/debtors/d1/risk").json()
    assert list(risk)[:7] == [
        *("debtor_id", "portfolio_id", "as_of", "horizon_days", "p_unpaid", "risk_band", "expected_paid_on")
    ]
    assert (risk["curve"][0], len(risk["curve"])) == ({"day": 1, "p_paid": 0.02}, 30)


def test_risk_tells_the_accounts_that_the_plan_told(store: Store) -> None:
    chances = ("p_unpaid", "p_unpaid_low", "p_unpaid_high", "p_pay_no_action", "p_30_past_due", "p_90_past_due")
    account = {"account_id": "loan", "n_open": 2, "days_past_due": 40, "balance_due": 90.0, "disputed_amount": 0.0}
    account |= dict.fromkeys(chances, 0.4) | {"p_roll": None, "risk_band": "D"}
    account |= dict.fromkeys(("expected_paid_on", "expected_paid_from", "expected_paid_until"), "2026-05-01")
    scores = build_scores()
    scores["risk"]["accounts"] = [account]
    store.publish_plan(build_plan("p2", scores=[("d1", "south", scores)]))
    assert build_caller(store).get("/v1/debtors/d1/risk").json()["accounts"] == [account]


def test_of_a_plan_that_told_no_accounts_they_are_null(caller: Caller) -> None:
    assert caller.get("/v1/debtors/d1/risk").json()["accounts"] is None


def test_risk_of_a_debtor_left_alone_is_told_too(caller: Caller) -> None:
    assert caller.get("/v1/debtors/a1/risk").json()["risk_band"] == "C"


def test_reasons_are_in_the_debtors_language_when_nobody_asks(caller: Caller) -> None:
    for path in (ITEM, "/v1/debtors/d1/risk"):
        assert caller.get(path).json()["reasons"][0]["text"] == "Su cuota más antigua lleva 40 días vencida"


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        ("en", "The oldest"),
        ("pt-BR", "Sua parcela"),
        ("fr, en;q=0.5, pt;q=0.8", "Sua parcela"),
        ("es;q=0.2, en-GB", "The oldest"),
        ("en;q=0", "Su cuota"),
        ("fr, *;q=0.1", "Su cuota"),
        ("en;q=often", "Su cuota"),
        (";;,=", "Su cuota"),
    ],
)
def test_reasons_are_in_the_language_that_the_caller_prefers(caller: Caller, asked: str, start: str) -> None:
    text = caller.get(ITEM, headers={"Accept-Language": asked}).json()["reasons"][0]["text"]
    assert text.startswith(start)


def test_contact_times_cover_every_hour_of_every_channel(caller: Caller) -> None:
    times = caller.get("/v1/debtors/d1/contact-times").json()
    assert (times["timezone"], len(times["slots"])) == ("America/Lima", 2 * 7 * 15)
    assert times["slots"][0] == {"channel": "call", "weekday": 1, "hour": 7, "p_reach": 0.0, "lawful": True}


def test_the_best_hours_are_lawful_and_the_likeliest_first(caller: Caller) -> None:
    best = caller.get("/v1/debtors/d1/contact-times").json()["best"]
    assert [(slot["channel"], slot["weekday"], slot["hour"]) for slot in best[:2]] == [
        ("call", 6, 19),
        ("whatsapp", 6, 19),
    ]
    assert len(best) == 5


def test_contact_times_of_one_channel_are_only_that_channels(caller: Caller) -> None:
    times = caller.get("/v1/debtors/d1/contact-times", params={"channel": "whatsapp"}).json()
    assert {slot["channel"] for slot in times["slots"] + times["best"]} == {"whatsapp"}


def test_where_nothing_is_lawful_no_hour_is_the_best(store: Store) -> None:
    scores = build_scores()
    scores["contact"]["channels"]["call"] |= {"lawful": [[False] * 15] * 7}
    store.publish_plan(build_plan("p2", scores=[("d1", "south", scores)]))
    answer = build_caller(store).get("/v1/debtors/d1/contact-times", params={"channel": "call"})
    assert answer.json()["best"] == []
