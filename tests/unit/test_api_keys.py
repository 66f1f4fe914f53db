from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api_caller import Caller, build_caller
from tests.unit.fresh_stores import fresh_url
from tests.unit.plan_samples import build_plan

from recobro_data.settings import Settings
from recobro_data.store import Key, Store, open_store
from recobro_serving.app import create_app
from recobro_serving.keyring import Keyring
from recobro_serving.rates import Rates

LATEST = "/v1/worklists/latest"


class CountingStore(Store):
    """A store that counts how often it is asked for a key."""

    n_asked = 0

    def key_of(self, secret: str) -> Key | None:
        self.n_asked += 1
        return super().key_of(secret)


class Untold:
    """What PostgreSQL tells of changes: nothing."""

    def read(self) -> int | None:
        return None

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return fresh_url(tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[CountingStore]:
    with open_store(url) as opened:
        opened.publish_plan(build_plan())
        store = CountingStore(opened._engine)
        yield store
        store.changes.close()


def ask(keyring: Keyring, *given: str) -> list[bool]:
    async def asked() -> list[bool]:
        return [await keyring.key_of(one) is not None for one in given]

    return asyncio.run(asked())


def limited(store: Store, per_minute: int, **limits: Any) -> Caller:
    key = store.add_key("test", ["read"], ["*"], **limits)
    app = create_app(Settings(serving={"rate_per_minute": per_minute}), store)
    return Caller(app, {"Authorization": f"Bearer {key}"})


def build_key(key_id: str = "k", rate_per_minute: int | None = None) -> Key:
    nothing: frozenset[str] = frozenset()
    now = datetime.now(UTC)
    return Key(
        key_id=key_id, name="", scopes=nothing, portfolios=nothing, created_at=now, rate_per_minute=rate_per_minute
    )


def test_a_key_that_was_just_seen_costs_the_store_nothing(store: CountingStore) -> None:
    secret = store.add_key("test", ["read"], ["*"])
    keyring = Keyring(store, 60)
    assert ask(keyring, secret, secret, secret) == [True] * 3
    assert store.n_asked == 1


def test_a_revocation_by_another_process_counts_from_the_next_call_on(store: CountingStore, url: str) -> None:
    secret = store.add_key("test", ["read"], ["*"])
    keyring = Keyring(store, 60)
    assert ask(keyring, secret) == [True]
    with open_store(url) as other:
        other.revoke_key(secret.split("_")[1])
    assert ask(keyring, secret) == [False]


def test_where_the_database_does_not_tell_of_changes_a_key_is_asked_for_again_in_time(store: CountingStore) -> None:
    store.changes = Untold()  # type: ignore[assignment]
    secret = store.add_key("test", ["read"], ["*"])
    keyring = Keyring(store, 0.05)
    assert ask(keyring, secret, secret) == [True, True]
    store.revoke_key(secret.split("_")[1])
    asyncio.run(asyncio.sleep(0.06))
    assert ask(keyring, secret) == [False]


def test_a_key_that_ends_is_not_kept_beyond_its_end(store: CountingStore) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=0.3)
    secret = store.add_key("test", ["read"], ["*"], expires_at=ends)
    keyring = Keyring(store, 60)
    assert ask(keyring, secret) == [True]
    asyncio.run(asyncio.sleep(0.31))
    assert ask(keyring, secret) == [False]


def test_wrong_keys_are_asked_for_every_time_and_take_no_room(store: CountingStore) -> None:
    keyring = Keyring(store, 60)
    assert ask(keyring, "rck_a_b", "rck_a_b") == [False, False]
    assert (store.n_asked, keyring._known) == (2, {})


def test_the_text_of_a_key_is_not_kept(store: CountingStore) -> None:
    secret = store.add_key("test", ["read"], ["*"])
    keyring = Keyring(store, 60)
    ask(keyring, secret)
    assert secret not in repr(keyring._known)


def test_a_key_that_calls_too_often_is_told_when_to_come_back(store: Store) -> None:
    caller = limited(store, 2)
    answers = [caller.get(LATEST) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].headers["retry-after"], answers[2].json()["title"]) == ("30", "Too many calls")


def test_every_answer_tells_what_is_left(store: Store) -> None:
    headers = limited(store, 120).get(LATEST).headers
    assert (headers["ratelimit-policy"], headers["ratelimit"]) == ('"key";q=120;w=60', '"key";r=119;t=1')


def test_the_limit_of_a_key_goes_before_that_of_the_configuration(store: Store) -> None:
    caller = limited(store, 100, rate_per_minute=1)
    assert [caller.get(LATEST).status_code for _ in range(2)] == [200, 429]


def test_one_key_does_not_use_up_the_calls_of_another(store: Store) -> None:
    caller = limited(store, 1)
    other = Caller(caller.app, {"X-API-Key": store.add_key("other", ["read"], ["*"])})
    assert [one.get(LATEST).status_code for one in (caller, caller, other)] == [200, 429, 200]


def test_without_a_limit_nothing_is_told(store: Store) -> None:
    assert "ratelimit" not in limited(store, 0).get(LATEST).headers


def test_a_bucket_fills_evenly_and_holds_a_minute(store: Store) -> None:
    now = 0.0
    rates = Rates(60, clock=lambda: now)
    assert [_spent(rates) for _ in range(61)] == [False] * 60 + [True]
    now = 2.5
    assert [_spent(rates) for _ in range(3)] == [False, False, True]
    now = 10_000.0
    assert [_spent(rates) for _ in range(61)] == [False] * 60 + [True]


def _spent(rates: Rates) -> bool:
    allowance = rates.take(build_key())
    assert allowance is not None
    return allowance.is_spent


def test_many_keys_do_not_fill_the_memory() -> None:
    rates = Rates(60)
    for number in range(10_050):
        rates.take(build_key(str(number)))
    assert len(rates._buckets) == 10_000


def test_a_wrong_key_is_refused_alike_whether_its_id_exists_or_not(store: Store) -> None:
    known = store.add_key("test", ["read"], ["*"]).split("_")[1]
    app = build_caller(store).app
    answers = [Caller(app, {"X-API-Key": f"rck_{one}_wrong"}).get(LATEST) for one in (known, "000000000000")]
    assert answers[0].content == answers[1].content
