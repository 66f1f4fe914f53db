"""What a plan was made from, kept beside it: enough to make it again, and sealed by the plan's id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from recobro_data.errors import NotKeptError
from recobro_data.store.packing import instant_text
from recobro_data.store.schema import INPUT_FILES, PLAN_INPUTS


@dataclass(frozen=True, kw_only=True)
class PlanInputs:
    """What a plan was made from.

    | field | meaning |
    |---|---|
    | document | what the plan's id seals: `as_of`, `data`, `rules`, `policy`, `models` (label and digests), `settings`, `files` (SHA-256 by name) and recobro's version |
    | recorded_at | the instant at which the lake can be read again as it was (aware) |
    | made_with | versions of Python and the libraries, to tell why bytes may differ elsewhere |
    | files | the texts that `document` names |
    """  # noqa: E501

    document: Mapping[str, Any]
    recorded_at: datetime
    made_with: Mapping[str, str]
    files: Mapping[str, str]


def digest_of(text: str) -> str:
    """The SHA-256 of a file's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document, however its keys are ordered."""
    return digest_of(json.dumps(document, sort_keys=True))


def insert_inputs(connection: Connection, seq: int, inputs: PlanInputs) -> None:
    """Keeps what plan `seq` was made from; a file that another plan was made from too is kept once."""
    files = {digest_of(text): text for text in inputs.files.values()}
    known = set(connection.execute(select(INPUT_FILES.c.sha256).where(INPUT_FILES.c.sha256.in_(files))).scalars())
    fresh = [{"sha256": digest, "content": text} for digest, text in files.items() if digest not in known]
    if fresh:
        connection.execute(insert(INPUT_FILES), fresh)
    connection.execute(
        insert(PLAN_INPUTS).values(
            plan_seq=seq, document=json.dumps(inputs.document, sort_keys=True),
            recorded_at=instant_text(inputs.recorded_at), made_with=json.dumps(inputs.made_with, sort_keys=True),
        )
    )  # fmt: skip


def load_inputs(connection: Connection, seq: int) -> PlanInputs:
    """What plan `seq` was made from, with those files that are there and are what they were.

    Raises:
        NotKeptError: nothing was kept for that plan.
    """
    row = connection.execute(select(PLAN_INPUTS).where(PLAN_INPUTS.c.plan_seq == seq)).mappings().first()
    if row is None:
        next_step = "Plans that are published from now on can be made again."
        raise NotKeptError("what the plan was made from", "nothing kept for it", next_step)
    document = json.loads(row["document"])
    query = select(INPUT_FILES.c.sha256, INPUT_FILES.c.content).where(
        INPUT_FILES.c.sha256.in_(set(document["files"].values()))
    )
    kept = {digest: text for digest, text in connection.execute(query) if digest_of(text) == digest}
    return PlanInputs(
        document=document, recorded_at=datetime.fromisoformat(row["recorded_at"]),
        made_with=json.loads(row["made_with"]),
        files={name: kept[digest] for name, digest in document["files"].items() if digest in kept},
    )  # fmt: skip


def drop_unused_files(connection: Connection) -> None:
    """Removes files that no plan is made from any more."""
    documents: Iterable[str] = connection.execute(select(PLAN_INPUTS.c.document)).scalars()
    used = {digest for text in documents for digest in json.loads(text)["files"].values()}
    known = set(connection.execute(select(INPUT_FILES.c.sha256)).scalars())
    for digest in known - used:
        connection.execute(delete(INPUT_FILES).where(INPUT_FILES.c.sha256 == digest))
