"""Reading a folder of rule files: text to checked entries, and the version that names their content."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import ValidationError

from recobro_data.contact_rules.calendars import check_calendar
from recobro_data.contact_rules.entry import Entry
from recobro_data.contact_rules.strictness import contradiction
from recobro_data.contact_rules.zones import check_zone, zones_of_country
from recobro_data.errors import RulesError
from recobro_data.lines import yaml_line

#: The rule files that recobro ships lie beside this module.
SHIPPED = Path(__file__).parent


_MEND: Final = "Mend the file."

if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:  # libyaml's reader is ten times faster and missing from some builds of PyYAML
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """YAML that refuses a key written twice: the last one would win in silence."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    found: dict[Hashable, Any] = {}
    for at, value in node.value:
        key = loader.construct_object(at, deep=True)
        if key in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", at.start_mark)
        found[key] = loader.construct_object(value, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_entries(folder: Path | None = None, *, holidays_version: str | None = None) -> dict[str, Entry]:
    """Every rule file of a folder by its id, checked one by one and against each other.

    Raises:
        RulesError: no file, no DEFAULT, a file that is not in the form, or a calendar that the library lacks.
    """
    folder = folder or SHIPPED
    entries = {path.stem: _read_entry(path) for path in sorted(folder.glob("*.yaml"))}
    if "DEFAULT" not in entries:
        raise RulesError("a DEFAULT.yaml among the contact rules", f"none in {folder}", "Name the folder that has it.")
    installed = holidays_version or metadata.version("holidays")
    for entry in entries.values():
        _check_family(entry, entries)
        check_calendar(entry, installed)
        for zone in entry.timezones:
            check_zone(zone)
    return entries


def rules_version(folder: Path | None = None) -> str:
    """`rules-` and 12 hexadecimal digits of every file's name and bytes."""
    digest = hashlib.sha256()
    for path in sorted((folder or SHIPPED).glob("*.yaml")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"rules-{digest.hexdigest()[:12]}"


def _read_entry(path: Path) -> Entry:
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        given = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        entry = Entry.model_validate(given if isinstance(given, Mapping) else {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RulesError("a rule file in YAML", f"{path.name} line {line}: {error.problem}", _MEND) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulesError("a rule file in YAML", f"{path.name}: {error}", _MEND) from error
    except ValidationError as error:
        raise _out_of_form(path, text, error) from error
    if entry.id != path.stem:
        raise RulesError("a rule file named after its id", f"{path.name} with id {entry.id}", "Rename the file.")
    entry.note_line("holds_until", yaml_line(text, ("holds_until",)))
    _check_caps(entry, path, text)
    return entry


def _out_of_form(path: Path, text: str, error: ValidationError) -> RulesError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    line = yaml_line(text, first["loc"], first["msg"])
    found = f"in {path.name} line {line} at {place}: {first['msg']}"
    return RulesError("a rule file in the form of docs/contact-rules.md", found, _MEND)


def _check_caps(entry: Entry, path: Path, text: str) -> None:
    slip = contradiction(entry.limits)
    if slip:
        limit, beside = slip
        line = yaml_line(text, ("limits", entry.limits.index(limit)))
        found = f"in {path.name} line {line} {limit.id} (at most {limit.max}), which {beside.id} never lets happen"
        raise RulesError("caps that can all be reached", found, _MEND)


def _check_family(entry: Entry, entries: Mapping[str, Entry]) -> None:
    if entry.parent is not None and entry.parent not in entries:
        found = f"{entry.id} under {entry.parent}, which has no file"
        raise RulesError("a parent among the rule files", found, f"Add {entry.parent}.yaml.")
    if entry.parent is None and entry.id != "DEFAULT" and (entry.country != entry.id or not zones_of_country(entry.id)):
        found = f"{entry.id} with country {entry.country}"
        raise RulesError("a country's file with its own ISO 3166-1 code", found, f"Mend {entry.id}.yaml.")
