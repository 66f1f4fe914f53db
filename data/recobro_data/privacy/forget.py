"""Forgetting a debtor: out of the lake and its history, raw copies, quarantine, reports and the store, for good.

The manifest without the debtor comes last and in one step: until it is there the debtor is not forgotten, and whatever
was killed before is finished by forgetting again. Models hold no rows and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recobro_data.errors import UnknownDebtorError
from recobro_data.ingest.leftovers import RAW
from recobro_data.ingest.manifest import Manifest
from recobro_data.ingest.merge import Generation
from recobro_data.ingest.person import find_person
from recobro_data.ingest.raw_removal import remove_from_raw
from recobro_data.ingest.removal import remove_from_lake
from recobro_data.ingest.workbench import Bench, open_workbench
from recobro_data.privacy.pseudonyms import load_pseudonyms
from recobro_data.privacy.redaction import remove_from_quarantine, remove_from_reports
from recobro_data.settings import Settings
from recobro_data.store.forgetting import remove_from_store


@dataclass(frozen=True)
class ForgottenDebtor:
    """What forgetting took away: rows a table of the lake, of `history`, `raw`, `quarantine` and `store`.

    `reports` counts files. `was_forgotten` says that a tombstone stood there before.
    """

    debtor_id: str
    removed: Mapping[str, int]
    was_forgotten: bool

    def to_json(self) -> dict[str, Any]:
        """The object that `recobro forget --json` prints."""
        return {"debtor_id": self.debtor_id, "removed": dict(self.removed), "forgotten_before": self.was_forgotten}


def forget_debtor(
    debtor_id: str, settings: Settings, *, say: Callable[[str], None] = lambda _: None
) -> ForgottenDebtor:
    """Removes a debtor from everything in the workspace and leaves a tombstone, so that no load brings the debtor back.

    The caller holds the workspace's lock. Forgetting again is done at once, and removes what may have come since. Where
    ids are pseudonyms, `debtor_id` may be the pseudonym or the id it stands for.

    Raises:
        UnknownDebtorError: nothing in the workspace names the debtor, and nobody forgot the debtor before.
        RecobroError: the workspace can not be written, or the store is read without a pause.
    """
    try:
        return _forget(debtor_id, settings, say)
    except UnknownDebtorError:
        pseudonyms = load_pseudonyms(settings)
        if pseudonyms is None or "debtor_id" not in pseudonyms.columns:
            raise
        return _forget(pseudonyms.of(debtor_id), settings, say)


def _forget(debtor_id: str, settings: Settings, say: Callable[[str], None]) -> ForgottenDebtor:
    with open_workbench(settings) as bench:
        before = bench.before or Manifest(bench.work_id, settings.engine.partitions)
        was_forgotten = before.forgotten.holds("debtors", debtor_id)
        generation = Generation(settings.lake_dir, before, bench.work_id, bench.started_at, before.partitions)
        removed = _remove(debtor_id, settings, (bench, generation), say)
        if not was_forgotten and not any(removed.values()):
            raise UnknownDebtorError(
                "a debtor of this workspace", repr(debtor_id), "Check the id; nothing was changed."
            )
    return ForgottenDebtor(debtor_id, {place: rows for place, rows in removed.items() if rows}, was_forgotten)


def _remove(
    debtor_id: str, settings: Settings, means: tuple[Bench, Generation], say: Callable[[str], None]
) -> dict[str, int]:
    """Rows (of reports: files) taken away a place; the lake comes last."""
    bench, generation = means
    person = find_person(bench.connection, generation, debtor_id)
    say("rows as they came")
    removed = {RAW: remove_from_raw(bench.connection, settings.lake_dir, person)}
    say("quarantine and reports")
    removed["quarantine"] = remove_from_quarantine(settings.quarantine_dir, person)
    removed["reports"] = sum(
        remove_from_reports(folder, debtor_id) for folder in (settings.reports_dir, settings.runs_dir)
    )
    say("plans")
    removed["store"] = remove_from_store(settings.store_url, debtor_id)
    say("lake")
    is_known = any(removed.values()) or generation.before.forgotten.holds("debtors", debtor_id)
    return remove_from_lake(bench.connection, generation, person, is_known=is_known) | removed
