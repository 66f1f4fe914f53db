"""A night's training: who becomes champion, with a registry that only remembers."""

from __future__ import annotations

import pytest
from tests.unit.training_samples import (
    USUAL,
    RegistryInMemory,
    after_first_night,
    attempt_rows,
    bench,
    first_night,
    risk_rows,
)

from recobro_models.tuning import Budget


def test_a_good_first_challenger_becomes_the_champion() -> None:
    registry, (trained,) = first_night()
    assert (trained.kind, trained.verdict.promote) == ("learned", True)
    assert registry.champions == {"risk": 1}


def test_where_the_first_challenger_is_kept_out_a_baseline_stands_in() -> None:
    registry = RegistryInMemory()
    refused, stand_in = bench(registry, risk_rows(before=0.02, at_last=0.30)).train_risk(True)
    assert (refused.kind, refused.verdict.promote) == ("learned", False)
    assert (stand_in.kind, stand_in.verdict.promote) == ("baseline", True)
    assert registry.champions == {"risk": stand_in.version.number}


def test_a_champion_that_is_there_needs_no_stand_in() -> None:
    registry = after_first_night()
    (trained,) = bench(registry, risk_rows(before=0.02, at_last=0.3)).train_risk(True)
    assert not trained.verdict.promote
    assert registry.champions == {"risk": 1}


def test_a_baseline_gives_way_to_a_challenger_that_is_better() -> None:
    registry = RegistryInMemory()
    bench(registry, risk_rows(**USUAL)).train_risk(False)
    (trained,) = bench(registry, risk_rows(**USUAL)).train_risk(True)
    assert trained.verdict.why == "promoted: better than the champion beyond noise"


def test_a_learned_champion_does_not_give_way_to_a_baseline() -> None:
    (trained,) = bench(after_first_night(), risk_rows(**USUAL)).train_risk(False)
    assert trained.verdict.why.startswith("kept out: the champion is learned, this is only baseline (fewer than 300")


@pytest.mark.parametrize(("at_last", "kinds"), [(None, ["learned"]), (0.9, ["learned", "rates"])])
def test_contact_times_kept_out_at_first_leave_the_pooled_rates(at_last: float | None, kinds: list[str]) -> None:
    registry = RegistryInMemory()
    trained, times = bench(registry, risk_rows(**USUAL), attempt_rows(at_last=at_last)).train_contact(True)
    assert [one.kind for one in trained] == kinds
    assert times.kind == kinds[-1]
    assert registry.champions == {"contact": len(kinds)}


def test_without_an_attempt_the_prior_holds_and_stays() -> None:
    registry = RegistryInMemory()
    first, again = (
        bench(registry, risk_rows(**USUAL), attempt_rows().iloc[:0]).train_contact(True)[0] for _ in range(2)
    )
    assert [one.verdict.why for one in first] == ["promoted: the first champion (no contact attempt is known)"]
    assert [one.verdict.why for one in again] == ["kept out: it equals the champion (no contact attempt is known)"]


def test_a_version_tells_how_it_did_on_debtors_it_never_learnt_from() -> None:
    _, (trained,) = first_night()
    assert trained.version.metrics["unseen_n"] > 50
    assert trained.version.metrics["unseen_auc"] == pytest.approx(trained.version.metrics["auc"], abs=0.1)


def test_every_version_has_its_card_and_a_tried_one_its_measures_by_slice() -> None:
    documents = first_night()[0].told["risk"][0]["documents"]
    assert set(documents) == {"model_card.html", "signature.json", "slices.csv", "reliability.svg",
                              "shap_summary.csv", "shap_summary.svg"}  # fmt: skip
    kinds = {line.split(",")[0] for line in documents["slices.csv"].splitlines()[1:]}
    assert kinds == {"all", "as_of", "stage", "portfolio", "product", "debtor_size", "debtors"}


def test_a_model_without_a_trial_has_its_card_too() -> None:
    registry = RegistryInMemory()
    bench(registry, risk_rows(**USUAL)).train_risk(False)
    bench(registry, risk_rows(**USUAL), attempt_rows()).train_contact(False)
    assert [set(registry.told[model][0]["documents"]) for model in ("risk", "contact")] == [
        {"model_card.html", "signature.json"}] * 2  # fmt: skip


def test_every_rule_is_told_with_the_version() -> None:
    registry, (trained,) = first_night()
    assert trained.verdict.told[0].rule == "has_sound_data"
    assert "has_sound_data" in registry.told["risk"][0]["tags"]["rules"]


def test_tuned_parameters_are_used_again_until_somebody_tunes_anew() -> None:
    registry = RegistryInMemory()
    (tuned,) = bench(registry, risk_rows(**USUAL), tuning=Budget(60, most_trials=2)).train_risk(True)
    kept = tuned.version.parameters
    assert (kept["tuned_as_of"], kept["tuned_trials"]) == ("2026-08-01", "2")
    registry.told["risk"][0]["parameters"]["num_leaves"] = 9
    (later,) = bench(registry, risk_rows(**USUAL)).train_risk(True)
    assert later.version.parameters == {**kept, "num_leaves": "9"}
