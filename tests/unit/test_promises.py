"""Promises: learnt from those who were reached, for anybody who will be; kept ones from those whose day is over."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model_samples import build_debtors, ugly_index
from tests.unit.training_samples import SPLIT, RegistryInMemory, bench, risk_rows

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_effect import ContactEffect
from recobro_models.contact_times import ContactTimes
from recobro_models.payment_curve import PaymentCurve
from recobro_models.promises import PRIOR_KEPT, PRIOR_LATER, PRIOR_PROMISE, Promises
from recobro_models.shrunk_logit import ShrunkLogit
from recobro_pipelines.plan import load_champions

NOBODY = pd.DataFrame()


class KnownReach:
    """Contact times that know how likely each attempt was to reach."""

    def predict_p_reach(self, rows: pd.DataFrame, *_slot: Any) -> Any:
        return rows["p_reach"].to_numpy(np.float64)


def build_promises(n: int, *, seed: int = 1, **given: Any) -> pd.DataFrame:
    """Settled promises: who broke many keeps few, and the portfolio `good` keeps more."""
    rng = np.random.default_rng(seed)
    broken = rng.poisson(1.5, n)
    portfolio = np.where(rng.random(n) < 0.5, "good", "bad")
    z = 1.0 - 0.7 * broken + np.where(portfolio == "good", 0.8, -0.8)
    rows = build_debtors(n, n_broken_365d=broken, portfolio_id=portfolio, **given)
    is_kept, due_days = rng.random(n) < 1 / (1 + np.exp(-z)), np.resize([2, 5, 9, 12], n)
    return rows.assign(is_kept=is_kept, p_true=1 / (1 + np.exp(-z)), due_days=due_days)


def build_attempts(n: int, *, seed: int = 1) -> pd.DataFrame:
    """Half are easily reached and never promise; the others promise half the time; no feature tells them apart."""
    rng = np.random.default_rng(seed)
    is_easy = rng.random(n) < 0.5
    p_reach = np.where(is_easy, 0.6, 0.1)
    rows = build_debtors(n, channel="call", weekday=1, hour=10, p_reach=p_reach, reached=rng.random(n) < p_reach)
    return rows.assign(promised=~is_easy & (rng.random(n) < 0.5) & rows["reached"].to_numpy())


@pytest.mark.parametrize("channel", CHANNELS)
def test_before_anything_is_learnt_the_prior_holds(channel: str) -> None:
    prior, rows = Promises.fit(NOBODY, NOBODY, ContactTimes.prior()), build_debtors(3)
    assert prior.kind == "prior"
    assert prior.predict_p_promise(rows, channel) == pytest.approx(PRIOR_PROMISE[channel])
    assert prior.predict_p_kept(rows) == pytest.approx(PRIOR_KEPT)


def test_who_is_hard_to_reach_counts_for_as_many_as_he_stands_for() -> None:
    attempts = build_attempts(20_000)
    model = Promises.fit(attempts, NOBODY, KnownReach())  # type: ignore[arg-type]
    naive = attempts.loc[attempts["reached"], "promised"].mean()
    assert naive < 0.1
    assert model.predict_p_promise(build_debtors(1), "call")[0] == pytest.approx(0.25, abs=0.04)


def test_channels_are_learnt_apart() -> None:
    rng = np.random.default_rng(3)
    channel = np.where(rng.random(4000) < 0.5, "call", "whatsapp")
    rows = build_debtors(4000, channel=channel, weekday=1, hour=10, p_reach=0.5, reached=True)
    rows = rows.assign(promised=rng.random(4000) < np.where(channel == "call", 0.1, 0.4))
    model = Promises.fit(rows, NOBODY, KnownReach())  # type: ignore[arg-type]
    found = [model.predict_p_promise(build_debtors(1), name)[0] for name in ("call", "whatsapp")]
    assert found == pytest.approx([0.1, 0.4], abs=0.03)


def test_kept_promises_are_calibrated_on_debtors_never_seen() -> None:
    model, later = Promises.fit(NOBODY, build_promises(4000), ContactTimes.prior()), build_promises(4000, seed=2)
    p = model.predict_p_kept(later)
    assert p.mean() == pytest.approx(later["p_true"].mean(), abs=0.02)
    assert np.corrcoef(p, later["p_true"])[0, 1] > 0.95
    assert np.abs(p - later["p_true"]).mean() < 0.06


def test_a_portfolio_of_a_few_promises_stays_near_all() -> None:
    few = build_promises(3).assign(portfolio_id="tiny", is_kept=True)
    learnt = pd.concat([build_promises(3000), few])
    model = Promises.fit(NOBODY, learnt.reset_index(drop=True), ContactTimes.prior())
    tiny, new = (model.predict_p_kept(build_debtors(1, portfolio_id=name))[0] for name in ("tiny", "never seen"))
    assert new < tiny < new + 0.12


def test_rates_alone_tell_portfolios_apart_and_not_debtors() -> None:
    learnt = build_promises(4000)
    model = Promises.fit(NOBODY, learnt, ContactTimes.prior(), by_debtor=False)
    p = pd.Series(model.predict_p_kept(learnt)).groupby(learnt["portfolio_id"].to_numpy())
    assert (model.kind, p.nunique().tolist()) == ("rates", [1, 1])
    seen = learnt.groupby("portfolio_id")["is_kept"].mean()
    assert p.first().tolist() == pytest.approx(seen.tolist(), abs=0.02)


def test_the_model_comes_back_from_its_files_as_it_was() -> None:
    model = Promises.fit(build_attempts(500), build_promises(300), KnownReach())  # type: ignore[arg-type]
    again, rows = Promises.from_files(json.loads(json.dumps(model.to_files()))), build_promises(50, seed=5)
    assert (again.predict_p_kept(rows) == model.predict_p_kept(rows)).all()
    assert (again.predict_p_promise(rows, "call") == model.predict_p_promise(rows, "call")).all()


def test_what_is_kept_later_is_promised_for_a_later_day_and_kept() -> None:
    model, rows = Promises.fit(build_attempts(500), build_promises(300), KnownReach()), build_promises(9, seed=5)  # type: ignore[arg-type]
    # Half of the promises are for a day a week or more ahead.
    assert model.later_share == pytest.approx(0.5, abs=0.01)
    promised = np.column_stack([model.predict_p_promise(rows, channel) for channel in CHANNELS])
    expected = model.later_share * promised * model.predict_p_kept(rows)[:, None]
    assert model.predict_kept_later(rows) == pytest.approx(expected)


def test_few_promises_say_little_of_how_many_are_for_later() -> None:
    soon = Promises.fit(build_attempts(500), build_promises(4).assign(due_days=2), KnownReach())  # type: ignore[arg-type]
    assert 0.3 < soon.later_share < PRIOR_LATER


@pytest.mark.parametrize("by_debtor", [None, False], ids=["assumed", "rates"])
def test_where_debtors_are_not_told_apart_promises_add_nothing_to_a_contact(by_debtor: bool | None) -> None:
    learnt = (build_attempts(500), build_promises(300), KnownReach())
    model = Promises.prior() if by_debtor is None else Promises.fit(*learnt, by_debtor=by_debtor)  # type: ignore[arg-type]
    assert not model.predict_kept_later(build_debtors(3)).any()


def test_a_model_from_before_promises_were_worth_anything_adds_nothing() -> None:
    files = Promises.fit(build_attempts(500), build_promises(300), KnownReach()).to_files()  # type: ignore[arg-type]
    del files["model.json"]["later_share"]
    assert not Promises.from_files(files).predict_kept_later(build_debtors(3)).any()


def test_the_order_of_rows_changes_no_answer() -> None:
    model, rows = Promises.fit(NOBODY, build_promises(400), ContactTimes.prior()), build_promises(60, seed=4)
    order = np.argsort(ugly_index(60) % 11, kind="stable")
    assert model.predict_p_kept(rows.iloc[order]).tolist() == model.predict_p_kept(rows)[order].tolist()


@given(st.integers(1, 40), st.booleans())
def test_few_rows_of_one_outcome_move_the_prior_and_not_to_certainty(n: int, happened: bool) -> None:
    columns, names = np.ones((n, 1)), np.array(["p"] * n, dtype=object)
    outcome = np.full(n, float(happened))
    model = ShrunkLogit.fit(columns, outcome, np.zeros(n), weight=np.ones(n), portfolios=names)
    p = model.predict(columns[:1], np.zeros(1), names[:1])[0]
    assert (0.5 < p < 0.99) if happened else (0.01 < p < 0.5)


def test_for_a_challenger_that_is_worse_than_a_constant_the_rates_stand_in() -> None:
    registry, attempts = RegistryInMemory(), build_attempts(3000)
    days = np.resize(np.array([*SPLIT.fit, *SPLIT.test], dtype=object), 3000)
    is_test = np.isin(days.astype(str), [str(day) for day in SPLIT.test])
    turned = attempts.assign(
        as_of=pd.to_datetime(days), promised=np.where(is_test, ~attempts["promised"], attempts["promised"])
    )
    trained = bench(registry, risk_rows(before=0.06, at_last=0.06), turned).train_promise(ContactTimes.prior())
    assert [one.verdict.promote for one in trained] == [False, True]
    assert trained[1].kind == "rates"


def test_without_promises_or_attempts_the_prior_is_the_first_champion() -> None:
    night = bench(RegistryInMemory(), risk_rows(before=0.06, at_last=0.06))
    trained = night.train_promise(ContactTimes.prior())
    assert [(one.kind, one.verdict.promote) for one in trained] == [("prior", True)]


def test_a_workspace_without_a_champion_of_promises_goes_on_with_the_prior() -> None:
    registry = RegistryInMemory()
    baseline = PaymentCurve.fit_baseline(risk_rows(before=0.06, at_last=0.06))
    for model, first in (("risk", baseline), ("contact", ContactTimes.prior()), ("effect", ContactEffect.prior())):
        registry.add(model, first.to_files(), metrics={}, parameters={}, tags={})
        registry.promote(model, 1)
    assert load_champions(registry).promises == Promises.prior()  # type: ignore[arg-type]
    learned = Promises.fit(NOBODY, build_promises(300), ContactTimes.prior())
    registry.add("promise", learned.to_files(), metrics={}, parameters={}, tags={})
    registry.promote("promise", 1)
    assert load_champions(registry).promises.kind == "learned"  # type: ignore[arg-type]
