"""Numbers of whole tables: counted over every row, held against their bounds and the load before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recobro_data.errors import ConfigurationError
from recobro_data.ingest.measures import Measure, Numbers, build_measures, compare_numbers, keep_numbers, load_numbers
from recobro_data.load import load_source
from recobro_data.settings import Engine, Ingest, Settings, load_settings

DEBTORS = "debtor_id,country,portfolio_id\nd1,PE,p\nd2,PE,p\n"
PAYMENTS = "payment_id,charge_id,paid_on,amount,recorded_at\np1,c1,2026-01-09,100,\n"
CHARGES = "charge_id,debtor_id,issued_on,due_on,amount,currency\nc1,d1,2026-01-01,2026-01-10,100,PEN\n"
CONTACTS = "debtor_id,channel,prefer_from,prefer_to\nd1,call,09:00,12:00\nd2,call,22:00,06:00\n"
PROMISES = "promise_id,debtor_id,made_at,due_on,amount\nr1,d1,2026-01-01T23:00:00-05:00,2026-01-01,5\n"


def measures_of(tmp_path: Path, rates: dict[str, float] | None = None, **tables: str) -> dict[str, dict[str, Any]]:
    """The value of every measure, by table and name."""
    source, found = tmp_path / "source", {}
    source.mkdir()
    for table, text in ({"debtors": DEBTORS, "charges": CHARGES, "payments": PAYMENTS} | tables).items():
        (source / f"{table}.csv").write_text(text)

    def count(connection: Any, raws: Any, settings: Settings, folder: Path) -> Path:
        for raw in raws:
            found[raw.table] = build_measures(connection, raw, settings, None)[0]
        return folder

    inside = Settings(home=tmp_path, rates=rates or {}, engine=Engine(threads=1), ingest=Ingest(max_bad_share=1))
    load_source(str(source), inside, validate=count)
    return {table: {one.name: one.value for one in measures} for table, measures in found.items()}


def test_rows_out_of_order_are_told_and_loaded(tmp_path: Path) -> None:
    charges = f"{CHARGES}c2,d1,2026-02-01,2026-01-10,1,\nc3,d1,,2026-01-10,1,\nc4,d1,2026-01-10,2026-01-10,1,\n"
    found = measures_of(tmp_path, charges=charges, contact_points=CONTACTS)
    assert found["charges"]["issued_on, due_on"] == 0.25
    assert found["contact_points"]["prefer_from, prefer_to"] == 0.5


def test_a_promise_for_the_day_it_was_made_is_in_order_in_every_zone(tmp_path: Path) -> None:
    assert measures_of(tmp_path, promises=PROMISES)["promises"]["made_at, due_on"] == 0


def test_orphans_and_stamps_without_offset_are_counted_over_every_row(tmp_path: Path) -> None:
    payments = f"{PAYMENTS}p2,nothing,2026-01-09,1,\np3,c1,2026-01-09,1,2026-01-09T10:00\np4,c1,2026-01-09,1,\n"
    found = measures_of(tmp_path, payments=payments)["payments"]
    assert (found["charge_id reference"], found["recorded_at offset"]) == (0.25, 0.25)


def test_a_currency_beside_the_portfolios_own_needs_a_rate(tmp_path: Path) -> None:
    charges = f"{CHARGES}c2,d2,,2026-01-10,1,USD\n"
    assert measures_of(tmp_path, {"USD": 3.7}, charges=charges)["charges"]["currency"] == 0


def test_the_newest_fact_of_each_table_has_an_age(tmp_path: Path) -> None:
    found = measures_of(tmp_path, charges=f"{CHARGES}c2,d1,2999-01-01,2999-01-01,1,\n")
    assert found["charges"]["newest"] == found["payments"]["newest"] + 8


LAST = Numbers(1000, {"method": 0.9}, {"mean amount": 100.0}, {"channel": {"call": 0.5, "sms": 0.5}})


@pytest.mark.parametrize(
    ("now", "name", "value"),
    [
        (Numbers(100), "rows", 0.1),
        (Numbers(1000, {"method": 0.2}), "method lost", 0.7),
        (Numbers(1000, {"method": 1.0}), "method lost", 0.0),
        (Numbers(1000, {}, {"mean amount": 900.0}), "mean amount", 9.0),
        (Numbers(1000, {}, {}, {"channel": {"call": 0.9, "visit": 0.1}}), "channel moved", 0.5),
    ],
)
def test_each_change_since_the_last_load_has_a_number(now: Numbers, name: str, value: float) -> None:
    (found,) = [one.value for one in compare_numbers(LAST, now, Ingest()) if one.name == name]
    assert found == pytest.approx(value)


def test_the_same_numbers_again_lie_within_every_bound() -> None:
    assert all(is_within(one) for one in compare_numbers(LAST, LAST, Ingest()))


def is_within(measure: Measure) -> bool:
    value = measure.value or 0.0
    return (measure.least is None or value >= measure.least) and (measure.most is None or value <= measure.most)


def test_the_numbers_of_a_table_stay_until_a_longer_one_comes(tmp_path: Path) -> None:
    keep_numbers(tmp_path, {"charges": LAST, "payments": Numbers(500)})
    keep_numbers(tmp_path, {"charges": Numbers(3), "payments": Numbers(200)})
    assert load_numbers(tmp_path) == {"charges": LAST, "payments": Numbers(200)}


def test_the_first_load_is_held_against_nothing(tmp_path: Path) -> None:
    assert load_numbers(tmp_path) == {}


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        ({"warn_odd_share": 0.5}, "charge_id reference"),
        ({"warn_odd_share": 0.5}, "paid_on, reversed_on"),
        ({"warn_age_days": 400}, "newest"),
        ({"warn_change": 400.0}, "rows"),
        ({"warn_change": 400.0}, "mean amount"),
        ({"warn_moved_share": 0.4}, "method lost"),
    ],
)
def test_each_limit_is_configured(tmp_path: Path, limit: dict[str, Any], name: str) -> None:
    bounds = {one.name: (one.least, one.most) for one in all_measures(tmp_path, Ingest(**limit))}
    (most,) = limit.values()
    assert bounds[name] == (1 / most if "change" in str(limit) else None, most)


def all_measures(tmp_path: Path, limits: Ingest) -> list[Measure]:
    """What is measured of payments that follow an earlier load, and the comparison alone."""
    source, found = tmp_path / "source", list(compare_numbers(LAST, LAST, limits))
    source.mkdir()
    for table, text in {"debtors": DEBTORS, "charges": CHARGES, "payments": PAYMENTS}.items():
        (source / f"{table}.csv").write_text(text)

    def measure(connection: Any, raws: Any, settings: Settings, folder: Path) -> Path:
        for raw in raws:
            if raw.table == "payments":
                found.extend(build_measures(connection, raw, settings, None)[0])
        return folder

    load_source(str(source), Settings(home=tmp_path, engine=Engine(threads=1), ingest=limits), validate=measure)
    return found


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("ODD_SHARE", "1.5", "less than or equal to 1"),
        ("ODD_SHARE", "nan", "finite number"),
        ("AGE_DAYS", "-1", "greater than or equal to 0"),
        ("AGE_DAYS", "a month", "valid integer, .*"),
        ("CHANGE", "0.5", "greater than or equal to 1"),
        ("CHANGE", "inf", "finite number"),
        ("MOVED_SHARE", "-0.1", "greater than or equal to 0"),
    ],
)
def test_a_limit_out_of_its_range_is_refused(tmp_path: Path, key: str, value: str, says: str) -> None:
    name = f"RECOBRO_INGEST_WARN_{key}"
    with pytest.raises(ConfigurationError, match=f"Expected a value where .*{says}, found .*{value}.* in {name}"):
        load_settings(tmp_path, {name: value})
