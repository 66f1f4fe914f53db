"""Items that are told when they are published, so that reading them is copying text.

Such a body is the item as it is answered in the debtor's own language, and behind it, as the last member, what a reader
needs to tell it in another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from recobro_data.store.answers import Teller, told
from recobro_data.store.fields import ITEM_FIELDS
from recobro_data.store.packing import json_text
from recobro_data.vocabulary import LANGUAGES

_BEHIND: Final = "_behind"
#: An item of another version's fields does not match it, and is told anew.
_MARK: Final = f',"{_BEHIND}":{{"n_fields":{len(ITEM_FIELDS)},"language":"'.encode()


def pack_item(item: Mapping[str, Any], tell: Teller) -> str:
    """The item as stored text that `ready_answer` can cut.

    Raises:
        UsageError: a value that JSON can not carry, such as NaN.
    """
    numbers = [reason.get("numbers") for reason in item.get("reasons") or []]
    # The reasons of one explanation all carry the same numbers.
    unlike = [one for place, one in enumerate(numbers) if one not in numbers[:place]]
    behind = {
        "n_fields": len(ITEM_FIELDS),
        "language": item.get("language") or LANGUAGES[0],
        "numbers": unlike,
        "numbers_of": [unlike.index(one) for one in numbers],
        "more": {name: value for name, value in item.items() if name not in ITEM_FIELDS and name != "language"},
    }
    return json_text({**told(item, tell), _BEHIND: behind})


def unpack_row(body: str | bytes) -> dict[str, Any]:
    """The row of a stored body, whether it was told or not; of a told one each reason has its `text` too."""
    row: dict[str, Any] = json.loads(body)
    behind = row.pop(_BEHIND, None)
    if behind is None:
        return row
    numbers = [behind["numbers"][place] for place in behind["numbers_of"]]
    reasons = [reason | {"numbers": own} for reason, own in zip(row["reasons"], numbers, strict=True)]
    return {**row, "reasons": reasons, "language": behind["language"], **behind["more"]}


def ready_answer(body: bytes, language: str | None) -> bytes | None:
    """The JSON of a stored item as it is answered in a language (None: the debtor's own), in UTF-8 as it is stored.

    None where it has to be told first: it is in another language, or was not told when it was published.
    """
    # Quotes inside a value are escaped, so the mark is found nowhere but at the member itself.
    end = body.rfind(_MARK)
    if end < 0 or (language is not None and not body.startswith(f'{language}"'.encode(), end + len(_MARK))):
        return None
    return body[:end] + b"}"


def told_answer(body: bytes) -> tuple[bytes, str] | None:
    """The JSON of a stored item in the debtor's own language, and which that is; None where it has to be told first."""
    end = body.rfind(_MARK)
    if end < 0:
        return None
    language, _, _ = body[end + len(_MARK) :].partition(b'"')
    return body[:end] + b"}", language.decode()
