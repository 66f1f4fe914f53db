"""YAML that knows on which line each value stands, so that an error can name it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from recobro_data.errors import ConfigurationError

Path = tuple[Hashable, ...]

_FORM = "a strategy file in the form of docs/strategies.md"
_MEND = "Mend the file; `recobro strategy check FILE` reads it."


@dataclass(frozen=True)
class Located:
    """A document and the line (from 1) of every key and entry by its path."""

    name: str
    data: Any
    lines: Mapping[Path, int]

    def error(self, path: Path, found: str) -> ConfigurationError:
        """What is wrong at a path, with file and line."""
        known = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.lines)
        return ConfigurationError(_FORM, f"in {self.name}, line {self.lines[known]}: {found}", _MEND)

    def explain(self, error: ValidationError) -> ConfigurationError:
        """The first thing that the form refuses."""
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        given = first["input"] if isinstance(first["input"], str | int | float) else None
        unknown = first["type"] == "extra_forbidden"
        found = f"the unknown key `{where}`" if unknown else f"`{where}`: {said}{_shown(given)}"
        return self.error(first["loc"], found)


def _shown(given: object) -> str:
    return "" if given is None else f", not {given!r}"


def read_located(text: str, name: str) -> Located:
    """Read a YAML document.

    Raises:
        ConfigurationError: no YAML, or a key that stands twice; it names file and line.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        lines = dict(_lines(root, ())) if root is not None else {}
        data = loader.construct_document(root) if root is not None else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(_FORM, f"in {name}, line {line}: {error.problem}", _MEND) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(_FORM, f"in {name}: {error}", _MEND) from error
    return Located(name, data, {**lines, (): 1})


def _lines(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise yaml.composer.ComposerError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield (*path, place), value.start_mark.line + 1
            yield from _lines(value, (*path, place))
