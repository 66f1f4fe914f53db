"""A debtor taken out of what people read: quarantine files lose the rows, reports lose the id.

The id is found as a whole word; one that may be a plain count (`7`) only where it is all that is said.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.manifest import write_whole
from recobro_data.ingest.person import Person
from recobro_data.tables import TABLES

#: What stands where an id stood.
GONE: Final = "[forgotten]"
_TAG: Final = re.compile(r"(<[^>]*>)")


def remove_from_quarantine(folder: Path, person: Person) -> int:
    """Takes the debtor's rows out of every quarantine file; one that has no other row goes. Gives their number."""
    removed = 0
    for path in sorted(folder.glob("*.ndjson")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not _names(json.loads(line), person)]
        removed += len(lines) - len(kept)
        if len(kept) < len(lines):
            # It is made again from the file.
            (folder / "index" / f"{path.stem}.parquet").unlink(missing_ok=True)
            write_whole(path, "".join(kept))
        if not kept:
            path.unlink()
    return removed


def _names(rejected: dict[str, Any], person: Person) -> bool:
    """Whether a rejected row names the debtor, or a charge or account that is the debtor's alone."""
    ids = {"debtor_id": {person.debtor_id}, "charge_id": person.charges, "account_id": person.accounts}
    anywhere = {person.debtor_id} | person.charges | person.accounts
    declared = TABLES[rejected["table"]].names
    row = {column: str(value or "").strip(BLANKS) for column, value in rejected["row"].items()}
    if "_line" in row:
        return any(_word(one).search(row["_line"]) for one in anywhere)
    # A column that the mapping named otherwise may hold any of them; an amount or a date is never an id.
    return any(value in (ids.get(column, ()) if column in declared else anywhere) for column, value in row.items())


def remove_from_reports(folder: Path, debtor_id: str) -> int:
    """Replaces the id in every page and JSON file under a folder. Gives the number of files that held it."""
    found = 0
    for path in sorted(file for file in folder.rglob("*") if file.suffix in (".json", ".html") and file.is_file()):
        text = path.read_text(encoding="utf-8")
        clean = _clean_json(text, debtor_id) if path.suffix == ".json" else _clean_page(text, debtor_id)
        if clean != text:
            write_whole(path, clean)
            found += 1
    return found


def _clean_json(text: str, debtor_id: str) -> str:
    content = json.loads(text)
    clean = _clean_value(content, debtor_id)
    return text if clean == content else json.dumps(clean, indent=1, ensure_ascii=False)


def _clean_value(value: Any, debtor_id: str) -> Any:
    if isinstance(value, dict):
        return {_clean_text(str(key), debtor_id): _clean_value(one, debtor_id) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean_value(one, debtor_id) for one in value]
    return _clean_text(value, debtor_id) if isinstance(value, str) else value


def _clean_page(text: str, debtor_id: str) -> str:
    return "".join(_clean_nodes(text, debtor_id)) if html.escape(debtor_id) in text else text


def _clean_nodes(text: str, debtor_id: str) -> Iterator[str]:
    for place, node in enumerate(_TAG.split(text)):
        clean = _clean_text(html.unescape(node), debtor_id) if place % 2 == 0 else node
        yield html.escape(clean) if GONE in clean and place % 2 == 0 else node


def _clean_text(text: str, debtor_id: str) -> str:
    if debtor_id not in text:
        return text
    if debtor_id.isdigit() and len(debtor_id) < 4:
        return ", ".join(GONE if one.strip() == debtor_id else one for one in text.split(", "))
    return _word(debtor_id).sub(GONE, text)


def _word(one: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(one)}(?![\w-])")
