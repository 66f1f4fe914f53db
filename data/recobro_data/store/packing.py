"""How a row becomes a stored body and comes back: JSON text for items, compressed JSON for scores."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from recobro_data.errors import UsageError


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
    return zlib.compress(pack_json(payload).encode(), level=1)


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
