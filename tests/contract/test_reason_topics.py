"""Every risk feature is told by choice, and none by what nobody may be judged by."""

from __future__ import annotations

import re

import pytest

from recobro_data.tables import TABLES
from recobro_models.event_grid import INTERVAL_FEATURES
from recobro_models.explanation.catalogue import CATALOGUE
from recobro_models.explanation.contrast import TOLD_BY
from recobro_models.explanation.reasons import NUMBERS
from recobro_models.explanation.topics import GRID_COLUMNS, TOPICS, topics_of
from recobro_models.payment_curve import RISK_FEATURES
from recobro_models.segment_rates import RATE_COLUMNS

COLUMNS = (*RISK_FEATURES, *RATE_COLUMNS, *INTERVAL_FEATURES)

#: Words of what is protected, as a column, a topic or a sentence in Spanish, Portuguese or English would have them.
PROTECTED = {
    "sex", "sexo", "gender", "genero", "género", "gênero", "male", "female", "woman", "man", "mujer", "hombre",
    "mulher", "homem", "edad", "idade", "birth", "birthday", "born", "nacimiento", "nascimento", "elderly",
    "anciano", "idoso", "marital", "marriage", "married", "single", "divorced", "casado", "casada", "soltero",
    "solteiro", "children", "hijos", "filhos", "dependents", "pregnant", "embarazo", "gravidez", "maternity",
    "education", "educación", "educação", "school", "degree", "estudios", "race", "raza", "raça", "ethnic",
    "ethnicity", "etnia", "colour", "indigenous", "nationality", "nacionalidad", "nacionalidade", "citizenship",
    "religion", "religión", "religião", "belief", "politics", "political", "union", "sindicato", "health", "salud",
    "saúde", "disease", "disability", "discapacidad", "deficiência", "orientation", "sexual", "genetic",
    "biometric", "language", "name", "surname",
}  # fmt: skip
#: An age is the debtor's unless it says whose it is.
AGED_THINGS = {"charge", "debt", "issue", "account"}


def touches(text: str) -> set[str]:
    """The protected words of a name or a sentence."""
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    return words & PROTECTED | ({"age"} & words if not words & AGED_THINGS else set())


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_the_risk_model_belongs_to_one_topic_by_choice(column: str) -> None:
    assert len(topics_of(column)) == (0 if column in GRID_COLUMNS else 1)


@pytest.mark.parametrize(
    "column", ["", "sector_of_work", "late", "days_late", "xlate5_share_365d", "n_", "open_amounts"]
)
def test_a_column_that_nobody_chose_a_topic_for_has_none(column: str) -> None:
    assert topics_of(column) == ()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_column(topic: str) -> None:
    assert [column for column in COLUMNS if topics_of(column) == (topic,)]


@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_of_the_risk_model_touches_a_protected_attribute(column: str) -> None:
    assert not touches(column)


@pytest.mark.parametrize("topic", TOPICS)
def test_no_topic_and_no_pattern_of_one_touches_a_protected_attribute(topic: str) -> None:
    assert not touches(" ".join((topic, *TOPICS[topic])))


@pytest.mark.parametrize("code", CATALOGUE)
def test_no_reason_speaks_of_a_protected_attribute(code: str) -> None:
    assert not touches(" ".join((code, *CATALOGUE[code].values())))


@pytest.mark.parametrize("name", ["sex", "debtor_age", "age_years", "marital_status", "n_children", "education_level"])
def test_a_protected_attribute_would_be_found_and_has_no_topic(name: str) -> None:
    assert touches(name)
    assert topics_of(name) == ()


def test_the_age_of_a_charge_is_no_persons_age() -> None:
    assert not touches("charge_age_days")


def test_no_column_of_a_source_that_may_be_given_is_protected_but_the_language_of_messages() -> None:
    names = {column.name for table in TABLES.values() for column in table.columns}
    assert {name for name in names if touches(name)} == {"language"}


def test_what_sentences_say_are_columns_of_the_model() -> None:
    assert set(NUMBERS) <= set(RISK_FEATURES)


def test_every_topic_knows_what_its_change_is_told_by() -> None:
    assert set(TOLD_BY) == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_change_of_a_topic_has_its_sentences(topic: str) -> None:
    ways = ("moved", "more", "less") if TOLD_BY[topic] else ("more", "less")
    assert {f"{name}_{way}" for name in TOLD_BY[topic] or (topic,) for way in ways} <= set(CATALOGUE)
