from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.plan_samples import Clock

from recobro_data.errors import UsageError
from recobro_data.store import Store, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recobro.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
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


def test_the_secret_is_nowhere_in_the_store(store: Store, path: Path) -> None:
    secret = store.add_key("dialler", ["read"], ["*"]).split("_", 2)[2]
    store.close()
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


def test_what_is_stored_of_a_secret_is_a_sha_256(store: Store, path: Path) -> None:
    store.add_key("dialler", ["read"], ["*"])
    connection = sqlite3.connect(path)
    (hashed,) = connection.execute("SELECT secret_hash FROM api_keys").fetchone()
    connection.close()
    assert len(bytes.fromhex(hashed)) == 32
