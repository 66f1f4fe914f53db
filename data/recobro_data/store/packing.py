"""How a row becomes a stored body and comes back: JSON text for items, compressed JSON for scores."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from pydantic_core import to_json

from recobro_data.errors import UsageError

#: Stands where a table goes.
_GAP: Final = "\x00p_reach"
_GAP_TEXT: Final = json.dumps(_GAP)
#: What lists of plain numbers are written with.
_PLAIN: Final = b"-.,[]0123456789"


def pack_json(row: Mapping[str, Any]) -> str:
    """The row as JSON text, without its empty fields; dates and numpy's numbers become plain.

    Raises:
        UsageError: a value that JSON can not carry, such as NaN.
    """
    return json_text({name: value for name, value in row.items() if value is not None})


def json_text(row: Mapping[str, Any]) -> str:
    """The row as JSON text with its empty fields; dates and numpy's numbers become plain.

    Raises:
        UsageError: a value that JSON can not carry, such as NaN.
    """
    try:
        return json.dumps(row, default=_plain, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise UsageError("a row of plain JSON values", str(error), "Mend the plan before publishing it.") from error


def pack_scores(payload: Mapping[str, Any]) -> bytes:
    """A debtor's scores, compressed: curves and hourly tables repeat themselves.

    Raises:
        UsageError: a value that JSON can not carry.
    """
    # Level 1 halves the time of a publication for a few per cent of size.
    return zlib.compress(_scores_text(payload).encode(), level=1)


def _scores_text(payload: Mapping[str, Any]) -> str:
    """`pack_json` of the payload; the long tables of `p_reach` are written apart, by a quicker writer."""
    contact = payload.get("contact") or {}
    channels = {name: own for name, own in (contact.get("channels") or {}).items() if "p_reach" in own}
    tables = [_table_text(own["p_reach"]) for own in channels.values()]
    hollow = {**contact.get("channels", {}), **{name: {**own, "p_reach": _GAP} for name, own in channels.items()}}
    parts = pack_json({**payload, "contact": {**contact, "channels": hollow}}).split(_GAP_TEXT) if channels else []
    if len(parts) != len(tables) + 1 or None in tables:
        return pack_json(payload)
    return "".join(one for pair in zip(parts, [*tables, ""], strict=True) for one in pair if one)


def _table_text(rows: Any) -> str | None:
    """Rows of numbers as `json_text` writes them; None where the quicker writer may write one otherwise."""
    text = to_json(rows, serialize_unknown=True)
    # Python writes 1e-05 and 1e+16 where others write 0.00001 and 1e16.
    is_same = b"0.0000" not in text and not text.translate(None, _PLAIN)
    return text.decode() if is_same else None


def unpack_scores(body: bytes) -> dict[str, Any]:
    """The payload that `pack_scores` was given."""
    payload: dict[str, Any] = json.loads(zlib.decompress(body))
    return payload


def instant_text(instant: datetime) -> str:
    """An aware instant as ISO text in UTC, in a form that sorts as time does."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r}")
