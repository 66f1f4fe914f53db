"""A portfolio with a row of every kind of fault, each with the rule that must catch it, among odd but valid rows.

Synthetic and the same each time. Tests write it to a folder and load it; each `Kind` knows its table, values and rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.unit.bad_rows import BAD
from tests.unit.odd_rows import VALID
from tests.unit.row_kinds import SOUND, Kind, csv_line

from recobro_data.tables import TABLES

#: In this order in each file: of rows with one key the last stands.
KINDS = [*(Kind(f"{table}: sound", table, row) for table, row in SOUND.items()), *BAD, *VALID]


@dataclass(frozen=True)
class Dirty:
    """A dirty portfolio on disk: `lines` has the line on which each kind's row starts, by the kind's name."""

    folder: Path
    lines: Mapping[str, int]


def write_portfolio(folder: Path) -> Dirty:
    """Writes every kind, bad and valid, as the CSV files of one source."""
    folder.mkdir(parents=True)
    lines = {}
    for table in TABLES:
        content, line = csv_line(TABLES[table].names), 2
        for kind in (kind for kind in KINDS if kind.table == table):
            lines[kind.name] = line
            content, line = content + kind.written, line + kind.written.count(b"\n")
        (folder / f"{table}.csv").write_bytes(content)
    return Dirty(folder, lines)
