"""Forgetting a debtor: out of the lake and its history, raw copies, quarantine, reports and the store, for good.

Before anything is taken away, the lake's folder says who is being forgotten; once all is done, no longer. A run that is
cut off is so either not begun, or finished by the next that takes the workspace's lock. Models hold no rows and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from recobro_data.errors import UnknownDebtorError
from recobro_data.ingest.formats import BLANKS
from recobro_data.ingest.leftovers import RAW
from recobro_data.ingest.manifest import Manifest, load_manifest, write_whole
from recobro_data.ingest.merge import Generation
from recobro_data.ingest.person import find_person
from recobro_data.ingest.raw_removal import remove_from_raw
from recobro_data.ingest.removal import remove_from_lake
from recobro_data.ingest.workbench import Bench, open_workbench
from recobro_data.privacy.options_removal import remove_from_options
from recobro_data.privacy.pseudonyms import check_pseudonyms, load_pseudonyms, looks_like_pseudonym
from recobro_data.privacy.redaction import remove_cut_off, remove_from_quarantine, remove_from_reports
from recobro_data.settings import Settings
from recobro_data.store.forgetting import check_opens, remove_from_store


@dataclass(frozen=True)
class ForgottenDebtor:
    """What forgetting took away: rows a table of the lake, of `history`, `raw`, `quarantine`, `store` and `options`.

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
        SourceRefusedError: the lake's ids are pseudonyms, and the key in force is not theirs.
        RecobroError: the workspace can not be written, or the store is read without a pause.
    """
    *others, last = _ids_of(debtor_id, settings)
    if (cut_off := _at_work(settings)) and cut_off not in (*others, last):
        _forget(cut_off, settings, say)
    for one in others:
        with suppress(UnknownDebtorError):
            return _forget(one, settings, say)
    try:
        return _forget(last, settings, say)
    except UnknownDebtorError as error:
        raise _unknown(debtor_id) from error


def finish_forgetting(settings: Settings) -> None:
    """Forgets whom a run that was cut off had begun to forget; where none was, nothing happens.

    The caller holds the workspace's lock.

    Raises:
        RecobroError: as for `forget_debtor`.
    """
    if cut_off := _at_work(settings):
        _forget(cut_off, settings, lambda _: None)


def _ids_of(debtor_id: str, settings: Settings) -> tuple[str, ...]:
    """Under which ids the lake may hold the debtor: where ids are pseudonyms, what looks like one may be one."""
    bare = debtor_id.strip(BLANKS)
    if not bare:
        raise _unknown(debtor_id)
    pseudonyms = load_pseudonyms(settings)
    is_turned = looks_like_pseudonym(bare)
    if load_manifest(settings.lake_dir) and not is_turned:
        # Under another key the debtor would look like nobody.
        check_pseudonyms(settings.lake_dir, pseudonyms)
    if pseudonyms is None or "debtor_id" not in pseudonyms.columns:
        return (bare,)
    return (bare, pseudonyms.of(bare)) if is_turned else (pseudonyms.of(bare),)


def _at_work(settings: Settings) -> str | None:
    """Who was being forgotten when a run was cut off."""
    path = settings.forgetting_path
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _forget(debtor_id: str, settings: Settings, say: Callable[[str], None]) -> ForgottenDebtor:
    with open_workbench(settings) as bench:
        before = bench.before or Manifest(bench.work_id, settings.engine.partitions)
        was_forgotten = before.forgotten.holds("debtors", debtor_id)
        # All that named the debtor may be gone already; an id of nobody at worst gets a tombstone.
        is_resumed = _at_work(settings) == debtor_id
        generation = Generation(settings.lake_dir, before, bench.work_id, bench.started_at, before.partitions)
        check_opens(settings.store_url)
        write_whole(settings.forgetting_path, debtor_id)
        remove_cut_off(settings, bench.cut_off)
        means = _Means(settings, bench, generation, is_known=was_forgotten or is_resumed)
        removed = _remove(debtor_id, means, say)
        if not (means.is_known or any(removed.values())):
            settings.forgetting_path.unlink()
            raise _unknown(debtor_id)
    # Not before the files that held the debtor are gone, as they are once the work is closed.
    settings.forgetting_path.unlink()
    return ForgottenDebtor(debtor_id, {place: rows for place, rows in removed.items() if rows}, was_forgotten)


def _unknown(debtor_id: str) -> UnknownDebtorError:
    return UnknownDebtorError("a debtor of this workspace", repr(debtor_id), "Check the id; nothing was changed.")


@dataclass(frozen=True)
class _Means:
    settings: Settings
    bench: Bench
    generation: Generation
    is_known: bool


def _remove(debtor_id: str, means: _Means, say: Callable[[str], None]) -> dict[str, int]:
    """Rows (of reports: files) taken away a place. The lake comes last: what is the debtor's is found there."""
    settings, connection = means.settings, means.bench.connection
    person = find_person(connection, means.generation, debtor_id)
    say("rows as they came")
    removed = {RAW: remove_from_raw(connection, settings.lake_dir, person)}
    say("quarantine and reports")
    removed["quarantine"] = remove_from_quarantine(settings.quarantine_dir, person)
    removed["reports"] = sum(
        remove_from_reports(folder, person) for folder in (settings.reports_dir, settings.runs_dir)
    )
    say("plans")
    removed["store"] = remove_from_store(settings.store_url, debtor_id)
    removed["options"] = remove_from_options(settings.decisions_dir, debtor_id)
    say("lake")
    is_known = means.is_known or any(removed.values())
    return remove_from_lake(connection, means.generation, person, is_known=is_known) | removed
