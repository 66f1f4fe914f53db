"""Worklist rows in the shapes that diallers import.

recobro knows no telephone number: the columns for it are there and empty, and whoever imports joins numbers by the id.
What comes back names the item (`source_id`, `item_id`), so that an outcome finds its decision.

Sources: VICIdial's non-agent API, `add_lead`; Genesys Cloud's limits of contact lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from recobro_data.store.exports import Rows, csv_chunks, safe_cell

#: VICIdial: longest ids and comment, and the range of priorities in the hopper.
_LEAD_ID, _COMMENT, _PRIORITY = 20, 255, 99
#: Genesys Cloud: characters of a cell, and contacts of a list.
_CELL, _CONTACTS = 512, 1_000_000

VICIDIAL_FIELDS: Final = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "rank", "owner", "comments",
    "hopper_priority", "call_from", "call_until", "portfolio_id", "currency", "amount_to_collect", "days_past_due",
)  # fmt: skip
GENESYS_FIELDS: Final = (
    "item_id", "debtor_id", "phone", "channel", "rank", "priority", "callable_from", "callable_until", "utc_offset",
    "portfolio_id", "stage", "currency", "amount_to_collect", "balance_due", "days_past_due", "risk_band", "p_reach",
    "expected_value", "reason", "message", "promise_on", "agent_id",
)  # fmt: skip


def vicidial_chunks(rows: Rows, n_items: int) -> Iterator[bytes]:
    """CSV with a header named as VICIdial's fields, one lead an item; `n_items`: how many ranks the plan has.

    `vendor_lead_code` is the debtor's id where its 20 characters take it, else the item's; `source_id` is the item's.
    """
    return csv_chunks((_lead(row, n_items) for row in rows), VICIDIAL_FIELDS)


def genesys_chunks(rows: Rows, n_items: int) -> Iterator[bytes]:
    """CSV of a contact list: at most a million contacts, the first by rank, and no cell longer than 512 characters."""
    return csv_chunks((_contact(row, n_items) for row in islice(rows, _CONTACTS)), GENESYS_FIELDS)


#: How an item is written, by format.
DIALLER_CHUNKS: Final[Mapping[str, Callable[[Rows, int], Iterator[bytes]]]] = {
    "vicidial": vicidial_chunks,
    "genesys": genesys_chunks,
}


def priority_of(rank: int, n_items: int) -> int:
    """From 99 for rank 1 to -99 for the last one, in even steps.

    Example:
        >>> [priority_of(rank, 3) for rank in (1, 2, 3)]
        [99, 0, -99]
    """
    return _PRIORITY - 2 * _PRIORITY * (rank - 1) // max(n_items - 1, 1)


def _lead(row: Mapping[str, Any], n_items: int) -> dict[str, Any]:
    debtor_id = str(row["debtor_id"])
    return {
        "vendor_lead_code": debtor_id if len(safe_cell(debtor_id)) <= _LEAD_ID else row["item_id"],
        "source_id": row["item_id"], "list_id": None, "phone_code": None, "phone_number": None, "rank": row["rank"],
        "owner": _cut(row.get("agent_id"), _LEAD_ID), "comments": _cut(_first_reason(row), _COMMENT),
        "hopper_priority": priority_of(row["rank"], n_items),
        "call_from": row["window_start"], "call_until": row["window_end"],
        **{name: row[name] for name in ("portfolio_id", "currency", "amount_to_collect", "days_past_due")},
    }  # fmt: skip


def _contact(row: Mapping[str, Any], n_items: int) -> dict[str, Any]:
    written = {
        "phone": None, "priority": priority_of(row["rank"], n_items), "callable_from": row["window_start"],
        "callable_until": row["window_end"], "utc_offset": f"UTC{row['window_start'][-6:]}",
        "reason": _first_reason(row),
    }  # fmt: skip
    contact = {name: written[name] if name in written else row.get(name) for name in GENESYS_FIELDS}
    # An apostrophe may be put in front of a cell.
    return {name: _cut(value, _CELL - 1) for name, value in contact.items()}


def _first_reason(row: Mapping[str, Any]) -> str | None:
    reasons: Sequence[Mapping[str, Any]] = row.get("reasons") or ()
    return str(reasons[0]["text"]) if reasons else None


def _cut(value: Any, length: int) -> Any:
    return value[:length] if isinstance(value, str) else value
