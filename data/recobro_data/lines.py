"""On which line of a file a piece of it stands, so that an error can say where to mend it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

Path = Sequence[str | int]


def yaml_line(text: str, path: Path, said: str = "") -> int:
    """The line of the deepest node that a path names; without a path, the first that holds a word `said` quotes."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for part in path:
        key, node = _step(node, part)
        if node is None:
            break
        line = (key or node).start_mark.line
    return line + 1 if path else _line_of_quoted(text, said) or line + 1


def _step(node: Any, part: str | int) -> tuple[Any, Any]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None, None


def _line_of_quoted(text: str, said: str) -> int | None:
    """The first line that holds one of the words in quotes."""
    words = re.findall(r"'([^']+)'", said)
    found = (number for word in words for number, line in enumerate(text.splitlines(), 1) if word in line)
    return next(found, None)


def toml_line(text: str, path: Path) -> int:
    """The line of the table or key that agrees with most of a path.

    Example:
        >>> toml_line('[a]\\nb = 1\\n[[a.c]]\\nd = 2\\n[[a.c]]\\nd = 3\\n', ("a", "c", 1, "d"))
        6
    """
    named = list(_named(text))
    depth = [len(list(takewhile(lambda pair: pair[0] == pair[1], zip(own, path, strict=False)))) for _, own in named]
    whole = [(deep, line) for deep, (line, own) in zip(depth, named, strict=True) if deep == len(own)]
    return max(whole, key=lambda pair: (pair[0], -pair[1]), default=(0, 1))[1]


def _named(text: str) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    """Each line that names a table or a key, with its whole path; the tables of an array are numbered from 0."""
    table: tuple[str | int, ...] = ()
    seen: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[(\[?)(.+?)\]?\]\s*(#.*)?$", line)
        if header:
            table = _keys(f"[{header[2]}]")
            if header[1]:
                seen[table] = seen.get(table, -1) + 1
                table = (*table, seen[table])
            yield number, table
        elif key := re.match(r"\s*([^=#]+?)\s*=", line):
            yield number, (*table, *_keys(f"{key[1]} = 1"))


def _keys(toml: str) -> tuple[str, ...]:
    """The keys of a table or value, one inside the other; none of what is no TOML by itself."""
    try:
        tree: Any = tomllib.loads(toml)
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(tree, dict) and tree:
        key, tree = next(iter(tree.items()))
        keys.append(key)
    return tuple(keys)
