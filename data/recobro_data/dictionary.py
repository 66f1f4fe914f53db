"""The data dictionary, generated from the declarations: `python -m recobro_data.dictionary > data/dictionary.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from recobro_data.ingest import sql
from recobro_data.row_rules import Rule, table_rules
from recobro_data.tables import TABLES, Column, Kind, Table

_TYPES: Final[dict[Kind, str]] = {
    "string": "text",
    "bool": "true or false",
    "date": "date, `YYYY-MM-DD`",
    "timestamp": "timestamp with an offset, kept in UTC",
    "time": "local time, `HH:MM`",
    "money": "amount in major units, two decimals",
    "ratio": "number",
    "country": "ISO 3166-1 alpha-2",
    "currency": "ISO 4217",
    "timezone": "IANA time zone",
}

_HEAD: Final = """# Data dictionary

Generated from the declarations in `recobro_data/tables.py` by `python -m recobro_data.dictionary`; a test holds the two
equal. Columns marked (*) are required. Blanks at both ends of a value are cut off and an empty value is an absent one.
A row that breaks a rule goes to quarantine; the first rule it breaks, in the order below, is the one that is named.
"""


def build_dictionary() -> str:
    """The whole dictionary as Markdown.

    Example:
        >>> build_dictionary().splitlines()[0]
        '# Data dictionary'
    """
    return "\n".join([_HEAD, *(line for table in TABLES.values() for line in _table(table))])


def _table(table: Table) -> Iterator[str]:
    needed = "Required in every source." if table.required else "Optional."
    yield f"## {table.name}\n\nOne row: {table.grain}. Key: `{', '.join(table.key)}`. {needed}\n"
    yield "| column | type | absent means | meaning |\n|---|---|---|---|"
    yield from (_column(column) for column in table.columns)
    if "debtor_id" not in table.names:
        yield "\nIn the lake each row also has the `debtor_id` that follows from its charge or account."
    yield "\n| rule | column | a row is rejected unless |\n|---|---|---|"
    yield from (_rule(rule) for rule in table_rules(table))
    yield ""


def _column(column: Column) -> str:
    mark = " (*)" if column.required else ""
    absent = "rejected" if column.required else (column.default or "")
    return f"| `{column.name}`{mark} | {_kind(column)} | {absent} | {column.meaning} |"


def _kind(column: Column) -> str:
    words = ", ".join(f"`{value}`" for value in column.values) or _TYPES[column.kind]
    limits = ((column.above, "above"), (column.at_least, "at least"), (column.at_most, "at most"))
    words += "".join(f", {word} {limit:g}" for limit, word in limits if limit is not None)
    return words + (f"; a `{'.'.join(sql.referred(column))}`" if column.references else "")


_OWN: Final = {
    "fields": "the line has one field for each column of the header, closes its quotes and is UTF-8",
    "duplicate_key": "no later row of the source has this key with other values",
}


def _rule(rule: Rule) -> str:
    columns = ", ".join(f"`{column}`" for column in rule.columns)
    return f"| {rule.name} | {columns} | {_OWN.get(rule.name, rule.message)} |"


if __name__ == "__main__":
    sys.stdout.write(build_dictionary())
