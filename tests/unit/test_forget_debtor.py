"""A forgotten debtor is nowhere, and comes back with no load."""

from __future__ import annotations

import errno
import json
import shutil
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text
from tests.unit.lake_samples import held, load, rows_of, settings_in
from tests.unit.plan_samples import build_item, build_left_alone, build_plan

from recobro_data.errors import RecobroError, UnknownDebtorError
from recobro_data.ingest.manifest import load_manifest
from recobro_data.ingest.states import version_of
from recobro_data.lake import Lake
from recobro_data.privacy.forget import forget_debtor
from recobro_data.settings import Settings
from recobro_data.store import open_store

ID = "deb-77"
CHARGES = ("chg-771", "chg-772")


def tables(amount: int = 10) -> dict[str, list[tuple[str, ...]]]:
    """A debtor to forget and two to keep, with rows in every table, some of them bad."""
    return {
        "debtors": [(ID, "PE"), ("d1", "PE"), ("d2", "PE")],
        "contact_points": [(ID, "call", "yes"), ("d1", "call", "no")],
        "charges": [
            *((charge, ID, "", "2026-01-10", f"{amount}") for charge in CHARGES),
            ("c1", "d1", "", "2026-01-10", f"{amount}"),
            ("c2", "d2", "", "2026-01-10", f"{amount}"),
            ("bad-1", ID, "", "2026-13-10", "1"),
            ("bad-2", "d1", "", "2026-13-10", "1"),
        ],
        "payments": [
            ("p1", CHARGES[0], "", "2026-01-12", f"{amount}"),
            ("p2", "", ID, "2026-01-13", "3"),
            ("p3", "c1", "", "2026-01-12", f"{amount}"),
            ("bad-3", CHARGES[1], "", "never", "3"),
        ],
        "contact_attempts": [("a1", ID, "call", "2026-01-14T10:00-05:00", "read")],
        "promises": [("r1", ID, "2026-01-14T10:00-05:00", "2026-01-20", "5")],
        "disputes": [("x1", CHARGES[0], "2026-01-15"), ("x2", "c2", "2026-01-15")],
    }


@pytest.fixture(scope="module")
def backend() -> Any:
    return ibis.duckdb.connect(threads=1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(settings_in(tmp_path_factory.mktemp("forget") / "home")).home


def prepare(settings: Settings, debtor_id: str = ID) -> Settings:
    """A workspace that has loaded twice, reported and planned, so that the debtor is everywhere."""
    load(settings, **tables())
    folder = settings.reports_dir / load(settings, **tables(20)).load_id
    folder.mkdir(parents=True)
    (folder / "validation.json").write_text(json.dumps({"findings": [{"examples": [debtor_id, "d1"]}]}))
    (folder / "validation.html").write_text(f"<table><td>such as<td>{debtor_id}, d1</table>")
    with open_store(settings.store_url) as store:
        items = [build_item(rank, debtor_id=debtor_id if rank == 2 else f"d{rank}") for rank in (1, 2, 3)]
        scores = [(debtor_id, "north", {"curve": [1, 2]}), ("d1", "north", {"curve": [1, 2]})]
        store.publish_plan(build_plan("p1", items=items, left_alone=[], scores=scores))
        left_alone = [build_left_alone(5, "p2", debtor_id=debtor_id)]
        store.publish_plan(build_plan("p2", items=[], left_alone=left_alone, scores=[]))
    return settings


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    return settings_in(Path(shutil.copytree(prepared, tmp_path / "home")))


def texts_under(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything under a folder as text: bytes as they lie there, and what Parquet and SQLite files hold."""
    for file in (file for file in folder.rglob("*") if file.is_file()):
        yield str(file), file.read_bytes().decode("latin-1")
        if file.suffix == ".parquet":
            yield str(file), str(pq.read_table(file).to_pylist())
    with create_engine(f"sqlite:///{folder}/data/recobro.db").connect() as connection:
        for table in ("items", "left_alone", "scores"):
            rows = [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
            yield table, str([[zlib.decompress(v) if isinstance(v, bytes) else v for v in row] for row in rows])


def places_with(settings: Settings, word: str) -> list[str]:
    return [place for place, said in texts_under(settings.home) if word in said]


def test_after_forgetting_no_file_holds_the_id_or_what_was_the_debtors_alone(settings: Settings) -> None:
    assert len(places_with(settings, ID)) > 10
    forget_debtor(ID, settings)
    for word in (ID, *CHARGES, "bad-1", "bad-3"):
        assert places_with(settings, word) == []


def test_forgetting_says_what_was_removed(settings: Settings) -> None:
    removed = forget_debtor(ID, settings).removed
    assert {name: removed[name] for name in ("debtors", "charges", "payments", "disputes")} == {
        **{"debtors": 1, "charges": 2},
        **{"payments": 2, "disputes": 1},
    }
    assert (removed["history"], removed["quarantine"], removed["store"], removed["reports"]) == (3, 4, 3, 2)


def test_the_rows_of_others_stay_as_they_were(settings: Settings, backend: Any) -> None:
    before = rows_of(Lake(settings.lake_dir), backend)
    forget_debtor(ID, settings)
    after = rows_of(Lake(settings.lake_dir), backend)
    assert after == {
        name: [row for row in rows if ID not in str(row) and CHARGES[0] not in row] for name, rows in before.items()
    }


def test_ranks_of_the_others_stay_and_the_plan_counts_what_is_left(settings: Settings) -> None:
    forget_debtor(ID, settings)
    with open_store(settings.store_url) as store:
        assert [item["rank"] for item in store.items("p1")] == [1, 3]
        assert (store.plan("p1").n_items, store.plan("p2").n_left_alone) == (2, 0)


def test_past_states_lose_the_debtor_and_their_versions_say_so(settings: Settings, backend: Any) -> None:
    forget_debtor(ID, settings)
    manifest = load_manifest(settings.lake_dir)
    assert manifest is not None
    first = Lake(settings.lake_dir, datetime.fromisoformat(manifest.states[0].in_force_at))
    rows = rows_of(first, backend)
    assert ID not in str(rows)
    assert {name: len(found) for name, found in rows.items()} == {name: first.rows(name) for name in rows}
    other = settings_in(settings.home.parent / "other")
    kept = {name: [row for row in given if ID not in row and CHARGES[0] not in row] for name, given in tables().items()}
    load(other, **{name: given for name, given in kept.items() if given})
    assert first.version == Lake(other.lake_dir).version
    assert manifest.version == version_of(manifest.states[-1].totals)


def test_the_next_load_does_not_bring_the_debtor_back(settings: Settings) -> None:
    forget_debtor(ID, settings)
    report = load(settings, **tables(20))
    assert report.notes[-1] == "11 rows of forgotten debtors left out."
    assert all(count.loaded == count.replaced == 0 for count in report.tables.values())
    assert (report.tables["payments"].read, report.tables["payments"].unchanged) == (4, 4)
    assert [place for word in (ID, *CHARGES, "bad-1") for place in places_with(settings, word)] == []


def test_the_same_load_after_forgetting_changes_nothing_the_second_time(settings: Settings) -> None:
    forget_debtor(ID, settings)
    load(settings, **tables(20))
    before = (settings.lake_dir / "manifest.json").read_bytes()
    load(settings, **tables(20))
    assert (settings.lake_dir / "manifest.json").read_bytes() == before


def test_new_charges_of_the_debtor_and_what_refers_to_them_later_stay_out(settings: Settings) -> None:
    forget_debtor(ID, settings)
    load(
        settings,
        debtors=[("d1", "PE")],
        charges=[("chg-new", ID, "acc-new", "2026-05-01", "9")],
        payments=[("p8", "c1", "", "2026-05-02", "1")],
    )
    report = load(
        settings,
        debtors=[("d1", "PE")],
        charges=[("c8", "d1", "", "2026-05-01", "9")],
        payments=[("p9", "chg-new", "", "2026-05-02", "9"), ("p10", "", "acc-new", "2026-05-02", "9")],
    )
    assert (report.tables["payments"].unchanged, report.quarantine) == (2, None)
    assert places_with(settings, "chg-new") == []


def test_an_account_shared_with_others_stays_theirs(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    shared = {
        "debtors": [("d1", "PE"), ("d2", "PE")],
        "charges": [("c1", "d1", "joint", "2026-01-10", "9"), ("c2", "d2", "joint", "2026-01-10", "9")],
        "payments": [("p1", "", "joint", "2026-01-11", "4"), ("p2", "c2", "", "2026-01-11", "4")],
    }
    load(settings, **shared)
    forget_debtor("d1", settings)
    load(settings, **shared | {"payments": [*shared["payments"], ("p3", "", "joint", "2026-01-12", "4")]})
    assert held(settings, "payments", "payment_id, debtor_id") == [("p2", "d2"), ("p3", "d2")]


def test_a_charge_that_another_debtor_took_over_comes_in_again(settings: Settings) -> None:
    forget_debtor(ID, settings)
    sold = tables(20)["charges"] + [(CHARGES[0], "d2", "", "2026-01-10", "20")]
    load(settings, debtors=[("d2", "PE")], charges=sold[2:], payments=[("p1", CHARGES[0], "", "2026-01-12", "2")])
    assert (CHARGES[0], "d2") in held(settings, "charges", "charge_id, debtor_id")
    assert ("p1", "d2") in held(settings, "payments", "payment_id, debtor_id")


def test_an_unknown_debtor_is_told_and_nothing_changes(settings: Settings) -> None:
    before = (settings.lake_dir / "manifest.json").read_bytes()
    with pytest.raises(UnknownDebtorError, match="a debtor of this workspace, found 'nobody'"):
        forget_debtor("nobody", settings)
    assert (settings.lake_dir / "manifest.json").read_bytes() == before


def test_forgetting_again_is_done_at_once(settings: Settings) -> None:
    forget_debtor(ID, settings)
    before = (settings.lake_dir / "manifest.json").read_bytes()
    again = forget_debtor(ID, settings)
    assert (dict(again.removed), again.was_forgotten) == ({}, True)
    assert (settings.lake_dir / "manifest.json").read_bytes() == before


def test_a_debtor_known_from_quarantine_alone_can_be_forgotten(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rows = {
        "charges": [("c1", "d1", "", "2026-01-10", "1"), ("c9", ID, "", "2026-01-10", "1")],
        "payments": [("p1", "c1", "", "2026-01-11", "1")],
    }
    load(settings, debtors=[("d1", "PE"), (ID, "XX")], **rows)
    assert forget_debtor(ID, settings).removed == {"quarantine": 2}
    assert load(settings, debtors=[("d1", "PE"), (ID, "PE")], **rows).tables["debtors"].unchanged == 2


def test_tombstones_tell_nobody_who_was_forgotten(settings: Settings) -> None:
    forget_debtor(ID, settings)
    forgotten = json.loads((settings.lake_dir / "manifest.json").read_text())["forgotten"]
    assert len(forgotten["salt"]) == 32
    assert {len(one) for hashes in forgotten["hashes"].values() for one in hashes} == {64}


def test_an_id_that_could_be_a_count_leaves_the_figures_of_reports_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    load(
        settings,
        debtors=[("7", "PE")],
        charges=[("c1", "7", "", "2026-01-10", "7")],
        payments=[("p1", "c1", "", "2026-01-11", "7")],
    )
    page = settings.reports_dir / "x" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p width='7'>7 of 17 rows<td>a, 7</td>")
    forget_debtor("7", settings)
    assert page.read_text() == "<p width='7'>7 of 17 rows<td>a, [forgotten]</td>"


STEPS = ("rows as they came", "quarantine and reports", "plans", "lake")


@pytest.mark.parametrize("step", STEPS)
def test_forgetting_that_was_stopped_is_finished_by_forgetting_again(settings: Settings, step: str) -> None:
    def stop(what: str) -> None:
        if what == step:
            raise KeyboardInterrupt

    version = Lake(settings.lake_dir).version
    with pytest.raises(KeyboardInterrupt):
        forget_debtor(ID, settings, say=stop)
    assert Lake(settings.lake_dir).version == version
    forget_debtor(ID, settings)
    assert places_with(settings, ID) == []


def test_after_a_manifest_could_not_be_written_the_debtor_is_still_to_be_forgotten(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, manifest: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("recobro_data.ingest.removal.publish_manifest", full)
        with pytest.raises(RecobroError, match="room to write"):
            forget_debtor(ID, settings)
    assert Lake(settings.lake_dir).rows("debtors") == 3
    assert forget_debtor(ID, settings).removed["debtors"] == 1
    assert places_with(settings, ID) == []
