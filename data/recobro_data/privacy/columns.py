"""Personal data stays out: columns that look personal are told and never copied, ids can be pseudonyms.

Both happen to `raw_TABLE` after a table is read and before anything looks at it, so that neither the lake nor the raw
copy, quarantine or a report ever holds what is taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from recobro_data.errors import SourceRefusedError
from recobro_data.ingest import sql
from recobro_data.ingest.raw import Raw, evenly_drawn
from recobro_data.privacy.personal import looks_like, values_look_like
from recobro_data.sources.mapping import TableMapping
from recobro_data.tables import TABLES

#: Rows looked at in each table, drawn evenly.
_SAMPLE: Final = 400
_WITHHELD: Final = "(withheld: the source's table has personal columns)"


@dataclass(frozen=True)
class Finding:
    """A column that looks personal, and whether it was dropped: kept are canonical columns and what a mapping keeps."""

    table: str
    column: str
    looks_like: str
    dropped: bool
    canonical: bool = False

    def __str__(self) -> str:
        said = f"{self.table}.{self.column} looks like {self.looks_like} and"
        if self.dropped:
            return f"{said} was dropped; a mapping keeps it with keep = [{sql.name(self.column)}]"
        if not self.canonical:
            return f"{said} was kept, as the mapping says"
        return f"{said} is needed; [privacy] pseudonymise turns ids into pseudonyms before anything is written"


def personal_columns(connection: duckdb.DuckDBPyConnection, raw: Raw, keep: Collection[str] = ()) -> list[Finding]:
    """Columns of a table that look personal, in the order of its header. `keep`: names the mapping wants kept.

    Canonical columns are told and never dropped.
    """
    sample = _sample(connection, raw)
    needed = {raw.place(column.name): column for column in TABLES[raw.table].columns}
    findings = []
    for place, header in enumerate(raw.header):
        values, column = [row[place] or "" for row in sample], needed.get(place)
        if column is None:
            what = looks_like(header, values)
        else:
            what = values_look_like(values) if column.kind == "string" and not column.values else None
        if what:
            dropped = column is None and header not in keep
            findings.append(Finding(raw.table, header, what, dropped, canonical=column is not None))
    return findings


def drop_personal(connection: duckdb.DuckDBPyConnection, raw: Raw, mapped: TableMapping) -> Raw:
    """The table without the columns that look personal or that the mapping drops, with a note for each finding.

    Raises:
        SourceRefusedError: the mapping drops a column that it also names as canonical.
    """
    if not raw.header:
        return raw
    taken = [name for name in mapped.drop if name in mapped.columns]
    if taken:
        raise SourceRefusedError(
            f"`{taken[0]}` of {raw.table} either mapped or dropped", "both in the mapping", "Take out one of them."
        )
    findings = personal_columns(connection, raw, mapped.keep)
    gone = {finding.column for finding in findings if finding.dropped} | set(mapped.drop)
    told = tuple(str(finding) for finding in findings if finding.column not in mapped.drop)
    places = [place for place, name in enumerate(raw.header) if name in gone]
    return replace(without_places(connection, raw, places), notes=(*raw.notes, *told))


def without_places(connection: duckdb.DuckDBPyConnection, raw: Raw, gone: Collection[int]) -> Raw:
    """The table without these columns; in rows that are broken no value can be told apart, so all are withheld."""
    if not gone:
        return raw
    kept = [place for place in range(len(raw.header)) if place not in gone]
    for place in gone:
        connection.execute(f"ALTER TABLE {raw.relation} DROP COLUMN c{place}")
    for new, old in enumerate(kept):
        if new != old:
            connection.execute(f"ALTER TABLE {raw.relation} RENAME COLUMN c{old} TO c{new}")
    if raw.marked:
        marks = " || ".join(f"substr(_exact, {place + 1}, 1)" for place in kept) or "''"
        connection.execute(f"UPDATE {raw.relation} SET _exact = {marks}")
    withhold_broken(connection, raw.relation, len(kept))
    new_places = {old: new for new, old in enumerate(kept)}
    return replace(
        raw,
        header=tuple(raw.header[place] for place in kept),
        names={column: new_places[place] for column, place in raw.names.items() if place in new_places},
        exact=frozenset(new_places[place] for place in raw.exact if place in new_places),
    )


def withhold_broken(connection: duckdb.DuckDBPyConnection, relation: str, width: int) -> None:
    """Empties the rows that could not be read as rows: what was taken out may stand anywhere in them."""
    emptied = "".join(f", c{place} = ''" for place in range(width))
    connection.execute(
        f"UPDATE {relation} SET _text = CASE WHEN _text IS NULL THEN NULL ELSE {sql.text(_WITHHELD)} END{emptied}"
        " WHERE _fault IS NOT NULL"
    )


def _sample(connection: duckdb.DuckDBPyConnection, raw: Raw) -> list[tuple[str | None, ...]]:
    step = max(1, raw.rows // _SAMPLE)
    values = ", ".join(_columns(len(raw.header)))
    drawn = f"_fault IS NULL AND {evenly_drawn(raw, step)}"
    return connection.execute(f"SELECT {values} FROM {raw.relation} WHERE {drawn}").fetchall()


def _columns(width: int) -> Iterable[str]:
    return (f"c{place}" for place in range(width))
