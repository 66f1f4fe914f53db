from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recobro_data.lake import Lake
from recobro_data.load import load_source
from recobro_data.settings import Settings
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.snapshots import Snapshots
from recobro_pipelines import monitor
from recobro_pipelines.alerts import alert, tell_alert
from recobro_pipelines.monitor import check_contact, check_day, check_risk, find_alerts
from recobro_pipelines.plan import Champions

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
BASELINE = PaymentCurve.fit_baseline(pd.DataFrame())
PRIORS = Champions(BASELINE, ContactTimes.prior(), ContactEffect.prior(), {})
DRAWS = np.random.default_rng(3)

QUIET: dict[str, Any] = {
    "risk": {"n": 1000, "calibration_error": 0.02, "auc": 0.8},
    "contact": {"channels": {"call": {"n": 900, "predicted": 0.11, "rate": 0.1, "low": 0.08, "high": 0.12}}},
    "drift": {"n_open": {"level": "watch", "index": 0.2, "then": 1.0, "now": 2.0}},
}


def no_report(connection: Any, raws: Any, settings: Any, folder: Path) -> Path:
    """Stands in for Great Expectations, which has a test file of its own."""
    return folder / "validation.html"


def watched(p_paid: np.ndarray[Any, Any], is_paid: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Charges of many ages, paid on the 10th day ahead or watched through the whole horizon."""
    n = len(p_paid)
    return pd.DataFrame(
        {
            "debtor_id": [f"d{place}" for place in range(n)],
            "charge_days_past_due": np.resize([-5, 0, 3, 20, 50, 90, 200], n),
            "as_of": pd.Timestamp("2026-03-01"),
            "watched_days": np.where(is_paid, 10, 30),
            "is_paid": is_paid,
        },
        index=np.arange(n) * 5 + 2,
    )


def told_by_baseline(n: int, flip: bool = False) -> pd.DataFrame:
    """Charges that are paid as often as the baseline curve says, or as often as it says they are not."""
    rows = watched(np.zeros(n), np.zeros(n, bool))
    p = 1 - BASELINE.predict_unpaid(rows, np.array(30))
    return watched(p, DRAWS.random(n) < (1 - p if flip else p))


def test_a_curve_that_was_right_is_found_calibrated() -> None:
    found = check_risk(BASELINE, told_by_baseline(4000), 30)
    assert found["calibration_error"] < 0.03
    assert len(found["tenths"]) == 10


def test_a_curve_that_was_wrong_raises_an_alert() -> None:
    found = QUIET | {"risk": check_risk(BASELINE, told_by_baseline(2000, flip=True), 30)}
    assert {one["code"] for one in find_alerts(found, 0)} == {"risk_miscalibrated", "risk_ranks_badly"}


def test_without_charges_there_is_nothing_to_tell_of_the_risk_model() -> None:
    assert check_risk(BASELINE, pd.DataFrame(), 30) == {"n": 0, "tenths": []}


def test_contact_is_told_by_channel_with_its_interval() -> None:
    attempts = pd.DataFrame(
        {"channel": ["call"] * 3 + ["sms"], "reached": [True, False, False, True]}, index=[9, 4, 4, 7]
    )
    found = check_contact([0.3, 0.3, 0.3, 0.5], attempts)["channels"]
    assert (found["call"]["predicted"], found["call"]["n"], found["sms"]["rate"]) == (0.3, 3, 1.0)


def test_a_quiet_day_has_no_alert() -> None:
    assert list(find_alerts(QUIET, 1)) == []


@pytest.mark.parametrize(("silent", "codes"), [(3, []), (4, ["books_silent"]), (None, ["no_payments"])])
def test_books_without_new_payments_raise_an_alert(silent: int | None, codes: list[str]) -> None:
    assert [one["code"] for one in find_alerts(QUIET, silent)] == codes


@pytest.mark.parametrize(
    ("predicted", "n", "codes"),
    [(0.10, 900, []), (0.13, 900, []), (0.20, 900, ["contact_off"]), (0.20, 50, [])],
    ids=["as seen", "outside by little", "outside by much", "too few to tell"],
)
def test_a_channel_is_off_by_the_size_of_the_gap_and_not_by_chance(predicted: float, n: int, codes: list[str]) -> None:
    call = {"n": n, "predicted": predicted, "rate": 0.1, "low": 0.08, "high": 0.12}
    assert [one["code"] for one in find_alerts(QUIET | {"contact": {"channels": {"call": call}}}, 0)] == codes


@pytest.mark.parametrize(("name", "code"), [("p_unpaid", "p_unpaid_moved"), ("region", "feature_moved")])
def test_a_column_that_moved_raises_an_alert_with_its_name(name: str, code: str) -> None:
    moved = {"level": "moved", "index": 0.4, "then": None, "now": None}
    found = list(find_alerts(QUIET | {"drift": {name: moved}}, 0))
    assert [(one["code"], one["numbers"]["column"]) for one in found] == [(code, name)]


def test_an_alert_is_told_in_the_readers_language() -> None:
    found = alert("contact_off", channel="call", predicted=0.2, seen=0.1, n=900)
    assert tell_alert(found, "es").startswith("Contacto por llamada: se esperaba 20.0%")


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    settings = Settings(home=tmp_path_factory.mktemp("monitored"), engine={"threads": 1})
    load_source(str(SAMPLE), settings, validate=no_report)
    return Snapshots(Lake(settings.lake_dir), settings)


def test_a_day_of_the_sample_is_checked_whole_and_told_as_json(snapshots: Snapshots) -> None:
    newest = snapshots.lake.newest()["payments"]
    found = json.loads(json.dumps(check_day(snapshots, PRIORS, newest), allow_nan=False))
    assert date.fromisoformat(found["looked_at_on"]).toordinal() == newest.toordinal() - 30
    assert found["risk"]["n"] > 100
    assert found["contact"]["n"] > 100
    assert found["drift"]["charge_amount"]["index"] < 0.25


@pytest.mark.slow
def test_a_large_portfolio_is_checked_by_a_sample_of_its_debtors(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = snapshots.lake.newest()["payments"]
    whole = check_day(snapshots, PRIORS, newest)["debtors"]
    monkeypatch.setattr(monitor, "MOST_DEBTORS", snapshots.lake.rows("debtors") // 3)
    assert 0.15 * whole < check_day(snapshots, PRIORS, newest)["debtors"] < 0.55 * whole
