"""A debtor taken out of what people read: quarantine files lose the rows, reports lose the id.

The id is found as a whole word; one that may be a plain count (`7`) only where it is all that is said.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.manifest import write_whole
from recobro_data.ingest.person import Person
from recobro_data.settings import Settings
from recobro_data.tables import TABLES

#: What stands where an id stood.
GONE: Final = "[forgotten]"
#: A number of fewer digits is more often a count than an id.
_SHORTEST: Final = 4
_TAG: Final = re.compile(r"(<[^>]*>)")


def remove_cut_off(settings: Settings, cut_off: Collection[str]) -> None:
    """Removes what loads that were killed left for people to read: it may name anybody, and nobody was told of it."""
    for load_id in cut_off:
        shutil.rmtree(settings.reports_dir / load_id, ignore_errors=True)
        for file in settings.quarantine_dir.rglob(f"{load_id}.*"):
            file.unlink()
    for folder in (settings.quarantine_dir, settings.reports_dir, settings.runs_dir):
        for left in (*folder.rglob("*.new"), *folder.rglob("*.part")):
            left.unlink()


def remove_from_quarantine(folder: Path, person: Person) -> int:
    """Takes the debtor's rows out of every quarantine file; one that has no other row goes. Gives their number."""
    removed = 0
    for path in sorted(folder.glob("*.ndjson")):
        # A value may hold what other tools take for the end of a line.
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        kept = [line for line in lines if not _names(json.loads(line), person)]
        removed += len(lines) - len(kept)
        if len(kept) < len(lines):
            # It is made again from the file.
            (folder / "index" / f"{path.stem}.parquet").unlink(missing_ok=True)
            write_whole(path, "".join(f"{line}\n" for line in kept))
        if not kept:
            path.unlink()
    return removed


def _names(rejected: dict[str, Any], person: Person) -> bool:
    """Whether a rejected row names the debtor, or a charge or account that is the debtor's alone."""
    ids = {"debtor_id": {person.debtor_id}, "charge_id": person.charges, "account_id": person.accounts}
    ids["payment_id"] = person.payments
    declared = TABLES[rejected["table"]].names
    row = {column: str(value or "").strip(BLANKS) for column, value in rejected["row"].items()}
    if "_line" in row:
        return any(_word(one).search(row["_line"]) for one in person.ids)
    # A column that the mapping named otherwise may hold any of them; an amount or a date is never an id.
    return any(value in (ids.get(column, ()) if column in declared else person.ids) for column, value in row.items())


def remove_from_reports(folder: Path, person: Person) -> int:
    """Replaces the ids in every page and JSON file under a folder. Gives the number of files that held one."""
    found = 0
    for path in sorted(file for file in folder.rglob("*") if file.suffix in (".json", ".html") and file.is_file()):
        text = path.read_text(encoding="utf-8")
        clean = _clean_json(text, person.ids) if path.suffix == ".json" else _clean_page(text, person.ids)
        if clean != text:
            write_whole(path, clean)
            found += 1
    return found


def _clean_json(text: str, ids: Collection[str]) -> str:
    content = json.loads(text)
    clean = _clean_value(content, ids)
    return text if clean == content else json.dumps(clean, indent=1, ensure_ascii=False)


def _clean_value(value: Any, ids: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {_clean_text(str(key), ids): _clean_value(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean_value(one, ids) for one in value]
    return _clean_text(value, ids) if isinstance(value, str) else value


def _clean_page(text: str, ids: Collection[str]) -> str:
    return "".join(_clean_nodes(text, ids)) if any(html.escape(one) in text for one in ids) else text


def _clean_nodes(text: str, ids: Collection[str]) -> Iterator[str]:
    for place, node in enumerate(_TAG.split(text)):
        clean = _clean_text(html.unescape(node), ids) if place % 2 == 0 else node
        yield html.escape(clean) if GONE in clean and place % 2 == 0 else node


def _clean_text(text: str, ids: Collection[str]) -> str:
    for one in ids:
        if one not in text:
            continue
        if one.isdigit() and len(one) < _SHORTEST:
            text = ", ".join(GONE if part.strip() == one else part for part in text.split(", "))
        else:
            text = _word(one).sub(GONE, text)
    return text


def _word(one: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(one)}(?![\w-])")
