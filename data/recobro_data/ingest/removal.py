"""A debtor taken out of the lake: of its parts, and of the versions that were replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from recobro_data.ingest import sql
from recobro_data.ingest.leftovers import HISTORY
from recobro_data.ingest.manifest import Manifest, Part, publish_manifest, sync_file, sync_folder
from recobro_data.ingest.merge import Generation, describe_part, row_lanes
from recobro_data.ingest.person import Person
from recobro_data.ingest.states import LANE, State, Total
from recobro_data.tables import TABLES

_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd)"


@dataclass(frozen=True)
class _Version:
    """A row of the debtor: what it adds to the digest of the states from one load to before another."""

    table: str
    load_id: str
    replaced_by: str | None
    lanes: tuple[int, int]


def remove_from_lake(
    connection: duckdb.DuckDBPyConnection, generation: Generation, person: Person, *, is_known: bool
) -> dict[str, int]:
    """Publishes a manifest without the debtor, with the tombstones. Gives the rows taken out of each table.

    Replaced versions count under `history`. Earlier states lose the debtor too, and their versions say so. A debtor of
    whom the lake has no row gets a tombstone where `is_known` says that something else named the debtor.
    """
    before = generation.before
    found = _find_rows(connection, generation, person.debtor_id)
    tombstones = person.tombstones(before.forgotten)
    if found or (is_known and tombstones != before.forgotten):
        states = _states_without(before.states, found, _rewrite_history(connection, generation, person.debtor_id))
        after = Manifest(
            generation.load_id, generation.partitions, _rewrite_parts(connection, generation, person, found)
        )
        sync_folder(generation.folder)
        # Nothing of the generation before is kept for readers: it holds the debtor.
        publish_manifest(generation.folder, replace(after, loads=before.loads, states=states, forgotten=tombstones))
    counts = [version.table if version.replaced_by is None else HISTORY for version in found]
    return {place: counts.count(place) for place in (*TABLES, HISTORY) if place in counts}


def _find_rows(connection: duckdb.DuckDBPyConnection, generation: Generation, debtor_id: str) -> list[_Version]:
    found = []
    for name, table in TABLES.items():
        parts = [generation.folder / part.path for part in _parts_of(generation, name, debtor_id).values()]
        versions = [generation.folder / path for path in _history_of(generation.before, name)]
        for paths, replaced_by in ((parts, "NULL"), (versions, "_replaced_by")):
            if paths:
                columns = f"_load_id, {replaced_by}, {', '.join(row_lanes(table))}"
                own = f"WHERE debtor_id = {sql.text(debtor_id)}"
                rows = connection.execute(f"SELECT {columns} FROM {sql.scan(paths)} {own}").fetchall()
                found += [_Version(name, row[0], row[1], (row[2], row[3])) for row in rows]
    return found


def _parts_of(generation: Generation, name: str, debtor_id: str) -> dict[int, Part]:
    """The one part of a table in which the debtor's rows lie."""
    place = int(hashlib.md5(debtor_id.encode(), usedforsecurity=False).hexdigest()[:8], 16) % generation.partitions
    parts = generation.before.tables.get(name, {})
    return {place: parts[place]} if place in parts else {}


def _history_of(before: Manifest, name: str) -> list[str]:
    return [state.replaced[name] for state in before.states if name in state.replaced]


def _rewrite_parts(
    connection: duckdb.DuckDBPyConnection, generation: Generation, person: Person, found: Iterable[_Version]
) -> dict[str, dict[int, Part]]:
    touched = {version.table for version in found if version.replaced_by is None}
    tables = {name: dict(parts) for name, parts in generation.before.tables.items()}
    for name in touched:
        for place, part in _parts_of(generation, name, person.debtor_id).items():
            path = Path(generation.load_id) / name / f"part-{place:04d}.parquet"
            order = sql.listed(dict.fromkeys(("debtor_id", *TABLES[name].key)))
            kept = _copy_without(
                connection, (generation.folder / part.path, generation.folder / path), person.debtor_id, order
            )
            del tables[name][place]
            if kept:
                tables[name][place] = describe_part(connection, generation.folder, name, path)
        tables[name] = dict(sorted(tables[name].items()))
    return tables


def _rewrite_history(
    connection: duckdb.DuckDBPyConnection, generation: Generation, debtor_id: str
) -> dict[str, str | None]:
    """New paths of the history files that hold the debtor, by their old ones; None where nothing is left."""
    new: dict[str, str | None] = {}
    for name, table in TABLES.items():
        for old in _with_rows(connection, generation.folder, _history_of(generation.before, name), debtor_id):
            path = Path(old).with_name(f"{name}.{generation.load_id}.parquet")
            order = f"_place % {generation.partitions}, debtor_id, {sql.listed(table.key)}"
            pair = (generation.folder / old, generation.folder / path)
            new[old] = path.as_posix() if _copy_without(connection, pair, debtor_id, order) else None
    return new


def _with_rows(connection: duckdb.DuckDBPyConnection, folder: Path, paths: list[str], debtor_id: str) -> list[str]:
    if not paths:
        return []
    files = ", ".join(sql.text(folder / path) for path in paths)
    rows = connection.execute(
        f"SELECT DISTINCT _path FROM read_parquet([{files}], filename = '_path')"
        f" WHERE debtor_id = {sql.text(debtor_id)}"
    ).fetchall()
    return [Path(row[0]).relative_to(folder).as_posix() for row in rows]


def _copy_without(connection: duckdb.DuckDBPyConnection, pair: tuple[Path, Path], debtor_id: str, order: str) -> bool:
    """Whether rows are left once the debtor is gone; where none is, no file is written."""
    old, new = pair
    kept = f"FROM {sql.scan([old])} WHERE debtor_id <> {sql.text(debtor_id)}"
    if not sql.number(connection, f"SELECT count(*) {kept}"):
        return False
    new.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY (SELECT * {kept} ORDER BY {order}) TO {sql.text(new)} {_PARQUET}")
    sync_file(new)
    sync_folder(new.parent.parent)
    return True


def _states_without(
    states: tuple[State, ...], found: Iterable[_Version], new_paths: Mapping[str, str | None]
) -> tuple[State, ...]:
    """The states as if the debtor had never been there: what a past read gives is what its version says."""
    places = {state.load_id: place for place, state in enumerate(states)}
    gone: list[dict[str, list[tuple[int, int]]]] = [{} for _ in states]
    for version in found:
        end = places[version.replaced_by] if version.replaced_by else len(states)
        for place in range(places.get(version.load_id, 0), end):
            gone[place].setdefault(version.table, []).append(version.lanes)
    return tuple(_state_without(state, lost, new_paths) for state, lost in zip(states, gone, strict=True))


def _state_without(
    state: State, lost: Mapping[str, list[tuple[int, int]]], new_paths: Mapping[str, str | None]
) -> State:
    totals = {name: _less(total, lost.get(name, [])) for name, total in state.totals.items()}
    replaced = {name: new_paths.get(path, path) for name, path in state.replaced.items()}
    kept = {name: path for name, path in replaced.items() if path is not None}
    return replace(state, totals={name: total for name, total in totals.items() if total[0]}, replaced=kept)


def _less(total: Total, lanes: list[tuple[int, int]]) -> Total:
    sums = [sum(pair[lane] for pair in lanes) for lane in (0, 1)]
    return total[0] - len(lanes), (total[1] - sums[0]) % LANE, (total[2] - sums[1]) % LANE
