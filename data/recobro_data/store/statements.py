"""What two statements of the same row come to: a row may become fuller or stricter through events, never another.

The joining of rows is commutative, associative and idempotent, so that in whatever order statements come, late or
twice, the same is known in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Move = Literal["once", "up", "down", "outcome"]

#: Which columns an event may move, and how: `once` from no value to one, `up` from false to true, `down` from true to
#: false, `outcome` along `_FOLLOWS`. Every other column of a key stays as it was first told.
MOVES: Final[Mapping[str, Mapping[str, Move]]] = MappingProxyType(
    {
        "debtors": {"do_not_contact": "up", "do_not_contact_reason": "once"},
        "contact_points": {"valid": "down", "opted_out": "up", "prefer_from": "once", "prefer_to": "once"},
        "charges": {"cancelled_on": "once", "product": "once"},
        "payments": {"reversed_on": "once", "method": "once"},
        "contact_attempts": {
            **{"outcome": "outcome", "agent_id": "once", "cost": "once"},
            **{"policy": "once", "propensity": "once"},
        },
        "promises": {},
        "disputes": {"closed_on": "once"},
    }
)

_ANSWERED: Final = frozenset({"promise", "refusal", "opt_out"})
#: What a message that was delivered, or a call that got through, may turn out to be.
_FOLLOWS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "delivered": frozenset({"read", "replied", *_ANSWERED}),
        "read": frozenset({"replied", *_ANSWERED}),
        "replied": _ANSWERED,
        "right_party": _ANSWERED,
    }
)


@dataclass(frozen=True)
class Joined:
    """What is known of a row after another statement, and whether it is news; `differs`: the column of a conflict."""

    row: Row
    is_news: bool
    differs: str | None = None


def join_rows(table: str, known: Row, told: Row, given: Collection[str]) -> Joined:
    """What is known of a row once `told` is told of it; columns outside `given` were left open by who told it.

    Example:
        >>> known = {"dispute_id": "x1", "charge_id": "c1", "opened_on": "2026-03-01", "closed_on": None}
        >>> join_rows("disputes", known, {**known, "closed_on": "2026-03-09"}, known).row["closed_on"]
        '2026-03-09'
        >>> join_rows("disputes", known, {**known, "charge_id": "c2"}, known).differs
        'charge_id'
    """
    moves, row = MOVES[table], dict(known)
    for column in told:
        if column in given and told[column] is not None and told[column] != row.get(column):
            moved, value = _moved(moves.get(column), row.get(column), told[column])
            if not moved:
                return Joined(known, False, column)
            row[column] = value
    return Joined(row, row != known)


def merge_rows(table: str, known: Row, told: Row) -> tuple[Row, int]:
    """What is known of a row once `told` moved what may move; and in how many columns it differs where none may."""
    moves, row, n_differing = MOVES[table], {name: known[name] for name in told}, 0
    for column, value in told.items():
        if value is not None and value != row[column]:
            can_be, row[column] = _moved(moves.get(column), row[column], value)
            n_differing += not can_be
    return row, n_differing


def _moved(move: Move | None, known: Any, told: Any) -> tuple[bool, Any]:
    """Whether two different values can both be said of a column, and which one holds then."""
    if move == "up" or move == "down":
        return True, move == "up"
    if move == "once":
        return known is None, known or told
    if move == "outcome":
        if told in _FOLLOWS.get(known, ()):
            return True, told
        return known in _FOLLOWS.get(told, ()), known
    return False, known
