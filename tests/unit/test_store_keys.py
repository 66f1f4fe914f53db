from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.plan_samples import Clock

from recobro_data.errors import UsageError
from recobro_data.store import Store, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recobro.db"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url, now=Clock()) as store:
        yield store


@pytest.fixture
def store_in_file(path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{path}", now=Clock()) as store:
        yield store


def test_a_new_key_is_known_with_its_scopes_and_portfolios(store: Store) -> None:
    key = store.key_of(store.add_key("dialler", ["read", "write"], ["north"]))
    assert key is not None
    assert (key.name, key.scopes, key.sees) == ("dialler", {"read", "write"}, {"north"})


def test_a_star_stands_for_all_portfolios(store: Store) -> None:
    key = store.key_of(store.add_key("report", ["read"], ["*"]))
    assert key is not None
    assert key.sees is None


def test_two_keys_of_one_name_differ(store: Store) -> None:
    assert store.add_key("dialler", ["read"], ["*"]) != store.add_key("dialler", ["read"], ["*"])


def test_the_secret_is_nowhere_in_the_store(store_in_file: Store, path: Path) -> None:
    secret = store_in_file.add_key("dialler", ["read"], ["*"]).split("_", 2)[2]
    store_in_file.close()
    assert not any(secret.encode() in file.read_bytes() for file in path.parent.iterdir())


def test_the_id_in_the_key_is_the_one_that_is_listed(store: Store) -> None:
    secret = store.add_key("dialler", ["read"], ["*"])
    assert [key.key_id for key in store.list_keys()] == [secret.split("_")[1]]


@pytest.mark.parametrize("damage", ["x{}", "{}x", "RCK{}", "{}_", " {}"])
def test_a_damaged_key_is_not_known(store: Store, damage: str) -> None:
    assert store.key_of(damage.format(store.add_key("dialler", ["read"], ["*"]))) is None


@pytest.mark.parametrize("text", ["", "rck", "rck_", "rck__", "rck_00_", "Bearer", "\udcff", "ñ" * 5000])
def test_text_that_is_no_key_is_not_known(store: Store, text: str) -> None:
    assert store.key_of(text) is None


def test_the_secret_of_one_key_does_not_open_another(store: Store) -> None:
    first, second = (store.add_key("dialler", ["read"], ["*"]).split("_", 2) for _ in range(2))
    assert store.key_of("_".join((*first[:2], second[2]))) is None


def test_a_revoked_key_is_not_known_but_still_listed(store: Store) -> None:
    secret = store.add_key("dialler", ["read"], ["*"])
    store.revoke_key(secret.split("_")[1])
    assert store.key_of(secret) is None
    assert store.list_keys()[0].revoked_at is not None


def test_revoking_twice_keeps_the_first_instant(store: Store) -> None:
    key_id = store.add_key("dialler", ["read"], ["*"]).split("_")[1]
    store.revoke_key(key_id)
    first = store.list_keys()[0].revoked_at
    store.revoke_key(key_id)
    assert store.list_keys()[0].revoked_at == first


def test_revoking_an_unknown_key_says_where_the_ids_are(store: Store) -> None:
    with pytest.raises(UsageError, match="`recobro keys list` shows the ids"):
        store.revoke_key("nobody")


@pytest.mark.parametrize(
    ("name", "scopes", "portfolios", "complaint"),
    [
        (" ", ["read"], ["*"], "a name of 1 to 200 characters"),
        ("dialler", ["root"], ["*"], "found 'root'"),
        ("dialler", [], ["*"], "scopes among read, write and admin, found none"),
        ("dialler", ["read"], [], "the portfolios that the key may see, found none"),
    ],
)
def test_a_key_for_nothing_is_refused(
    store: Store, name: str, scopes: list[str], portfolios: list[str], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        store.add_key(name, scopes, portfolios)


def test_what_is_stored_of_a_secret_is_a_sha_256(store_in_file: Store, path: Path) -> None:
    store_in_file.add_key("dialler", ["read"], ["*"])
    connection = sqlite3.connect(path)
    (hashed,) = connection.execute("SELECT secret_hash FROM api_keys").fetchone()
    connection.close()
    assert len(bytes.fromhex(hashed)) == 32


HOUR = timedelta(hours=1)


def test_during_the_overlap_both_secrets_open_and_the_key_stays_the_same(store: Store) -> None:
    first = store.add_key("dialler", ["read"], ["north"])
    second = store.rotate_key(first.split("_")[1], HOUR)
    assert first != second
    assert [found.key_id for given in (first, second) if (found := store.key_of(given))] == [first.split("_")[1]] * 2


def test_after_the_overlap_only_the_new_secret_opens(store: Store) -> None:
    first = store.add_key("dialler", ["read"], ["*"])
    # The clock moves on by a minute each time it is read.
    second = store.rotate_key(first.split("_")[1], timedelta(seconds=30))
    assert store.key_of(first) is None
    assert store.key_of(second) is not None


def test_a_second_rotation_ends_the_secret_before_the_first(store: Store) -> None:
    first = store.add_key("dialler", ["read"], ["*"])
    second, third = (store.rotate_key(first.split("_")[1], HOUR) for _ in range(2))
    assert [store.key_of(given) is not None for given in (first, second, third)] == [False, True, True]


def test_revoking_ends_both_secrets_of_a_rotated_key(store: Store) -> None:
    first = store.add_key("dialler", ["read"], ["*"])
    second = store.rotate_key(first.split("_")[1], HOUR)
    store.revoke_key(first.split("_")[1])
    assert [store.key_of(given) for given in (first, second)] == [None, None]


def test_a_key_opens_until_its_end_and_not_after(store: Store, path: Path) -> None:
    ends = datetime(2026, 3, 2, 4, 3, 30, tzinfo=UTC)
    secret = store.add_key("dialler", ["read"], ["*"], expires_at=ends)
    assert [store.key_of(secret) is not None for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("ended", ["revoked", "expired", "unknown"])
def test_a_key_that_has_ended_is_not_rotated(store: Store, ended: str) -> None:
    ends = datetime(2026, 3, 2, 4, 1, 30, tzinfo=UTC) if ended == "expired" else None
    key_id = store.add_key("dialler", ["read"], ["*"], expires_at=ends).split("_")[1]
    if ended == "revoked":
        store.revoke_key(key_id)
    with pytest.raises(UsageError, match="the id of a key that is valid"):
        store.rotate_key("nobody" if ended == "unknown" else key_id, HOUR)


def test_the_limits_of_a_key_are_listed(store: Store) -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    store.add_key("dialler", ["read"], ["*"], expires_at=ends, rate_per_minute=60)
    (key,) = store.list_keys()
    assert (key.expires_at, key.rate_per_minute) == (ends, 60)


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ({"expires_at": datetime(2026, 3, 1, tzinfo=UTC)}, "an end that lies ahead"),
        ({"rate_per_minute": 0}, "1 or more calls a minute"),
    ],
)
def test_a_key_that_could_never_call_is_refused(store: Store, limits: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        store.add_key("dialler", ["read"], ["*"], **limits)
