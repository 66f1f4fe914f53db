"""The synthetic portfolio keeps to the canonical tables and to what money can do."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pandas as pd
import pytest

from recobro_data.errors import UsageError
from recobro_data.synthetic import Portfolio, simulate, write_tables
from recobro_data.synthetic.countries import COUNTRIES
from recobro_data.tables import TABLES, Column, Table

TABLE_NAMES = list(TABLES)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return simulate(400, 9, seed=11)


def bad_values(frame: pd.DataFrame, column: Column) -> pd.Series:
    values = frame[column.name].dropna()
    bad = pd.Series(False, index=values.index)
    if column.values:
        bad |= ~values.isin(column.values)
    if column.kind == "date":
        bad |= ~values.astype(str).str.fullmatch(r"\d{4}-\d\d-\d\d")
    if column.above is not None:
        bad |= values <= column.above
    if column.at_least is not None:
        bad |= values < column.at_least
    return values[bad if column.at_most is None else bad | (values > column.at_most)]


def referred(tables: dict[str, pd.DataFrame], table: Table, column: Column) -> set[str]:
    target, _, name = (column.references or "").partition(".")
    return set(tables[target][name or column.name].dropna())


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_table_has_exactly_its_declared_columns(portfolio: Portfolio, name: str) -> None:
    assert tuple(portfolio.tables[name].columns) == TABLES[name].names


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_key_is_unique_and_whole(portfolio: Portfolio, name: str) -> None:
    keys = portfolio.tables[name][list(TABLES[name].key)]
    assert len(keys) > 0
    assert not keys.isna().any(axis=None)
    assert not keys.duplicated().any()


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_required_columns_have_no_gaps(portfolio: Portfolio, name: str) -> None:
    required = [column.name for column in TABLES[name].columns if column.required]
    assert not portfolio.tables[name][required].isna().any(axis=None)


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_value_is_one_that_its_column_allows(portfolio: Portfolio, name: str) -> None:
    for column in TABLES[name].columns:
        assert bad_values(portfolio.tables[name], column).empty, column.name


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_reference_leads_somewhere(portfolio: Portfolio, name: str) -> None:
    tables, table = portfolio.tables, TABLES[name]
    for column in table.columns:
        if column.references:
            known = referred(tables, table, column)
            assert set(tables[name][column.name].dropna()) <= known, column.name


@pytest.mark.parametrize("name", ["payments", "contact_attempts", "promises"])
def test_timestamps_are_aware_and_in_utc(portfolio: Portfolio, name: str) -> None:
    for column in TABLES[name].columns:
        if column.kind == "timestamp":
            assert str(portfolio.tables[name][column.name].dtype) == "datetime64[us, UTC]"


def test_nothing_in_the_tables_is_dated_on_or_after_as_of(portfolio: Portfolio) -> None:
    as_of, tables = str(portfolio.as_of), portfolio.tables
    start = pd.Timestamp(as_of, tz="America/Lima")
    for name, column in [("charges", "issued_on"), ("payments", "paid_on"), ("disputes", "opened_on")]:
        assert tables[name][column].max() < as_of
    assert tables["payments"]["recorded_at"].max() < start
    assert tables["contact_attempts"]["attempted_at"].max() < start


def test_what_ends_later_than_as_of_is_not_known_yet(portfolio: Portfolio) -> None:
    for name, column in [("charges", "cancelled_on"), ("payments", "reversed_on"), ("disputes", "closed_on")]:
        assert portfolio.tables[name][column].dropna().max() < str(portfolio.as_of)


def test_charges_are_issued_ten_to_twenty_five_days_before_they_fall_due(portfolio: Portfolio) -> None:
    charges = portfolio.tables["charges"]
    lead = pd.to_datetime(charges["due_on"]) - pd.to_datetime(charges["issued_on"])
    assert lead.dt.days.between(10, 25).all()


def test_no_payment_comes_before_its_charge_was_issued(portfolio: Portfolio) -> None:
    charges = portfolio.tables["charges"].set_index("charge_id")["issued_on"]
    named = portfolio.tables["payments"].dropna(subset="charge_id")
    assert (named["paid_on"] >= named["charge_id"].map(charges)).all()


def test_no_account_is_paid_before_its_first_charge(portfolio: Portfolio) -> None:
    first = portfolio.tables["charges"].groupby("account_id")["issued_on"].min()
    payments = portfolio.tables["payments"]
    assert (payments["paid_on"] >= payments["account_id"].map(first)).all()


def test_payments_bounce_after_they_were_paid(portfolio: Portfolio) -> None:
    bounced = simulate(900, 9, seed=11).tables["payments"].dropna(subset="reversed_on")
    assert len(bounced) > 5
    assert (bounced["reversed_on"] > bounced["paid_on"]).all()


def test_payments_are_recorded_up_to_three_days_late_and_never_early(portfolio: Portfolio) -> None:
    payments = portfolio.tables["payments"].dropna(subset="recorded_at")
    recorded = payments["recorded_at"].dt.tz_convert("America/Lima").dt.tz_localize(None).dt.normalize()
    lag = (recorded - pd.to_datetime(payments["paid_on"])).dt.days
    assert set(lag) == {0, 1, 2, 3}


def test_payments_come_whole_in_parts_in_excess_and_without_a_charge(portfolio: Portfolio) -> None:
    payments = portfolio.tables["payments"]
    owed = payments["charge_id"].map(portfolio.tables["charges"].set_index("charge_id")["amount"])
    assert (payments["amount"] == owed).mean() > 0.5
    assert (payments["amount"] < owed).any()
    assert (payments["amount"] > owed).any()
    assert payments["charge_id"].isna().any()


def test_a_charge_is_cancelled_after_it_was_issued_and_never_paid(portfolio: Portfolio) -> None:
    charges = portfolio.tables["charges"].dropna(subset="cancelled_on")
    assert len(charges) > 0
    assert (charges["cancelled_on"] > charges["issued_on"]).all()
    assert not portfolio.tables["payments"]["charge_id"].isin(charges["charge_id"]).any()


def test_some_disputes_are_closed_and_some_open(portfolio: Portfolio) -> None:
    closed = portfolio.tables["disputes"].dropna(subset="closed_on")
    assert 0 < len(closed) < len(portfolio.tables["disputes"])
    assert (closed["closed_on"] > closed["opened_on"]).all()


def test_promises_fall_due_within_two_weeks_of_being_made(portfolio: Portfolio) -> None:
    promises = portfolio.tables["promises"]
    made = promises["made_at"].dt.tz_convert("America/Lima").dt.tz_localize(None).dt.normalize()
    assert (pd.to_datetime(promises["due_on"]) - made).dt.days.between(2, 14).all()


def test_every_promise_was_an_attempt_with_that_outcome(portfolio: Portfolio) -> None:
    attempts = portfolio.tables["contact_attempts"].query("outcome == 'promise'")
    promises = portfolio.tables["promises"]
    made = set(zip(attempts["debtor_id"], attempts["attempted_at"], strict=True))
    assert set(zip(promises["debtor_id"], promises["made_at"], strict=True)) == made


def test_the_two_portfolios_differ_in_products_and_amounts(portfolio: Portfolio) -> None:
    tables = portfolio.tables
    book = tables["charges"]["debtor_id"].map(tables["debtors"].set_index("debtor_id")["portfolio_id"])
    products = tables["charges"].groupby(book)["product"].agg(set)
    medians = tables["charges"].groupby(book)["amount"].median()
    assert products["consumo"].isdisjoint(products["servicios"])
    assert medians["consumo"] > 2 * medians["servicios"]


@pytest.mark.parametrize("code", list(COUNTRIES))
def test_each_country_has_its_currency_language_and_zones(code: str) -> None:
    tables, country = simulate(60, 3, seed=2, country=code).tables, COUNTRIES[code]
    assert set(tables["charges"]["currency"]) == {country.currency}
    assert set(tables["debtors"]["language"]) == {country.language}
    assert set(tables["debtors"]["timezone"]) <= set(country.zones)
    assert (tables["charges"]["amount"].round(country.decimals) == tables["charges"]["amount"]).all()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((0, 6, "PE"), "1 to 9,999,999 debtors"), ((10, 0, "PE"), "1 to 120 months"), ((10, 6, "XX"), "PE, CO, CL")],
)
def test_what_can_not_be_simulated_is_refused_in_one_sentence(arguments: tuple[int, int, str], expected: str) -> None:
    debtors, months, country = arguments
    with pytest.raises(UsageError, match=re.escape(expected)):
        simulate(debtors, months, seed=1, country=country)


def test_the_contract_s_six_tables_are_written_and_disputes_on_request(portfolio: Portfolio, tmp_path) -> None:
    six = write_tables(portfolio, tmp_path / "six", disputes=False)
    seven = write_tables(portfolio, tmp_path / "seven", disputes=True)
    assert [path.stem for path in six] == [name for name in TABLES if name != "disputes"]
    assert [path.stem for path in seven] == list(TABLES)


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_a_written_table_reads_back_as_it_was(portfolio: Portfolio, tmp_path, name: str) -> None:
    write_tables(portfolio, tmp_path, disputes=True)
    frame = portfolio.tables[name]
    moments = [column.name for column in TABLES[name].columns if column.kind == "timestamp"]
    read = pd.read_csv(tmp_path / f"{name}.csv", parse_dates=moments)
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)


def test_writing_into_a_file_is_refused(portfolio: Portfolio, tmp_path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(UsageError, match="a folder that can be written to"):
        write_tables(portfolio, tmp_path / "taken", disputes=False)


def test_the_public_functions_take_what_the_interface_says() -> None:
    assert list(inspect.signature(simulate).parameters) == ["n_debtors", "months", "seed", "country", "population"]
    assert [field.name for field in dataclasses.fields(Portfolio)] == ["tables", "as_of", "truth"]
