"""What the rows of the dirty portfolio are made of: a sound row of each table, and kinds that differ from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from recobro_data.tables import TABLES

#: A sound row of each table: what a kind does not say is as here, its key apart.
SOUND: Mapping[str, Mapping[str, str]] = {
    "debtors": {"debtor_id": "d1", "country": "PE"},
    "contact_points": {"debtor_id": "d1", "channel": "call"},
    "charges": {"charge_id": "c1", "debtor_id": "d1", "due_on": "2026-01-31", "amount": "100"},
    "payments": {"payment_id": "p1", "charge_id": "c1", "paid_on": "2026-01-30", "amount": "10"},
    "contact_attempts": {
        **{"attempt_id": "t1", "debtor_id": "d1", "channel": "call", "outcome": "no_answer"},
        **{"attempted_at": "2026-01-05T10:00:00-05:00"},
    },
    "promises": {
        **{"promise_id": "r1", "debtor_id": "d1", "made_at": "2026-01-05T10:00:00-05:00"},
        **{"due_on": "2026-01-20", "amount": "50"},
    },
    "disputes": {"dispute_id": "s1", "charge_id": "c1", "opened_on": "2026-01-05"},
}


@dataclass(frozen=True)
class Kind:
    """One row and what must become of it: `rule` and `column` catch it, or it is loaded (`rule` empty)."""

    name: str
    table: str
    row: Mapping[str, str]
    rule: str = ""
    column: str = ""
    line: bytes | None = None

    @property
    def fields(self) -> list[str]:
        """Its values in the written order of the columns."""
        return [self.row.get(column, "") for column in TABLES[self.table].names]

    @property
    def written(self) -> bytes:
        """The row as the file has it; `line` where it is no CSV that a writer would write."""
        return self.line if self.line is not None else csv_line(self.fields)

    @property
    def value(self) -> str | None:
        """What the quarantine must show as found."""
        given = [self.row.get(column, "") for column in self.column.split(", ")]
        return ", ".join(value for value in given if value) or (None if len(given) > 1 else "")


def csv_line(fields: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue().encode()


_NUMBERS = count(1)


def _row(table: str, values: Mapping[str, str]) -> dict[str, str]:
    """A sound row under a key of its own, with these values in it."""
    key = TABLES[table].key
    own = {key[0]: f"{table}-{next(_NUMBERS)}"} if len(key) == 1 else {}
    return {**SOUND[table], **own, **values}


def bad(table: str, name: str, rule: str, column: str, /, **values: str) -> Kind:
    return Kind(f"{table}: {name}", table, _row(table, values), rule, column)


def torn(table: str, name: str, line: bytes) -> Kind:
    """A line that is no row of this table's header."""
    return Kind(f"{table}: {name}", table, {}, "fields", "", line + b"\n")


def valid(table: str, name: str, /, **values: str) -> Kind:
    return Kind(f"{table}: {name}", table, _row(table, values))
