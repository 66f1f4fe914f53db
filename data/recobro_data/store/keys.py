"""API keys: shown once, kept as a hash, bound to scopes and portfolios."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from recobro_data.errors import UsageError
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import API_KEYS

SCOPES: Final = ("read", "write", "admin")
ALL_PORTFOLIOS: Final = "*"
_PREFIX: Final = "rck"
#: The hash of no secret.
_NOBODYS: Final = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key without its secret. No scope contains another; `*` among the portfolios stands for all of them."""

    key_id: str
    name: str
    scopes: frozenset[str]
    portfolios: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    #: Until then the secret before the last rotation is valid too.
    former_until: datetime | None = None
    #: None: as many calls as the configuration lets every key make.
    rate_per_minute: int | None = None

    @property
    def sees(self) -> frozenset[str] | None:
        """The portfolios this key may see; None: all."""
        return None if ALL_PORTFOLIOS in self.portfolios else self.portfolios


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """What a key is made with; `expires_at` None: it does not end by itself."""

    name: str
    scopes: Iterable[str]
    portfolios: Iterable[str]
    expires_at: datetime | None = None
    rate_per_minute: int | None = None


def insert_key(connection: Connection, new: NewKey, created_at: datetime) -> str:
    """Adds a key and gives the whole of it, `rck_ID_SECRET`, for the only time.

    Raises:
        UsageError: no name, an unknown scope, no portfolio, an end that is past, or no call a minute.
    """
    scopes, portfolios = sorted(set(new.scopes)), sorted(set(new.portfolios))
    _check(new.name, scopes, portfolios)
    _check_limits(new, created_at)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values: dict[str, Any] = {"key_id": key_id, "name": new.name, "secret_hash": _hashed(secret)}
    values |= {"scopes": json.dumps(scopes), "portfolios": json.dumps(portfolios)}
    values |= {"created_at": instant_text(created_at), "rate_per_minute": new.rate_per_minute}
    values |= {"expires_at": instant_text(new.expires_at) if new.expires_at else None}
    connection.execute(insert(API_KEYS).values(values))
    return f"{_PREFIX}_{key_id}_{secret}"


def give_new_secret(connection: Connection, key_id: str, *, now: datetime, overlap: timedelta) -> str:
    """Gives a key another secret and the whole of it, for the only time; the former one is valid for `overlap` more.

    Raises:
        UsageError: no key of that id, or one that has ended.
    """
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.key_id == key_id)).mappings().first()
    if row is None or _has_ended(row, instant_text(now)):
        raise UsageError("the id of a key that is valid", repr(key_id), "`recobro keys list` shows the ids.")
    secret = secrets.token_urlsafe(32)
    values = {"secret_hash": _hashed(secret), "former_hash": row["secret_hash"]}
    values |= {"former_until": instant_text(now + overlap)}
    connection.execute(update(API_KEYS).where(API_KEYS.c.key_id == key_id).values(values))
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


def find_key(connection: Connection, given: str, now: datetime) -> Key | None:
    """The key that this text is, unless it is wrong, malformed, revoked or past its end."""
    prefix, _, rest = given.partition("_")
    key_id, _, secret = rest.partition("_")
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.key_id == key_id)).mappings().first()
    at, hashed = instant_text(now), _hashed(secret)
    # An unknown id, and a key without a former secret, cost the same comparisons as a wrong secret.
    is_right = hmac.compare_digest(hashed, row["secret_hash"] if row else _NOBODYS)
    is_former = hmac.compare_digest(hashed, (row["former_hash"] if row else None) or _NOBODYS)
    if row is None or prefix != _PREFIX or _has_ended(row, at):
        return None
    return _key(row) if is_right or (is_former and (row["former_until"] or "") > at) else None


def _has_ended(row: RowMapping, at: str) -> bool:
    return row["revoked_at"] is not None or (row["expires_at"] is not None and row["expires_at"] <= at)


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


def _check_limits(new: NewKey, now: datetime) -> None:
    if new.expires_at is not None and new.expires_at <= now:
        raise UsageError("an end that lies ahead", new.expires_at.isoformat(), "Give a later one, or none.")
    if new.rate_per_minute is not None and new.rate_per_minute < 1:
        raise UsageError("1 or more calls a minute", str(new.rate_per_minute), "Give more, or leave it out.")


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _key(row: RowMapping) -> Key:
    return Key(
        key_id=row["key_id"],
        name=row["name"],
        scopes=frozenset(json.loads(row["scopes"])),
        portfolios=frozenset(json.loads(row["portfolios"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        **{name: _instant(row[name]) for name in ("revoked_at", "expires_at", "former_until")},
        rate_per_minute=row["rate_per_minute"],
    )
