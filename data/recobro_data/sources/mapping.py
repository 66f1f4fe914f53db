"""`mapping.toml`: what a source calls tables and columns, so that nobody has to rewrite an export.

```toml
[contact_attempts]
from = "gestiones"                  # table, sheet or file without its suffix
keep = ["comentario"]               # kept in the raw copy although they look personal
drop = ["foto"]                     # never copied
[contact_attempts.columns]          # column of the source = canonical column
"Cod Cliente" = "debtor_id"
[contact_attempts.constants]        # where the source has no such column, or its cell is empty
channel = "call"
[contact_attempts.values.outcome]   # text of the source = canonical text; "*" for any other
COEF = "right_party"
[contact_attempts.forms]            # how a column is written, or the zone of timestamps without an offset
attempted_at = "America/Lima"
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from recobro_data.errors import ConfigurationError, SourceRefusedError
from recobro_data.ingest.decide import check_form
from recobro_data.ingest.forms import parted_form
from recobro_data.ingest.raw import ANY_OTHER, Raw
from recobro_data.quarantine.corrections import is_correction
from recobro_data.settings import Settings
from recobro_data.sources.files import Source
from recobro_data.tables import TABLES, Table

#: The mapping that a directory brings along.
NAME: Final = "mapping.toml"
_NEXT: Final = "Mend the mapping."


class TableMapping(BaseModel):
    """How one canonical table lies in the source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    written_as: str = Field("", alias="from")
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    forms: dict[str, str] = Field(default_factory=dict)
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    @field_validator("constants", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        return {name: _text(value) for name, value in given.items()} if isinstance(given, Mapping) else given


@dataclass(frozen=True)
class SourceMapping:
    """The tables a mapping tells of, by canonical name; `path` is where it was read, for messages."""

    tables: Mapping[str, TableMapping]
    path: str = NAME

    def of(self, table: str) -> TableMapping:
        """What the mapping says of a table: nothing where it does not name it."""
        return self.tables.get(table, _NOTHING)

    @property
    def names(self) -> dict[str, str]:
        """Canonical table -> what the source calls it, where that differs."""
        return {table: mapped.written_as for table, mapped in self.tables.items() if mapped.written_as}

    def only(self, tables: Collection[str]) -> SourceMapping:
        """What the mapping says of these tables alone."""
        return replace(self, tables={name: mapped for name, mapped in self.tables.items() if name in tables})


_NOTHING: Final = TableMapping()
NO_MAPPING: Final = SourceMapping({})


def find_mapping(source: str, settings: Settings) -> Path | None:
    """The mapping of a source: `[ingest].mapping` (seen from the workspace), else the one that a directory brings."""
    if settings.ingest.mapping:
        return settings.home / Path(settings.ingest.mapping).expanduser()
    own = Path(source).expanduser() / NAME
    return own if "://" not in source and own.is_file() else None


def load_mapping(path: Path | None) -> SourceMapping:
    """A mapping as its file has it, every word checked; nothing is mapped where there is no path.

    Raises:
        ConfigurationError: no such file, no TOML, or a word that names nothing; with what may have been meant.
    """
    if path is None:
        return NO_MAPPING
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError("a mapping file", f"nothing to read at {path}", "Name the file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} in TOML", str(error), _NEXT) from error
    mapping = SourceMapping({name: _table_mapping(path, name, one) for name, one in given.items()}, str(path))
    for name, mapped in mapping.tables.items():
        _check(path, TABLES[name], mapped)
    return mapping


def _table_mapping(path: Path, name: str, given: Any) -> TableMapping:
    if name not in TABLES:
        raise _unknown("a canonical table", f"`[{name}]` in {path.name}", name, TABLES)
    if not isinstance(given, dict):
        raise ConfigurationError(f"a table `[{name}]` in {path.name}", repr(given), _NEXT)
    try:
        return TableMapping.model_validate(given)
    except ValidationError as error:
        raise _explained(path, name, error) from error


def _explained(path: Path, name: str, error: ValidationError) -> ConfigurationError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in (name, *first["loc"]))
    if first["type"] == "extra_forbidden":
        known = [field.alias or word for word, field in TableMapping.model_fields.items()]
        return _unknown("a key of a mapping", f"`{place}` in {path.name}", str(first["loc"][-1]), known)
    said = f"{first['msg'][0].lower()}{first['msg'][1:]}"
    return ConfigurationError(f"a value where {said}", f"{first['input']!r} for `{place}` in {path.name}", _NEXT)


def _check(path: Path, table: Table, mapped: TableMapping) -> None:
    for key, canonical in _canonical_words(mapped):
        if canonical not in table.names:
            place = f"`{table.name}.{key}` in {path.name}"
            raise _unknown(f"a column of {table.name}", f"{canonical!r} for {place}", canonical, table.names)
    for canonical in mapped.columns.values():
        twice = [source for source, one in mapped.columns.items() if one == canonical]
        if len(twice) > 1:
            found = f"{' and '.join(f'`{one}`' for one in twice)} under [{table.name}.columns] in {path.name}"
            raise ConfigurationError(f"one source column for {table.name}.{canonical}", found, "Keep one of them.")
    for key, canonical, text in _told_values(mapped):
        _check_value(f"`{table.name}.{key}` in {path.name}", table, canonical, text=text)
    for canonical, form in mapped.forms.items():
        check_form(table.column(canonical), form)


def _canonical_words(mapped: TableMapping) -> Iterator[tuple[str, str]]:
    """Every key that names a canonical column, with the name."""
    yield from ((f"columns.{source}", canonical) for source, canonical in mapped.columns.items())
    for key in ("constants", "values", "forms"):
        yield from ((f"{key}.{canonical}", canonical) for canonical in getattr(mapped, key))


def _told_values(mapped: TableMapping) -> Iterator[tuple[str, str, str]]:
    """Every canonical text that the mapping says, with its key and column."""
    yield from ((f"constants.{column}", column, text) for column, text in mapped.constants.items())
    for column, known in mapped.values.items():
        yield from ((f"values.{column}.{written}", column, text) for written, text in known.items())


def _check_value(place: str, table: Table, canonical: str, *, text: str) -> None:
    closed = table.column(canonical).values
    if closed and text and text not in closed:
        raise _unknown(f"one of {', '.join(closed)}", f"{text!r} for {place}", text, closed)


def _unknown(expected: str, found: str, word: str, known: Iterable[str]) -> ConfigurationError:
    near = get_close_matches(word.casefold(), list(known), n=1)
    meant = f" (is `{near[0]}` meant?)" if near else ""
    return ConfigurationError(expected, f"{found}{meant}", _NEXT)


def _text(value: Any) -> Any:
    """A constant as a source would write it; what is no single value is left for the check to refuse."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def check_tables(source: Source, mapping: SourceMapping) -> None:
    """Refuses a source that lacks a table of its mapping; it was opened with the mapping's `names`.

    Raises:
        SourceRefusedError: with the name under which the table was looked for.
    """
    absent = [table for table in mapping.tables if table not in source.tables()]
    if absent:
        wanted = mapping.of(absent[0]).written_as or absent[0]
        raise SourceRefusedError(
            f"`{wanted}` for {absent[0]}, as {mapping.path} says",
            f"none in {source.name}",
            "Mend `from` in the mapping, or take the table out of it.",
        )


def apply_mapping(raw: Raw, mapped: TableMapping) -> Raw:
    """The same rows with canonical names, constants, values and forms.

    Raises:
        SourceRefusedError: a column that the mapping names is not in the header.
    """
    if not raw.header:
        return raw
    # An export of rejected rows lacks what was dropped when they came.
    beside = () if is_correction(raw.header) else (*mapped.keep, *mapped.drop)
    for written in (*mapped.columns, *beside):
        _check_written(raw, mapped, written)
    names = {canonical: raw.header.index(written) for written, canonical in mapped.columns.items()}
    values = {column: {_cut(text): means for text, means in known.items()} for column, known in mapped.values.items()}
    return replace(raw, names=names, constants=dict(mapped.constants), values=values, forms=_forms(raw, mapped))


def _forms(raw: Raw, mapped: TableMapping) -> dict[str, str]:
    """The forms that the mapping says; where it says only a zone, the table's own form goes with it."""
    forms = dict(raw.forms)
    for column, written in mapped.forms.items():
        form, zone = parted_form(TABLES[raw.table].column(column).kind, written)
        forms[column] = f"{form or forms.get(column, '')} {zone}".strip()
    return forms


def _cut(text: str) -> str:
    return text if text == ANY_OTHER else text.strip()


def _check_written(raw: Raw, mapped: TableMapping, written: str) -> None:
    if written in raw.header:
        return
    folded = {name.casefold().strip(): name for name in raw.header}
    near = get_close_matches(written.casefold().strip(), folded, n=1)
    meant = f" (is `{folded[near[0]]}` meant?)" if near else ""
    place = mapped.written_as or raw.table
    raise SourceRefusedError(
        f"the column `{written}` in {place}, as the mapping says", f"{', '.join(raw.header)}{meant}", _NEXT
    )
