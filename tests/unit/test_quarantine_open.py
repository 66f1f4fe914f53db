"""Which rejected rows wait: open until their key comes in sound, replaced by the newest rejection of the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recobro_data.errors import UsageError
from recobro_data.load import LoadReport, load_source
from recobro_data.quarantine.rows import Chosen, Quarantine
from recobro_data.settings import Engine, Ingest, Settings

DEBTORS = "debtor_id,country\nd1,PE\n"
CHARGES = "charge_id,debtor_id,due_on,amount\nc1,d1,2026-01-10,100\n"
PAYMENTS = "payment_id,charge_id,paid_on,amount\np1,c1,2026-01-09,100\n"
BAD = f"{CHARGES}c2,d1,2026-02-30,7\n"


class Loads:
    """Sources that differ in their charges, loaded one after the other into one workspace."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, engine=Engine(threads=1, partitions=1), ingest=Ingest(max_bad_share=1))
        self.source = home / "source"
        self.source.mkdir()
        self.put(debtors=DEBTORS, charges=CHARGES, payments=PAYMENTS)

    def put(self, **tables: str) -> None:
        for table, text in tables.items():
            (self.source / f"{table}.csv").write_text(text, encoding="utf-8", newline="")

    def load(self, charges: str | None = None) -> LoadReport:
        self.put(**({"charges": charges} if charges else {}))
        return load_source(str(self.source), self.settings, validate=lambda *_: Path("unwritten.html"))

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self.settings)

    def states(self) -> list[str]:
        """The state of every rejected row, the newest load's first."""
        return [row["status"] for row in self.quarantine.rows(Chosen())]


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    return Loads(tmp_path)


def test_a_rejected_row_is_open(loads: Loads) -> None:
    loads.load(BAD)
    assert loads.states() == ["open"]


def test_nothing_is_open_where_nothing_was_rejected(loads: Loads) -> None:
    loads.load()
    assert (loads.quarantine.counts(), loads.states()) == ([], [])


def test_a_corrected_row_clears_it_and_the_file_stays(loads: Loads) -> None:
    first = loads.load(BAD)
    mended = loads.load(BAD.replace("02-30", "02-28"))
    (row,) = loads.quarantine.rows(Chosen())
    assert (row["status"], row["cleared_by"]) == ("cleared", mended.load_id)
    assert first.quarantine is not None
    assert first.quarantine.is_file()


def test_a_row_that_goes_back_to_what_the_lake_holds_clears_it_too(loads: Loads) -> None:
    loads.load()
    loads.load(CHARGES.replace("100", "-100"))
    assert loads.load(CHARGES).tables["charges"].unchanged == 1
    assert loads.states() == ["cleared"]


def test_a_load_without_the_row_leaves_it_open(loads: Loads) -> None:
    loads.load(BAD)
    loads.load(CHARGES)
    assert loads.states() == ["open"]


@pytest.mark.parametrize("again", ["c2,d1,2026-02-30,7", "c2,d1,2026-02-31,8"])
def test_of_a_key_rejected_again_only_the_newest_is_open(loads: Loads, again: str) -> None:
    loads.load(BAD)
    loads.load(f"{CHARGES}{again}\n")
    assert loads.states() == ["open", "superseded"]


def test_a_row_without_key_is_replaced_by_the_same_row_rejected_again(loads: Loads) -> None:
    loads.load(f"{CHARGES},d1,2026-01-01,7\n")
    loads.load(f"{CHARGES}c5,d1,2026-01-05,1\n,d1,2026-01-01,7\n")
    assert loads.states() == ["open", "superseded"]


def test_a_row_without_key_is_cleared_by_a_sound_row_in_its_place(loads: Loads) -> None:
    loads.load(f"{CHARGES},d1,2026-01-01,7\n")
    loads.load(f"{CHARGES}c7,d1,2026-01-01,7\n")
    assert loads.states() == ["cleared"]


def test_another_row_in_its_place_clears_nothing(loads: Loads) -> None:
    loads.load(f"{CHARGES},d1,2026-01-01,7\n")
    loads.load(f"{CHARGES}c9,d1,2026-03-03,9\n")
    assert loads.states() == ["open"]


def test_a_row_overwritten_in_its_own_load_is_open(loads: Loads) -> None:
    loads.load(f"{CHARGES}c1,d1,2026-01-10,101\n")
    assert loads.states() == ["open"]
    loads.load(CHARGES)
    assert loads.states() == ["cleared"]


def test_a_row_rejected_after_it_was_cleared_is_open_again(loads: Loads) -> None:
    for charges in (BAD, BAD.replace("02-30", "02-28"), BAD):
        loads.load(charges)
    assert loads.states() == ["open", "cleared"]


def test_orphans_are_cleared_when_what_they_refer_to_comes(loads: Loads) -> None:
    loads.load(f"{CHARGES}c3,d3,2026-01-01,7\n")
    loads.put(debtors=f"{DEBTORS}d3,PE\n")
    loads.load()
    assert loads.states() == ["cleared"]


def test_what_is_derived_can_be_lost(loads: Loads) -> None:
    loads.load(f"{BAD},d1,2026-01-01,7\n")
    loads.load(f"{CHARGES}c2,d1,2026-02-28,7\nc3,d1,2026-01-01,7\n")
    before = loads.quarantine.rows(Chosen())
    shutil.rmtree(loads.settings.quarantine_dir / "index")
    shutil.rmtree(loads.settings.quarantine_dir / "cleared")
    assert loads.states() == ["open", "open"]
    loads.load()
    assert [row["row"] for row in before] == [row["row"] for row in loads.quarantine.rows(Chosen())]
    assert loads.states() == ["cleared", "cleared"]


def test_counts_are_by_load_table_and_rule_with_open_ones_first(loads: Loads) -> None:
    loads.load(BAD)
    loads.load(f"{CHARGES}c2,d1,2026-02-28,7\n")
    loads.put(payments=f"{PAYMENTS}p2,c1,2026-01-09,-1\np3,c1,2026-01-09,-1\n")
    loads.load()
    counted = [(one.table, one.rule, one.rows, one.open, one.cleared) for one in loads.quarantine.counts()]
    assert counted == [("payments", "range", 2, 2, 0), ("charges", "type", 1, 0, 1)]


def test_rows_are_chosen_by_load_table_and_rule(loads: Loads) -> None:
    loads.put(payments=f"{PAYMENTS}p2,c1,2026-01-09,-1\n")
    report = loads.load(BAD)
    chosen = [Chosen(report.load_id, "payments"), Chosen(rule="type"), Chosen("other"), Chosen(status="open")]
    assert [loads.quarantine.count(one) for one in chosen] == [1, 1, 0, 2]
    assert [row["file"] for row in loads.quarantine.rows(Chosen(), limit=1)] == ["charges.csv"]


def test_a_load_is_found_by_its_first_characters_or_as_the_latest(loads: Loads) -> None:
    loads.load(BAD)
    last = loads.load(BAD.replace("7", "8")).load_id
    assert loads.quarantine.find_load("latest") == loads.quarantine.find_load(last) == last
    with pytest.raises(UsageError, match=r"found 2 that begin with '2'\. `recobro quarantine list` shows"):
        loads.quarantine.find_load("2")
    with pytest.raises(UsageError, match="found none called 'nothing'"):
        loads.quarantine.find_load("nothing")


def test_the_quarantine_file_has_the_keys_of_the_contract(loads: Loads) -> None:
    report = loads.load(BAD)
    assert report.quarantine is not None
    (line,) = map(json.loads, report.quarantine.read_text(encoding="utf-8").splitlines())
    assert list(line) == ["table", "file", "line", "column", "value", "rule", "message", "row"]
