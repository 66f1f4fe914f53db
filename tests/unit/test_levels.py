"""From charges to debtors and accounts: the oldest speaks of staying unpaid, the likeliest of paying anything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_charges

from recobro_models.levels import ACCOUNT, DEBTOR, build_levels, find_likeliest

#: Of each charge, of being unpaid and of its debtor paying anything.
P = np.array([0.2, 0.9, 0.6, 0.3]), np.array([0.8, 0.1, 0.5, 0.75])


def charges() -> pd.DataFrame:
    """Two debtors; the first one's oldest charge shares its due date with another, which was issued later."""
    due = pd.to_datetime(["2026-03-01", "2026-02-01", "2026-02-01", "2026-05-01"])
    given = {"debtor_id": ["one", "one", "one", "two"], "due_on": due, "charge_term_days": [30.0, 10.0, 20.0, 30.0]}
    return build_charges(4, account_id=["x", "y", "x", "z"], **given)


def test_a_debtor_speaks_by_its_oldest_charge_and_its_likeliest() -> None:
    found = build_levels(charges(), P, DEBTOR)
    assert found.loc["one"].tolist() == ["C00002", 0.6, 0.8]
    assert found.loc["two"].tolist() == ["C00003", 0.3, 0.75]


def test_an_account_speaks_by_the_same_rule() -> None:
    found = build_levels(charges(), P, ACCOUNT)
    assert found["p_unpaid"].to_dict() == {("one", "x"): 0.6, ("one", "y"): 0.9, ("two", "z"): 0.3}
    assert found["p_any_paid"].tolist() == pytest.approx([0.8, 0.1, 0.75])


def test_accounts_of_one_name_are_each_their_debtor_s() -> None:
    alike = charges().assign(account_id="x")
    found = build_levels(alike, P, ACCOUNT)
    assert found["oldest_charge_id"].to_dict() == {("one", "x"): "C00002", ("two", "x"): "C00003"}


def test_where_due_and_issue_dates_are_equal_the_id_decides() -> None:
    alike = charges().assign(due_on=pd.Timestamp(2026, 1, 1), charge_term_days=5.0)
    found = build_levels(alike.iloc[::-1], (np.full(4, 0.5), np.full(4, 0.5)), DEBTOR)
    assert found.loc["one", "oldest_charge_id"] == "C00000"


def test_no_charges_make_no_levels() -> None:
    assert len(build_levels(charges().iloc[:0], (np.empty(0), np.empty(0)), DEBTOR)) == 0


def test_the_likeliest_charge_of_each_debtor_is_found_in_the_order_of_their_ids() -> None:
    assert find_likeliest(charges(), P[1], DEBTOR).tolist() == [0, 3]
    assert find_likeliest(charges(), P[1], ACCOUNT).tolist() == [0, 1, 3]


def test_of_charges_equally_likely_the_first_row_is_found() -> None:
    assert find_likeliest(charges(), np.full(4, 0.5), DEBTOR).tolist() == [0, 3]
