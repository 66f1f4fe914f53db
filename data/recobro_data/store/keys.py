"""API keys: shown once, kept as a hash, bound to scopes and portfolios."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from recobro_data.errors import UsageError
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import API_KEYS

SCOPES: Final = ("read", "write", "admin")
ALL_PORTFOLIOS: Final = "*"
_PREFIX: Final = "rck"


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key without its secret. No scope contains another; `*` among the portfolios stands for all of them."""

    key_id: str
    name: str
    scopes: frozenset[str]
    portfolios: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def sees(self) -> frozenset[str] | None:
        """The portfolios this key may see; None: all."""
        return None if ALL_PORTFOLIOS in self.portfolios else self.portfolios


def insert_key(
    connection: Connection, name: str, *, scopes: Iterable[str], portfolios: Iterable[str], created_at: datetime
) -> str:
    """Adds a key and gives the whole of it, `rck_ID_SECRET`, for the only time.

    Raises:
        UsageError: no name, an unknown scope, or no portfolio.
    """
    scopes, portfolios = sorted(set(scopes)), sorted(set(portfolios))
    _check(name, scopes, portfolios)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values = {"key_id": key_id, "name": name, "secret_hash": _hashed(secret), "created_at": instant_text(created_at)}
    values |= {"scopes": json.dumps(scopes), "portfolios": json.dumps(portfolios)}
    connection.execute(insert(API_KEYS).values(values))
    return f"{_PREFIX}_{key_id}_{secret}"


def load_keys(connection: Connection) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    rows = connection.execute(select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.key_id))
    return [_key(row) for row in rows.mappings()]


def mark_revoked(connection: Connection, key_id: str, revoked_at: datetime) -> None:
    """Ends a key from now on; revoking it again leaves the first instant.

    Raises:
        UsageError: no key of that id.
    """
    row = connection.execute(select(API_KEYS.c.revoked_at).where(API_KEYS.c.key_id == key_id)).first()
    if row is None:
        raise UsageError("the id of a key", repr(key_id), "`recobro keys list` shows the ids.")
    if row.revoked_at is None:
        ended = update(API_KEYS).where(API_KEYS.c.key_id == key_id)
        connection.execute(ended.values(revoked_at=instant_text(revoked_at)))


def find_key(connection: Connection, given: str) -> Key | None:
    """The key that this text is, unless it is wrong, malformed or revoked."""
    prefix, _, rest = given.partition("_")
    key_id, _, secret = rest.partition("_")
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.key_id == key_id)).mappings().first()
    # An unknown id costs the same comparison as a wrong secret.
    expected = row["secret_hash"] if row else _hashed("")
    is_right = hmac.compare_digest(_hashed(secret), expected)
    if row is None or not is_right or prefix != _PREFIX or row["revoked_at"] is not None:
        return None
    return _key(row)


def _hashed(secret: str) -> str:
    # A fast hash is enough: the secret is 32 random bytes, not a password that could be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(name: str, scopes: list[str], portfolios: list[str]) -> None:
    if not name.strip() or len(name) > 200:
        raise UsageError("a name of 1 to 200 characters for the key", repr(name), "Name who will use it.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        found = repr(unknown[0]) if unknown else "none"
        raise UsageError("scopes among read, write and admin", found, "Give at least one of them.")
    if not portfolios or not all(portfolio.strip() for portfolio in portfolios):
        raise UsageError("the portfolios that the key may see", "none", "Name them, or give `*` for all.")


def _key(row: RowMapping) -> Key:
    return Key(
        key_id=row["key_id"],
        name=row["name"],
        scopes=frozenset(json.loads(row["scopes"])),
        portfolios=frozenset(json.loads(row["portfolios"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        revoked_at=datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None,
    )
