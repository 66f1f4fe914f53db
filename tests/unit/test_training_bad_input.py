"""Bad input to a night's training: one clear sentence, and the champion stays in force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Workspace
from tests.unit.training_samples import (
    DAYS,
    SPLIT,
    USUAL,
    RegistryInMemory,
    after_first_night,
    bench,
    first_night,
    risk_rows,
)

from recobro_data.errors import LeakError, RecobroError, TamperedModelError
from recobro_models.payment_curve import PaymentCurve
from recobro_models.registry import Version
from recobro_pipelines.train import Trained, train_models


def night(rows: pd.DataFrame, registry: RegistryInMemory | None = None) -> tuple[Trained, RegistryInMemory]:
    """A night after one that left a learned champion."""
    registry = registry or after_first_night()
    return bench(registry, rows).train_risk(True)[0], registry


@pytest.mark.parametrize(("paid", "word"), [(False, "left unpaid"), (True, "paid")])
def test_a_target_with_one_class_leaves_the_champion_in_force(paid: bool, word: str) -> None:
    trained, registry = night(risk_rows(**USUAL).assign(is_paid=paid))
    assert trained.verdict.why.endswith(f"(every charge to learn from was {word} while it was watched)")
    assert registry.champions == {"risk": 1}


@pytest.mark.parametrize(
    ("emptied", "purpose"), [(SPLIT.fit, "learn from"), (SPLIT.calibrate, "calibrate on"), (SPLIT.test, "test on")]
)
def test_months_without_charges_leave_the_champion_in_force(emptied: Any, purpose: str) -> None:
    rows = risk_rows(**USUAL)
    trained, registry = night(rows[~rows["as_of"].isin(pd.to_datetime(list(emptied)))])
    assert trained.verdict.why.endswith(f"(no charge was open on the days to {purpose})")
    assert registry.champions == {"risk": 1}


def test_one_empty_day_among_others_is_no_hindrance() -> None:
    rows = risk_rows(**USUAL)
    trained, _ = night(rows[rows["as_of"] != pd.Timestamp(DAYS[1])], RegistryInMemory())
    assert trained.verdict.why == "promoted: the first champion"


@pytest.mark.parametrize(("value", "word"), [(np.nan, "empty"), (0.0, "constant")])
def test_a_feature_that_died_keeps_the_challenger_out(value: float, word: str) -> None:
    rows = risk_rows(**USUAL)
    at_last = rows["as_of"].isin(pd.to_datetime(list(SPLIT.test)))
    dead = rows.assign(late15_share_365d=rows["late15_share_365d"].astype(float).mask(at_last, value))
    trained, registry = night(dead)
    assert trained.verdict.why == f"kept out: its data failed columns: late15_share_365d became {word}"
    assert registry.champions == {"risk": 1}


def test_a_feature_that_is_always_empty_or_constant_is_lived_with() -> None:
    trained, _ = night(risk_rows(**USUAL).assign(mean_days_late_90d=np.nan, n_open=3.0), RegistryInMemory())
    assert trained.verdict.promote


def test_a_new_category_is_scored_like_an_unknown_one() -> None:
    registry, _ = first_night()
    curve, charges = PaymentCurve.from_files(registry.kept["risk"][0]), risk_rows(**USUAL).head(20)
    new, unknown = (
        curve.predict_unpaid(charges.assign(product=pd.Series([value] * 20, dtype=object)), np.array(30))
        for value in ("never seen", None)
    )
    assert list(new) == list(unknown)


def test_mostly_new_categories_keep_the_challenger_out() -> None:
    rows = risk_rows(**USUAL)
    at_last = rows["as_of"].isin(pd.to_datetime(list(SPLIT.test)))
    trained, _ = night(rows.assign(product=rows["product"].mask(at_last, "new")))
    assert "have a product that was never learnt from" in trained.verdict.why


def test_the_answer_among_the_features_keeps_the_challenger_out() -> None:
    rows = risk_rows(**USUAL)
    trained, _ = night(rows.assign(n_open=rows["is_paid"].astype(float)), RegistryInMemory())
    assert trained.verdict.why.startswith("kept out: its data failed leaks: n_open predicts alone (AUC 1.000)")


def test_labels_from_after_the_day_of_training_stop_it() -> None:
    rows = risk_rows(**USUAL)
    ahead = rows.assign(watched_days=rows["watched_days"].mask(rows["as_of"] == pd.Timestamp(DAYS[-1]), 500))
    registry = after_first_night()
    with pytest.raises(LeakError, match="labels recorded before 2026-08-01, found one that ends on 2027"):
        bench(registry, ahead).train_risk(True)
    assert (len(registry.kept["risk"]), registry.champions) == (1, {"risk": 1})


class Damaged(RegistryInMemory):
    """A registry whose champion's files were cut short."""

    def files(self, version: Version) -> dict[str, Any]:
        raise TamperedModelError("booster.txt of recobro-risk/1 as it was recorded", "another content", "Roll back.")


@pytest.mark.parametrize("enough", [True, False])
def test_a_champion_that_can_not_be_read_stays_in_force_and_the_way_out_is_told(enough: bool) -> None:
    registry = Damaged(**vars(after_first_night()))
    trained = bench(registry, risk_rows(**USUAL)).train_risk(enough)
    assert [one.verdict.promote for one in trained] == [False]
    assert trained[0].verdict.why.startswith(
        "kept out: the champion can not be read (another content where booster.txt"
    )
    assert trained[0].verdict.why.endswith("`recobro models promote` puts this one in force")
    assert registry.champions == {"risk": 1}


def test_a_registry_that_is_down_ends_training_in_one_sentence(short_workspace: Workspace) -> None:
    down = short_workspace.settings.mlflow.model_copy(update={"uri": "http://127.0.0.1:9"})
    settings = short_workspace.settings.model_copy(update={"mlflow": down})
    with pytest.raises(RecobroError, match="The champion stays in force; start the registry or mend"):
        train_models(settings, short_workspace.as_of)


def test_a_clock_that_jumped_ahead_of_the_books_leaves_the_champion_in_force() -> None:
    rows = risk_rows(**USUAL)
    at_last = rows["as_of"].isin(pd.to_datetime(list(SPLIT.test)))
    trained, registry = night(rows.assign(is_paid=rows["is_paid"] & ~at_last))
    assert trained.verdict.why.endswith("(every charge to test on was left unpaid while it was watched)")
    assert registry.champions == {"risk": 1}
