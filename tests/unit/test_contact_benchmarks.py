"""The benchmarks of contact times on small data: what they read, what they refuse, what they print."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bench.contact.scoring import build_debtors, time_contact_times, time_lightgbm
from bench.real import bank_marketing, contacto


def write_calls(path: Path, month: int, n: int = 600, *, seed: int = 1) -> Path:
    """Calls in the form of `contacto-cobranza-pe`; those who broke promises answer more."""
    rng = np.random.default_rng(seed)
    broken, day = rng.random(n) < 0.4, rng.integers(1, 29, n)
    reached = rng.random(n) < np.where(broken, 0.6, 0.15)
    pd.DataFrame(
        {
            "CLIENTE": [f"C{at}" for at in range(n)], "PDPs_ROTAS": np.where(broken, ">0", "0"), "ESTADO_PDP": 0,
            "MES_0": 100.0, "MES_1": 0.0, "MES_2": np.nan, "HORA": rng.integers(7, 21, n).astype(float),
            "FECHALLAMADA": [f"{one:02d}/{month:02d}/2014" for one in day], "DEUDA_TOTAL": 900.5, "MORA": 1.0,
            "TIPOCONTACTO": np.where(reached, "COEF", "CNE"),
        }
    ).to_csv(path, sep=";", index=False)  # fmt: skip
    return path


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "contacto-cobranza-pe"
    folder.mkdir()
    write_calls(folder / "calls_2014_02_03.csv", 2)
    monkeypatch.setenv("RECOBRO_DATASETS", str(tmp_path))
    return tmp_path


def test_a_later_month_of_the_same_form_is_tried(datasets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    april = write_calls(datasets / "april.csv", 4, seed=2)
    asked = ["--test-from", "2014-04-01", "--test-until", "2014-04-30", "--file", str(april)]
    assert contacto.main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["learnt_from"]["calls"], told["tried_on"]["calls"]) == (600, 600)
    assert told["recobro"]["brier"] < told["constant"]["brier"]


@pytest.mark.usefixtures("datasets")
def test_a_month_without_calls_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert contacto.main(["--test-from", "2014-06-01", "--test-until", "2014-06-30"]) == 1
    assert "600 calls to learn from and 0 to try" in capsys.readouterr().err


def test_without_the_data_the_benchmarks_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECOBRO_DATASETS", str(tmp_path))
    assert (contacto.main([]), bank_marketing.main([])) == (1, 1)
    assert "No file" in capsys.readouterr().err


def test_the_length_of_a_call_is_no_feature_of_the_bank() -> None:
    told = pd.DataFrame(
        {"month": ["may", "mar"], "campaign": [1, 3], "poutcome": ["nonexistent", "success"], "pdays": [999, 6],
         "day_of_week": ["mon", "fri"], "y": ["no", "yes"], "contact": ["cellular", "telephone"], "previous": [0, 1]}
    )  # fmt: skip
    calls = bank_marketing.read_calls(told)
    assert calls["as_of"].dt.year.tolist() == [2008, 2009]
    assert calls["n_call_from_12_tried_365d"].tolist() == [0, 3]
    assert calls["days_since_last_reached"].isna().tolist() == [True, False]


def test_scoring_is_timed_against_trees() -> None:
    learnt, debtors = build_debtors(500, seed=1), build_debtors(200, seed=2)
    assert time_contact_times(learnt, debtors) > 0
    assert time_lightgbm(learnt, debtors) > 0
