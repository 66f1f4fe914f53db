from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro_data.errors import NoDataError, UsageError
from recobro_data.load import load_source
from recobro_data.settings import Settings
from recobro_pipelines.days import choose_as_of, newest_fact, parse_day, parse_instant

LAST = date(2026, 3, 10)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace whose newest payment is of `LAST`, with a charge that falls due later."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "debtors.csv").write_text("debtor_id,country\nd1,PE\n")
    (folder / "charges.csv").write_text("charge_id,debtor_id,due_on,amount\nc1,d1,2026-12-01,10\n")
    (folder / "payments.csv").write_text(f"payment_id,charge_id,paid_on,amount\np1,c1,{LAST},1\n")
    settings = Settings(home=folder / "home")
    load_source(str(folder), settings, validate=lambda *_: folder / "unwritten.html")
    return settings


def test_the_newest_fact_is_a_payment_and_never_a_due_date(settings: Settings) -> None:
    assert newest_fact(settings) == LAST


@pytest.mark.parametrize("days", [0, 1, 7])
def test_fresh_history_is_worked_as_of_the_present_day(settings: Settings, days: int) -> None:
    present = LAST + timedelta(days=days)
    assert choose_as_of(settings, None, today=present) == (present, None)


def test_old_history_is_worked_as_of_the_day_after_it_and_says_so(settings: Settings) -> None:
    as_of, remark = choose_as_of(settings, None, today=LAST + timedelta(days=8))
    assert as_of == LAST + timedelta(days=1)
    assert remark is not None
    assert str(LAST) in remark


def test_a_day_that_is_given_is_taken_as_it_is(settings: Settings) -> None:
    assert choose_as_of(settings, "2020-02-29", today=LAST) == (date(2020, 2, 29), None)


def test_a_workspace_with_nothing_loaded_is_told_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="recobro ingest SOURCE"):
        choose_as_of(Settings(home=tmp_path), None, today=LAST)


@pytest.mark.parametrize("text", ["yesterday-ish", "2026-02-30", "", "14/10/2026"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Expected a date such as 2026-10-14"):
        parse_day(text)


@given(st.dates())
def test_every_day_is_read_back_as_written(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize("text", ["soon", "2026-01-31", "2026-01-31T06:00"])
def test_an_instant_without_an_offset_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=f"Expected an instant with an offset, found '{text}'"):
        parse_instant(text)


def test_an_instant_is_read_with_its_offset() -> None:
    assert parse_instant("2026-01-31T06:00-05:00") == datetime(2026, 1, 31, 11, tzinfo=UTC)
