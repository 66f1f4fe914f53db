"""A source as a load reads it: opened under the names of its mapping, without personal columns, with pseudonyms."""

from __future__ import annotations

import os
from collections.abc import Mapping

import duckdb

from recobro_data.ingest.raw import Raw
from recobro_data.privacy.columns import drop_personal
from recobro_data.privacy.pseudonyms import Pseudonyms, check_pseudonyms, load_pseudonyms, pseudonymise_raw
from recobro_data.settings import Settings
from recobro_data.sources.database.source import open_database
from recobro_data.sources.database.url import is_database
from recobro_data.sources.files import Source, open_source
from recobro_data.sources.mapping import SourceMapping, apply_mapping, check_tables, find_mapping, load_mapping


class GuardedSource:
    """A source of which nothing personal gets further than the load's own database."""

    def __init__(self, source: Source, mapping: SourceMapping, pseudonyms: Pseudonyms | None) -> None:
        self._source, self._mapping, self._pseudonyms = source, mapping, pseudonyms

    @property
    def name(self) -> str:
        """The source as its owner calls it, without who logs in."""
        return self._source.name

    def tables(self) -> tuple[str, ...]:
        """Canonical tables the source has."""
        return self._source.tables()

    def read_raw(self, connection: duckdb.DuckDBPyConnection, table: str) -> Raw:
        """The rows of one table as text, mapped, with a note for each column that looks personal.

        Raises:
            SourceRefusedError: the table can not be read, or lacks a column that the mapping names.
        """
        mapped = self._mapping.of(table)
        raw = apply_mapping(self._source.read_raw(connection, table), mapped)
        return pseudonymise_raw(connection, drop_personal(connection, raw, mapped), self._pseudonyms)


def open_for_load(
    source: str,
    settings: Settings,
    *,
    held: frozenset[str] = frozenset(),
    environ: Mapping[str, str] | None = None,
) -> Source:
    """The source under its mapping (`[ingest].mapping`, else the directory's own `mapping.toml`).

    `held` names the tables of which the lake has rows; `environ` fills `${NAME}` in the address of a database.

    Raises:
        SourceRefusedError: no such source, or the lake's ids are pseudonyms under another key.
        ConfigurationError: a mapping or a key that can not be in force.
    """
    environ = os.environ if environ is None else environ
    mapping = load_mapping(find_mapping(source, settings))
    pseudonyms = load_pseudonyms(settings)
    opened: Source
    if is_database(source):
        opened = open_database(source, environ, mapping.names)
    else:
        opened = open_source(source, held, written_as=mapping.names)
        if opened.is_single:
            mapping = mapping.only(opened.tables())
    check_tables(opened, mapping)
    check_pseudonyms(settings.lake_dir, pseudonyms)
    return GuardedSource(opened, mapping, pseudonyms)
