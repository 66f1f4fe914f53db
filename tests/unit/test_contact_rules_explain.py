from __future__ import annotations

import pytest

from recobro_data.contact_rules import Rulebook, explain_rule, load_rulebook
from recobro_data.contact_rules.explain import rule_ids
from recobro_data.contact_rules.phrases import CHANNEL_WORDS, RULE_PHRASES
from recobro_data.errors import RulesError


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_every_rule_is_told_in_one_sentence(rulebook: Rulebook, language: str) -> None:
    told = [explain_rule(one, language) for entry in rulebook.entries.values() for one in rule_ids(entry)]
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in told)
    assert len(told) > 100


def test_a_window_names_its_hours_and_its_law() -> None:
    hours = "Perú: llamadas y visitas, solo de lunes a viernes de 07:00 a 20:00, hora del deudor"
    assert explain_rule("PE.windows.call", "es") == f"{hours} (Ley 29571, arts. 61 y 62)."


def test_our_own_caution_is_never_told_as_law() -> None:
    assert "not the text of a law" in explain_rule("PE.limits.policy_week", "en")


def test_a_distance_is_told_with_the_stricter_days() -> None:
    assert "3 dias de uma tentativa" in explain_rule("CL.distances.remote_days", "pt")


@pytest.mark.parametrize("rule", ["team.hours", "debtor.preferred_hours"])
def test_what_is_no_law_is_told_too(rule: str) -> None:
    assert explain_rule(rule, "es").startswith("La hora lícita queda fuera")


@pytest.mark.parametrize("rule", ["PE.windows.pigeon", "PE.limits.none", "QQ.holiday", "", "PE", "PE.one_channel"])
def test_an_unknown_rule_is_refused(rule: str) -> None:
    with pytest.raises(RulesError, match="Expected the id of a contact rule"):
        explain_rule(rule, "es")


def test_another_language_is_refused() -> None:
    with pytest.raises(RulesError, match="Expected a language of es, pt, en, found 'qu'"):
        explain_rule("PE.holiday", "qu")


@pytest.mark.parametrize("words", [RULE_PHRASES, CHANNEL_WORDS])
def test_every_language_has_the_same_phrases(words: dict[str, dict[str, str]]) -> None:
    assert len({frozenset(words[language]) for language in ("es", "pt", "en")}) == 1
