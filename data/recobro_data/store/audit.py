"""Who asked for what: an append-only log, each row chained to the one before by its hash.

The database itself refuses to change or delete a row. Whoever can switch that off, by owning the file or the server,
breaks the chain, and `check` shows where; a tail that is cut off shows against a hash that was noted outside.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, insert, select

from recobro_data.store.dialects import hold_audit_lock, insert_json, writing
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import AUDIT_LOG, STORE_SECRETS

_PAGE: Final = 1000
#: What the first row is chained to.
_START: Final = "0" * 64
_FIELDS: Final = ("seq", "at", "who", "method", "route", "portfolios", "subject", "status", "n_rows", "request_id")
#: Entries that are written as text without a rest, and how long it is: others wait for the interpreter meanwhile.
_AT_ONCE: Final = 64
_REST_SECONDS: Final = 0.0005
_json: Final = json.JSONEncoder(ensure_ascii=False).encode


class Entry(NamedTuple):
    """One call: who (a key's id or a token's subject), what, when and how it ended.

    `portfolios` are those the key sees, or the one that was asked for; `subject` is the keyed hash of the debtor.
    """

    at: datetime
    who: str
    method: str
    route: str
    portfolios: tuple[str, ...]
    subject: str | None
    status: int
    n_rows: int
    request_id: str


@dataclass(frozen=True)
class Checked:
    """What a check of the chain found: rows read, hash of the last one, and the first row that is not as written."""

    n_rows: int
    head: str
    broken_at: int | None
    has_expected: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether every row is as it was written, and the expected one is among them."""
        return self.broken_at is None and self.has_expected


class AuditTrail:
    """The audit log of a store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._salt = b""

    def append(self, entries: Sequence[Entry]) -> None:
        """Writes the entries behind the last one, in one transaction."""
        told = _told(entries)
        if not told:
            return
        with writing(self._engine).begin() as connection:
            hold_audit_lock(connection)
            last, chain = _last(connection)
            rows = []
            for seq, row in enumerate(told, start=last + 1):
                chain = _chained(chain, seq, row)
                rows.append(f'[{seq}, {row}, "{chain}"]')
            insert_json(connection, AUDIT_LOG, f"[{','.join(rows)}]")

    def rows(
        self, first: datetime | None = None, end: datetime | None = None, *, who: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Rows of [first, end) by that key or subject, oldest first."""
        query = select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq).limit(_PAGE)
        query = query if first is None else query.where(AUDIT_LOG.c.at >= instant_text(first))
        query = query if end is None else query.where(AUDIT_LOG.c.at < instant_text(end))
        query = query if who is None else query.where(AUDIT_LOG.c.who == who)
        for row in self._pages(query):
            yield {**row, "portfolios": json.loads(row["portfolios"])}

    def check(self, expected: str | None = None) -> Checked:
        """Follows the chain from the start; `expected` is a hash noted earlier that must be in it."""
        chain, n_rows, found = _START, 0, expected is None
        for n_rows, row in enumerate(self._pages(select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq).limit(_PAGE)), start=1):
            chain = _chained(chain, row["seq"], _row_text([row[name] for name in _FIELDS[1:]]))
            if row["seq"] != n_rows or chain != row["chain"]:
                return Checked(n_rows, row["chain"], n_rows, found)
            found = found or chain == expected
        return Checked(n_rows, chain, None, found)

    def subject_of(self, debtor_id: str) -> str:
        """The debtor as the log names it: a hash with a key of this store, of the same length for every id."""
        self._salt = self._salt or store_secret(self._engine, "audit").encode()
        return hmac.digest(self._salt, debtor_id.encode("utf-8", "surrogatepass"), "sha256").hex()

    def _pages(self, query: Any) -> Iterator[RowMapping]:
        after = 0
        while True:
            with self._engine.begin() as connection:
                rows = connection.execute(query.where(AUDIT_LOG.c.seq > after)).mappings().all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1]["seq"]


def store_secret(engine: Engine, name: str) -> str:
    """A random value of that name that stays the same as long as the store does."""
    query = select(STORE_SECRETS.c.value).where(STORE_SECRETS.c.name == name)
    with engine.begin() as connection:
        known = connection.execute(query).scalar()
    if known is not None:
        return str(known)
    with writing(engine).begin() as connection:
        hold_audit_lock(connection)
        known = connection.execute(query).scalar()
        if known is None:
            known = secrets.token_hex(32)
            connection.execute(insert(STORE_SECRETS).values(name=name, value=known))
    return str(known)


def _last(connection: Connection) -> tuple[int, str]:
    query = select(AUDIT_LOG.c.seq, AUDIT_LOG.c.chain).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.seq, row.chain) if row else (0, _START)


def _told(entries: Sequence[Entry]) -> list[str]:
    """The values of each entry as JSON, but for its number and its link in the chain."""
    told = []
    for place, entry in enumerate(entries, start=1):
        common = _common(entry.who, entry.method, entry.route, entry.portfolios)
        own = _row_text((entry.subject, entry.status, entry.n_rows, entry.request_id))
        told.append(f'"{instant_text(entry.at)}", {common}, {own}')
        if place % _AT_ONCE == 0:
            time.sleep(_REST_SECONDS)
    return told


@lru_cache(maxsize=1024)
def _common(who: str, method: str, route: str, portfolios: tuple[str, ...]) -> str:
    """What many calls in a row have in common."""
    return _row_text((who, method, route, _json(portfolios)))


def _row_text(values: Sequence[Any]) -> str:
    """The values as JSON without the brackets around them."""
    return _json(values)[1:-1]


def _chained(before: str, seq: int, row: str) -> str:
    text = f'["{before}", {seq}, {row}]'
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
