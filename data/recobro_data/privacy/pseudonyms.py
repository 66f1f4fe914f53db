"""Pseudonyms of ids: a keyed hash (HMAC-SHA-256, RFC 2104), so that equal ids stay equal and nobody can go back.

The key never lies in the lake; only its fingerprint does, so that rows under another key, or under none, are refused
instead of being taken for other debtors.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from recobro_data.errors import ConfigurationError, SourceRefusedError
from recobro_data.ingest.manifest import NAME as MANIFEST
from recobro_data.ingest.manifest import write_whole
from recobro_data.ingest.raw import Raw, raw_column
from recobro_data.privacy.columns import withhold_broken
from recobro_data.quarantine.corrections import is_correction
from recobro_data.settings import Settings
from recobro_data.tables import TABLES

#: In the lake's folder: which columns are pseudonyms, and under which key.
NAME: Final = "pseudonyms.json"
#: Base 32 of RFC 4648, two letters for each ten bits: for many ids more than twice as fast as the library's.
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = tuple(one + two for one in _LETTERS for two in _LETTERS)
_SHIFTS: Final = range(120, -1, -10)
_PSEUDONYM: Final = re.compile("[A-Z2-7]{26}")
_SHORTEST_KEY: Final = 32
_BATCH: Final = 100_000
_MAKE: Final = (
    "Make one with `head -c 32 /dev/urandom | base64 > FILE` and keep it where backups of the lake do not go."
)


@dataclass(frozen=True)
class Pseudonyms:
    """The key in force and the canonical columns it turns; build it with `load_pseudonyms`."""

    columns: tuple[str, ...]
    key: bytes

    def of(self, text: str) -> str:
        """The pseudonym of an id: 26 letters and digits (130 bits), the same in every table and column.

        Example:
            >>> Pseudonyms((), b"0123456789" * 4).of("45678912")
            'YEZL7OCYKEF2DWA6BWZIIR4BSH'
        """
        first = int.from_bytes(hmac.digest(self.key, text.encode(), "sha256")[:17], "big") >> 6
        return "".join([_PAIRS[first >> shift & 1023] for shift in _SHIFTS])

    @property
    def fingerprint(self) -> str:
        """What tells this key from another without giving it away."""
        return self.of("\x00the fingerprint of this key")[:16]


def looks_like_pseudonym(text: str) -> bool:
    """Whether a text may be a pseudonym.

    Example:
        >>> looks_like_pseudonym("YEZL7OCYKEF2DWA6BWZIIR4BSH"), looks_like_pseudonym("45678912")
        (True, False)
    """
    return _PSEUDONYM.fullmatch(text) is not None


def load_pseudonyms(settings: Settings) -> Pseudonyms | None:
    """The key and columns that the configuration says, None where no id is to be a pseudonym.

    Raises:
        ConfigurationError: no key, a key shorter than 32 bytes, or one that lies with the data.
    """
    if not settings.privacy.pseudonymise:
        return None
    key = settings.privacy.key.get_secret_value().strip().encode() or _key_of(settings)
    if len(key) < _SHORTEST_KEY:
        raise ConfigurationError(f"a key of {_SHORTEST_KEY} bytes or more", f"one of {len(key)}", _MAKE)
    return Pseudonyms(settings.privacy.pseudonymise, key)


def _key_of(settings: Settings) -> bytes:
    if not settings.privacy.key_file:
        raise ConfigurationError("a key in [privacy] key_file or RECOBRO_PRIVACY_KEY", "none", _MAKE)
    path = settings.home / Path(settings.privacy.key_file).expanduser()
    if path.resolve().is_relative_to((settings.home / "data").resolve()):
        raise ConfigurationError("a key_file outside the workspace's data", str(path), "Move it away from the data.")
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError("a key_file that can be read", f"nothing to read at {path}", _MAKE) from error


def check_pseudonyms(lake: Path, pseudonyms: Pseudonyms | None) -> None:
    """Holds a load to the key and columns of the lake's first load, and writes them down there if this is the first.

    Raises:
        SourceRefusedError: the lake has rows under another key, other columns, or none.
    """
    wanted: dict[str, object] | None = None
    if pseudonyms:
        wanted = {"columns": sorted(pseudonyms.columns), "key": pseudonyms.fingerprint}
    path = lake / NAME
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    if wanted == held:
        return
    if (lake / MANIFEST).is_file():
        raise SourceRefusedError(
            f"[privacy] as in the loads before ({_told(held)})",
            _told(wanted),
            "Give the key and columns of the first load, or load everything into a new workspace.",
        )
    if wanted:
        lake.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(wanted))
    else:
        path.unlink()


def _told(state: dict[str, object] | None) -> str:
    if state is None:
        return "no pseudonyms"
    columns = state["columns"]
    assert isinstance(columns, list)
    return f"{', '.join(columns)} under the key {state['key']}"


def pseudonymise_raw(connection: duckdb.DuckDBPyConnection, raw: Raw, pseudonyms: Pseudonyms | None) -> Raw:
    """The table with pseudonyms in place of ids, also in columns that are not canonical but hold the same ids."""
    columns = [column for column in pseudonyms.columns if raw.has(column)] if pseudonyms else []
    columns = [column for column in columns if column in TABLES[raw.table].names]
    if not pseudonyms or not columns:
        return raw
    _build_pseudonyms(connection, raw, columns, pseudonyms=pseudonyms)
    given = {place: raw_column(raw, column) for column in columns if (place := raw.place(column)) is not None}
    given |= {place: f"nullif(trim(c{place}), '')" for place in _copies(connection, raw)}
    _replace(connection, raw, given)
    withhold_broken(connection, raw.relation, len(raw.header))
    constants = {
        column: pseudonyms.of(text) if column in columns else text
        for column, text in raw.constants.items()
        if column not in columns or raw.place(column) is None
    }
    values = {column: known for column, known in raw.values.items() if column not in columns}
    return replace(raw, constants=constants, values=values)


def _build_pseudonyms(
    connection: duckdb.DuckDBPyConnection, raw: Raw, columns: list[str], *, pseudonyms: Pseudonyms
) -> None:
    """Creates `pseudonyms` (`_id`, `_pseudonym`): every different id once."""
    connection.execute("CREATE OR REPLACE TEMP TABLE pseudonyms (_id VARCHAR, _pseudonym VARCHAR)")
    ids = " UNION ALL ".join(f"SELECT {raw_column(raw, column)} AS _id FROM {raw.relation}" for column in columns)
    cursor = connection.cursor()
    cursor.execute(f"SELECT DISTINCT _id FROM ({ids}) WHERE _id IS NOT NULL")
    keeps = is_correction(raw.header)
    while rows := cursor.fetchmany(_BATCH):
        texts = [row[0] for row in rows]
        # An export of rejected rows holds pseudonyms already, beside what somebody corrected.
        turned = [text if keeps and looks_like_pseudonym(text) else pseudonyms.of(text) for text in texts]
        batch = pa.table({"_id": texts, "_pseudonym": turned})
        connection.register("hashed", batch)
        connection.execute("INSERT INTO pseudonyms SELECT * FROM hashed")
        connection.unregister("hashed")
    cursor.close()


def _copies(connection: duckdb.DuckDBPyConnection, raw: Raw) -> list[int]:
    """Columns that are not canonical and of whose values most are ids of this table."""
    needed = {raw.place(column) for column in TABLES[raw.table].names}
    places = [place for place in range(len(raw.header)) if place not in needed]
    if not places:
        return []
    shares = ", ".join(
        f"2 * count(*) FILTER (trim(c{p}) IN (SELECT _id FROM pseudonyms)) > count(nullif(trim(c{p}), ''))"
        for p in places
    )
    row = connection.execute(f"SELECT {shares} FROM {raw.relation}").fetchone()
    assert row is not None
    return [place for place, is_copy in zip(places, row, strict=True) if is_copy]


def _replace(connection: duckdb.DuckDBPyConnection, raw: Raw, given: Mapping[int, str]) -> None:
    """Every cell of these places becomes the pseudonym of its text; what is no id of the table stays."""
    texts = "".join(f", {text} AS _t{place}" for place, text in given.items())
    joins = "".join(f" LEFT JOIN pseudonyms p{place} ON _t{place} = p{place}._id" for place in given)
    cells = ", ".join(f"coalesce(p{place}._pseudonym, c{place}) AS c{place}" for place in given)
    hidden = ", ".join(f"_t{place}" for place in given)
    connection.execute(
        f"CREATE TABLE pseudonymous_{raw.table} AS SELECT r.* EXCLUDE ({hidden}) REPLACE ({cells})"
        f" FROM (SELECT *{texts} FROM {raw.relation}) r{joins}"
    )
    connection.execute(f"DROP TABLE {raw.relation}")
    connection.execute(f"ALTER TABLE pseudonymous_{raw.table} RENAME TO {raw.relation}")
